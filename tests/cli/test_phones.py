"""What `mnist-bench phones` prints of a phone that tells much, and of one that tells nothing."""

import pytest

from mnist_bench.cli import phones
from mnist_bench.devices.phone.facts import Core, PhoneCondition, PhoneFacts
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState

PIXEL = Phone("1A2B", PhoneState.DEVICE, "Pixel 7")


def test_a_phone_that_tells_all() -> None:
    cores = tuple(Core(number, 1803 if number < 4 else 2850) for number in range(5))
    facts = PhoneFacts(
        "Google", "Pixel 7", "GS201", "14", 34, ("arm64-v8a", "armeabi-v7a"), cores, ("asimd", "asimddp")
    )
    condition = PhoneCondition(80, 31.05, False, 0)
    assert phones._as_text(PIXEL, facts, condition).splitlines() == [
        "1A2B (Pixel 7): ready",
        "  Google, Pixel 7, GS201, Android 14, arm64-v8a, armeabi-v7a",
        "  cores 0 to 3: up to 1.80 GHz; core 4: up to 2.85 GHz; asimd asimddp",
        "  battery 80 %, 31.1 °C, not charging; cool",
        "  backends: native-fp32@android:1A2B, native-int8@android:1A2B",
    ]


@pytest.mark.parametrize(("facts", "condition"), [(None, None), (PhoneFacts(), PhoneCondition())])
def test_what_a_phone_does_not_tell_is_left_out(facts: PhoneFacts | None, condition: PhoneCondition | None) -> None:
    assert phones._as_text(PIXEL, facts, condition).splitlines() == [
        "1A2B (Pixel 7): ready",
        "  backends: native-fp32@android:1A2B, native-int8@android:1A2B",
    ]


@pytest.mark.parametrize("state", [state for state in PhoneState if state is not PhoneState.DEVICE])
def test_a_phone_that_is_not_ready_comes_with_its_next_step(state: PhoneState) -> None:
    first, second = phones._as_text(Phone("1A2B", state), None, None).splitlines()
    assert first == f"1A2B: {state.words}"
    assert second == f"  {state.next_step}"
