"""What a phone tells of itself, in words."""

import pytest

from mnist_bench.devices.phone.about import PhoneAbout, cores_tip, cores_words, thermal_words
from mnist_bench.devices.phone.facts import Core, PhoneCondition, PhoneFacts
from tests.devices.phone.told import CONDITION, FACTS, some_facts


def words(about: PhoneAbout) -> dict[str, str]:
    return {fact.name: fact.words for fact in about.facts()}


def test_everything_that_a_phone_tells_is_shown() -> None:
    assert words(PhoneAbout(FACTS, CONDITION, True)) == {
        "Model": "Google Pixel 7",
        "SoC": "GS201",
        "Android": "14 (SDK 34)",
        "Battery": "81 %, 31.5 °C, charging",
        "Thermal": "cool",
        "ABI": "arm64-v8a, armeabi-v7a",
        "Cores": "0–3: 1.80 GHz, now 300 MHz to 450 MHz · 4–5: 2.35 GHz, now 400 MHz · 6: 2.85 GHz, now 2.85 GHz",
        "CPU features": "fp asimd asimddp",
    }


def test_what_it_does_not_tell_is_left_out() -> None:
    assert words(PhoneAbout()) == {}
    assert words(PhoneAbout(PhoneFacts(), PhoneCondition())) == {}


@pytest.mark.parametrize(
    ("status", "shown"),
    [(None, "33.0 °C"), (0, "cool, 33.0 °C"), (1, "warm, 33.0 °C"), (3, "⚠ throttled, 33.0 °C")],
)
def test_a_phone_that_slows_itself_down_is_plain_to_see(status: int | None, shown: str) -> None:
    assert thermal_words(PhoneCondition(thermal_status=status, skin_celsius=33.0)) == shown


def test_the_newest_frequencies_count() -> None:
    about = PhoneAbout(some_facts(Core(0, 1800, 300)), PhoneCondition(cores=(Core(0, 1800, 1800),)))
    assert words(about)["Cores"] == "0: 1.80 GHz, now 1.80 GHz"
    assert words(about.as_it_was())["Cores"] == "0: 1.80 GHz"


def test_what_kind_of_cores_they_are_stands_in_the_tip() -> None:
    assert cores_tip(FACTS.cores).splitlines()[2] == "6: Cortex-X1 2.85 GHz, now 2.85 GHz"


def test_cores_without_frequencies_still_have_their_numbers() -> None:
    assert cores_words((Core(0), Core(1))) == "0–1"


def test_every_core_can_be_chosen() -> None:
    about = PhoneAbout(some_facts(Core(0, 1803), Core(1, 2850, name="Cortex-X1")))
    assert about.cores() == [(0, "core 0 (1.80 GHz)"), (1, "core 1 (Cortex-X1, 2.85 GHz)")]
    assert PhoneAbout().cores() == []


def test_another_condition_changes_nothing_else() -> None:
    about = PhoneAbout(FACTS, CONDITION, True).with_condition(PhoneCondition(battery_percent=80))
    assert words(about)["Battery"] == "80 %"
    assert words(about)["Model"] == "Google Pixel 7"
    assert about.is_deployed


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        (PhoneAbout(), ""),
        (PhoneAbout(is_deployed=True), "The runner is on the phone."),
        (PhoneAbout(is_deployed=False), "The runner is put there when it is needed."),
        (
            PhoneAbout(PhoneFacts(emulated=True), is_deployed=True),
            "The runner is on the phone. Its processor is emulated: its times say nothing about a real phone.",
        ),
    ],
)
def test_it_says_whether_the_runner_is_there(about: PhoneAbout, shown: str) -> None:
    assert about.runner_words() == shown
