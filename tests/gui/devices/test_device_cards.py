"""The cards of phones: they wait while their phone is away, and come back by themselves."""

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import PhoneGone
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.session.backend_state import Status
from tests.gui.devices.scripted_window import (
    FP32,
    INT8,
    LOCKED,
    OTHER,
    MakeWindow,
    PhoneEngines,
    card,
    devices_button,
    devices_view,
    ids,
    state,
    view,
)
from tests.gui.scripted_phones import PIXEL, ScriptedPhones
from tests.odd_engines import digits_to_read


def on_core_4(backend_id: str) -> str:
    return backend_id.replace("@", ":core4@")


def test_backends_of_this_computer_come_and_go_beside_those_of_phones(make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", INT8)
    live = window.session.live
    live.toggle(live.backends[0].backend, False)
    assert ids(window) == [INT8]
    assert list(view(window, "Answers").cards) == [INT8]


def test_the_card_of_a_phone_that_is_not_there_is_remembered_with_its_name_and_waits(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    make_window("torch-fp32", INT8).close()
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window(phones=ScriptedPhones())
    waiting = card(window, INT8)
    qtbot.waitUntil(lambda: "Waiting for Pixel 7" in waiting.message.text())
    assert "Plug the phone in again" in waiting.message.text()
    assert waiting.accessibleName() == "Backend Pixel 7 · Native int8"
    assert waiting.state_text() == "waiting"
    assert window.status.overview.line() == "ready · 2 backends · 1 waiting for a device"
    assert devices_button(window).text() == "Devices: Pixel 7 ○"


def test_a_card_comes_back_by_itself_when_its_phone_does(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    phones = ScriptedPhones()
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window("torch-fp32", INT8, phones=phones)
    engines.away = None
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.READY)
    assert ids(window) == ["torch-fp32", INT8]


def test_a_phone_that_wants_to_be_asked_says_so_on_its_card(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    phones = ScriptedPhones(LOCKED)
    engines.away = PhoneGone("It is not authorized yet.")
    window = make_window("torch-fp32", INT8, phones=phones)
    locked = card(window, INT8)
    qtbot.waitUntil(lambda: "tap Allow" in locked.message.text())
    assert locked.state_text() == "waiting"
    assert locked.accessibleName() == f"Backend {PIXEL.serial} · Native int8"
    engines.away = None
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.READY)
    assert locked.accessibleName() == "Backend Pixel 7 · Native int8"


def test_a_phone_that_adb_calls_ready_but_that_does_not_answer_is_tried_again_and_again(
    qtbot: QtBot, make_window: MakeWindow, engines: PhoneEngines
) -> None:
    engines.away = PhoneGone("Pixel 7 is gone.")
    window = make_window("torch-fp32", INT8)
    qtbot.waitUntil(lambda: engines.starts >= 3)
    qtbot.waitUntil(lambda: "doesn't answer" in card(window, INT8).message.text())
    engines.away = None
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.READY)


def test_a_runner_that_died_stays_failed_until_the_person_tries_again_or_the_phone_comes_anew(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    engines.odd[INT8] = ("--unavailable",)
    window = make_window("torch-fp32", INT8)
    assert state(window, INT8).status is Status.FAILED
    starts = engines.starts
    phones.see(PIXEL, OTHER)
    qtbot.waitUntil(lambda: devices_button(window).text() == "Devices: 2")
    assert (state(window, INT8).status, engines.starts) == (Status.FAILED, starts)
    engines.odd.clear()
    phones.see(OTHER)
    phones.see(OTHER, PIXEL)
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.READY)


def test_an_evaluation_on_a_phone_that_is_unplugged_ends_and_its_card_comes_back(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines, tmp_path: Path
) -> None:
    digits = digits_to_read(5_000)
    np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
    engines.odd[INT8] = ("--slow-ms", "20")
    window = make_window(INT8)
    window.session.evaluations.evaluate_path(tmp_path / "digits.npz")
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.RUNNING)
    engines.break_all()
    phones.see()
    qtbot.waitUntil(lambda: not window.session.jobs.is_busy)
    assert "cannot be reached" in view(window, "Accuracy").table.text()
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.WAITING)
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.READY)


def test_an_idle_card_notices_that_its_phone_is_gone(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    window = make_window("torch-fp32", INT8)
    engines.break_all()
    phones.see()
    qtbot.waitUntil(lambda: state(window, INT8).status is Status.WAITING)
    assert state(window, "torch-fp32").status is Status.READY


def test_a_core_can_be_chosen_and_cards_baseline_and_colour_stay(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", FP32, INT8, on_devices_tab=True)
    live, detail = window.session.live, devices_view(window).detail
    live.set_baseline(INT8)
    color = state(window, INT8).color
    detail.core_chosen.emit(4)
    assert ids(window) == ["torch-fp32", on_core_4(FP32), on_core_4(INT8)]
    assert live.baseline_id == on_core_4(INT8)
    assert state(window, on_core_4(INT8)).color == color
    assert detail.core.currentText().startswith("core 4")
    qtbot.waitUntil(lambda: state(window, on_core_4(INT8)).status is Status.READY)
    detail.core_chosen.emit(None)
    assert ids(window) == ["torch-fp32", FP32, INT8]


def test_a_second_phone_of_the_same_model_renames_the_card_and_disturbs_it_not(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    window = make_window("torch-fp32", INT8)
    first, starts = card(window, INT8), engines.starts
    phones.see(PIXEL, Phone("SECOND01", PhoneState.DEVICE, "Pixel 7"))
    qtbot.waitUntil(lambda: first.accessibleName() == "Backend Pixel 7 (…03XY) · Native int8")
    assert card(window, INT8) is first
    assert (state(window, INT8).status, engines.starts) == (Status.READY, starts)


def test_cards_of_one_phone_on_different_cores_go_by_its_name_too(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(on_core_4(FP32), INT8)
    cards = [card(window, on_core_4(FP32)), card(window, INT8)]
    qtbot.waitUntil(
        lambda: (
            [one.accessibleName() for one in cards]
            == ["Backend Pixel 7 · Native fp32", "Backend Pixel 7 · Native int8"]
        )
    )
