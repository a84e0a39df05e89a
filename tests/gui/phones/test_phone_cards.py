"""The cards of phones: they wait while their phone is away, and come back by themselves."""

from pathlib import Path

import numpy as np
from mnist_bench.gui.accuracy.controller import AccuracyController
from mnist_bench.gui.cards.answers import CardState
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import PhoneGone
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from tests.gui.phones.scripted_window import FP32, INT8, LOCKED, OTHER, MakeWindow, PhoneEngines, ids, place
from tests.gui.scripted_phones import PIXEL, ScriptedPhones
from tests.odd_engines import digits_to_read


def on_core_4(backend_id: str) -> str:
    return backend_id.replace("@", ":core4@")


def test_backends_of_this_computer_come_and_go_beside_those_of_phones(make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", INT8)
    window.tools.show_backends([place.backend for place in window.live.places])
    window.tools.backends_chosen.emit([place.backend for place in window.live.places][1:])
    assert ids(window) == [INT8]


def test_the_card_of_a_phone_that_is_not_there_is_remembered_with_its_name_and_waits(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    make_window("torch-fp32", INT8).close()
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window(phones=ScriptedPhones())
    waiting = place(window, INT8)
    qtbot.waitUntil(lambda: "waiting for it to come back" in waiting.card.message.text())
    assert waiting.card.title == "Pixel 7 · Native int8"
    assert waiting.card.state_text() == "phone gone"
    assert window.status.words() == "ready · 2 backends · 1 waiting for a phone"
    assert window.phones.button.text() == "Devices: Pixel 7 ○"


def test_a_card_comes_back_by_itself_when_its_phone_does(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    phones = ScriptedPhones()
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window("torch-fp32", INT8, phones=phones)
    engines.away = None
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: ids(window) == ["torch-fp32", INT8] and place(window, INT8).state is CardState.READY)


def test_a_phone_that_wants_to_be_asked_says_so_on_its_card(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    phones = ScriptedPhones(LOCKED)
    engines.away = PhoneGone("It is not authorized yet.")
    window = make_window("torch-fp32", INT8, phones=phones)
    qtbot.waitUntil(lambda: "tap Allow" in place(window, INT8).card.message.text())
    assert place(window, INT8).card.state_text() == "waiting"
    assert place(window, INT8).card.title == f"{PIXEL.serial} · Native int8"
    engines.away = None
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)
    assert place(window, INT8).card.title == "Pixel 7 · Native int8"


def test_a_phone_that_adb_calls_ready_but_that_does_not_answer_is_tried_again_and_again(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window("torch-fp32", INT8)
    qtbot.waitUntil(lambda: engines.starts >= 3)
    qtbot.waitUntil(lambda: "does not answer" in place(window, INT8).card.message.text())
    engines.away = None
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)


def test_a_runner_that_died_stays_failed_until_the_person_tries_again_or_the_phone_comes_anew(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    engines.odd[INT8] = ("--unavailable",)
    window = make_window("torch-fp32", INT8)
    assert place(window, INT8).state is CardState.FAILED
    starts = engines.starts
    phones.see(PIXEL, OTHER)
    qtbot.waitUntil(lambda: window.phones.button.text() == "Devices: 2")
    assert (place(window, INT8).state, engines.starts) == (CardState.FAILED, starts)
    engines.odd.clear()
    phones.see(OTHER)
    phones.see(OTHER, PIXEL)
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)


def test_an_evaluation_on_a_phone_that_is_unplugged_ends_and_its_card_comes_back(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines, tmp_path: Path
) -> None:
    digits = digits_to_read(5_000)
    np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
    engines.odd[INT8] = ("--slow-ms", "20")
    window = make_window("torch-fp32", INT8)
    window.work.evaluate(tmp_path / "digits.npz", window.live.places[1:], "tiny")
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.RUNNING)
    engines.break_all()
    phones.see()
    qtbot.waitUntil(lambda: not window.work.is_busy)
    assert "cannot be reached" in window.tabs.view(AccuracyController).tab.table.text()
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.PHONE_GONE)
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)


def test_an_idle_card_notices_that_its_phone_is_gone(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    window = make_window("torch-fp32", INT8)
    engines.break_all()
    phones.see()
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.PHONE_GONE)
    assert place(window, "torch-fp32").state is CardState.READY


def test_a_core_can_be_chosen_and_cards_baseline_and_colour_stay(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", FP32, INT8, on_phone_tab=True)
    window.live.set_baseline(INT8)
    color = place(window, INT8).style
    window.phones.tab.detail.core_chosen.emit(4)
    assert ids(window) == ["torch-fp32", on_core_4(FP32), on_core_4(INT8)]
    assert window.live.baseline_id == on_core_4(INT8)
    assert place(window, on_core_4(INT8)).style == color
    assert window.phones.tab.detail.core.currentText().startswith("core 4")
    qtbot.waitUntil(lambda: place(window, on_core_4(INT8)).state is CardState.READY)
    window.phones.tab.detail.core_chosen.emit(None)
    assert ids(window) == ["torch-fp32", FP32, INT8]


def test_a_second_phone_of_the_same_model_renames_the_card_and_disturbs_it_not(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    window = make_window("torch-fp32", INT8)
    first, starts = place(window, INT8), engines.starts
    phones.see(PIXEL, Phone("SECOND01", PhoneState.DEVICE, "Pixel 7"))
    qtbot.waitUntil(lambda: first.card.title == "Pixel 7 (…03XY) · Native int8")
    assert place(window, INT8) is first
    assert (first.state, engines.starts) == (CardState.READY, starts)
    assert first.card.accessibleName() == "Backend Pixel 7 (…03XY) · Native int8"


def test_cards_of_one_phone_on_different_cores_go_by_its_name_too(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(on_core_4(FP32), INT8)
    qtbot.waitUntil(
        lambda: [place.card.title for place in window.live.places] == ["Pixel 7 · Native fp32", "Pixel 7 · Native int8"]
    )
