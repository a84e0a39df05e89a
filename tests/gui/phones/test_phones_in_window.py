"""Phones, their cards and what can be done with them in the whole window, over phones that a test scripts."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mnist_bench.android.errors import CannotConnect, NoAdb, PhoneFull, PhoneGone, PhoneTimedOut
from mnist_bench.android.phones import Phone
from mnist_bench.android.states import PhoneState
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.phones import PhoneBackend
from mnist_bench.engines.transport import SubprocessTransport
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.phones.dialogs import AddressDialog, PairDialog
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.window import MainWindow
from mnist_bench.protocol.ends import RunnerEnd
from tests.gui.odd_engines import OddEngines
from tests.gui.phones.facts import CONDITION, FACTS
from tests.gui.scripted_phones import PIXEL, ScriptedPhones

INT8 = f"android:{PIXEL.serial}:int8"
FP32 = f"android:{PIXEL.serial}:fp32"
LOCKED = Phone(PIXEL.serial, PhoneState.UNAUTHORIZED)
OTHER = Phone("10.0.0.7:5555", PhoneState.DEVICE, "Galaxy S24")


class PhoneStream(SubprocessTransport):
    """A stream of which only the way is known to be gone when it breaks."""

    def end(self) -> RunnerEnd:
        ended = super().end()
        return RunnerEnd("cannot be reached", unreachable=True) if "signal" in ended.words else ended


class PhoneEngines(OddEngines):
    """Odd runners for phones too, where `away` does not say why there can be none."""

    def __init__(self) -> None:
        super().__init__()
        self.away: PhoneGone | None = None
        self.starts = 0
        self._streams: list[PhoneStream] = []

    def __call__(self, backend: Backend) -> InferenceEngine:
        if not isinstance(backend, PhoneBackend):
            return super().__call__(backend)

        def connect() -> SubprocessTransport:
            self.starts += 1
            if self.away is not None:
                raise self.away
            self._streams.append(PhoneStream(self.command(backend)))
            return self._streams[-1]

        return InferenceEngine(backend, connect=connect)

    def break_all(self) -> None:
        """As when the phones are unplugged."""
        for stream in self._streams:
            stream.abort()


MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def phones() -> ScriptedPhones:
    phones = ScriptedPhones(PIXEL)
    phones.abouts[PIXEL.serial] = PhoneAbout(FACTS, CONDITION, True)
    return phones


@pytest.fixture
def engines() -> PhoneEngines:
    return PhoneEngines()


@pytest.fixture
def make_window(
    qtbot: QtBot, themed: QApplication, phones: ScriptedPhones, engines: PhoneEngines
) -> Iterator[MakeWindow]:
    windows: list[MainWindow] = []

    def make(*backends: str, phones: ScriptedPhones = phones, tab: int = 0) -> MainWindow:
        settings = Settings()
        if backends:
            settings.put("backends", backends)
            settings.put("window/tab", tab)
        window = MainWindow(settings, make_engine=engines, phone_access=phones)
        windows.append(window)
        qtbot.addWidget(window)
        window.painted.connect(window.begin)
        window.show()
        settled = (CardState.READY, CardState.FAILED, CardState.PHONE_GONE)
        qtbot.waitUntil(lambda: all(place.state in settled for place in window.live.places), timeout=20_000)
        return window

    yield make
    for window in windows:
        window.close()


def place(window: MainWindow, backend_id: str) -> Place:
    return next(place for place in window.live.places if place.backend.id == backend_id)


def ids(window: MainWindow) -> list[str]:
    return [place.backend.id for place in window.live.places]


def choose(window: MainWindow, words: str) -> None:
    """Triggers an entry of the Phones menu."""
    next(action for action in window.phones.button.menu().actions() if action.text() == words).trigger()


def test_a_phone_that_comes_is_in_the_menu_and_its_card_comes_and_goes_with_a_check(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    assert window.phones.button.text() == "Phones: none"
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: window.phones.button.text() == "Phones: Pixel 7 ✓")
    choose(window, "Pixel 7 · int8")
    assert ids(window) == ["torch-fp32", INT8]
    assert window.live.places[1].card.title == "Pixel 7 · int8"
    choose(window, "Pixel 7 · int8")
    assert ids(window) == ["torch-fp32"]


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
    assert waiting.card.title == "Pixel 7 · int8"
    assert waiting.card.state_text() == "phone gone"
    assert window.status.words() == "ready · 2 backends · 1 waiting for a phone"
    assert window.phones.button.text() == "Phones: Pixel 7 ○"


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
    engines.away = PhoneGone("It is not allowed yet.")
    window = make_window("torch-fp32", INT8, phones=phones)
    qtbot.waitUntil(lambda: "tap Allow" in place(window, INT8).card.message.text())
    assert place(window, INT8).card.state_text() == "waiting"
    assert place(window, INT8).card.title == f"{PIXEL.serial} · int8"
    engines.away = None
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)
    assert place(window, INT8).card.title == "Pixel 7 · int8"


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
    qtbot.waitUntil(lambda: window.phones.button.text() == "Phones: 2")
    assert (place(window, INT8).state, engines.starts) == (CardState.FAILED, starts)
    engines.odd.clear()
    phones.see(OTHER)
    phones.see(OTHER, PIXEL)
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.READY)


def test_an_idle_card_notices_that_its_phone_is_gone(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones, engines: PhoneEngines
) -> None:
    window = make_window("torch-fp32", INT8)
    engines.break_all()
    phones.see()
    qtbot.waitUntil(lambda: place(window, INT8).state is CardState.PHONE_GONE)
    assert place(window, "torch-fp32").state is CardState.READY


def test_without_adb_nothing_nags_and_the_tab_says_what_to_install(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    qtbot.waitUntil(lambda: window.phones.watch.trouble is None)
    phones.trouble(NoAdb("There is no adb on this computer."))
    qtbot.waitUntil(lambda: window.phones.tab.empty_words().startswith("There is no adb on this computer."))
    assert window.notice.words() == ""


def test_a_phone_in_sight_tells_its_facts_and_tells_them_again_after_it_has_worked(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8, tab=1)
    detail = window.phones.tab.detail
    qtbot.waitUntil(lambda: detail.fact_words().get("SoC") == "GS201")
    window.pad.pad.setFocus()
    QTest.mouseClick(window.pad.pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: place(window, INT8).newest is not None)
    phones.done.clear()
    place(window, INT8).card.times.repeat_button.click()
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_what_cannot_be_read_is_told_in_the_tab(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", INT8, tab=1)
    detail = window.phones.tab.detail
    qtbot.waitUntil(lambda: detail.fact_words().get("SoC") == "GS201")
    phones.error = PhoneTimedOut("Pixel 7 did not answer.")
    window.phones.read(PIXEL.serial)
    qtbot.waitUntil(lambda: detail.runner_words().startswith("Pixel 7 did not answer."))
    assert detail.fact_words()["SoC"] == "GS201"


def test_nothing_is_read_of_phones_that_are_not_in_sight(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8)
    assert not any(words.startswith("read") for words in phones.done)
    choose(window, "Pixel 7: ready")
    assert window.tabs.currentWidget() is window.phones.tab
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_the_runner_is_deployed_and_removed_as_long_work(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", tab=1)
    detail = window.phones.tab.detail
    qtbot.waitUntil(detail.deploy_button.isEnabled)
    for button, done, words in (
        (detail.deploy_button, "deploy", "The runner (arm64-v8a, 131 kB) is on Pixel 7."),
        (detail.remove_button, "remove", "Pixel 7 has nothing of mnist-bench any more."),
    ):
        with qtbot.waitSignal(window.errands.message) as said:
            button.click()
            assert not detail.deploy_button.isEnabled()
        assert said.args == [words]
        assert f"{done} {PIXEL.serial}" in phones.done
        assert detail.deploy_button.isEnabled()


def test_a_deployment_that_fails_says_why(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", tab=1)
    qtbot.waitUntil(window.phones.tab.detail.deploy_button.isEnabled)
    phones.error = PhoneFull("Pixel 7 has no space left.")
    window.phones.tab.detail.deploy_button.click()
    qtbot.waitUntil(lambda: window.notice.words().startswith("Pixel 7 has no space left. Free some space"))


def test_a_core_can_be_chosen_and_cards_baseline_and_colour_stay(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", FP32, INT8, tab=1)
    window.live.set_baseline(INT8)
    color = place(window, INT8).style
    window.phones.tab.detail.core_chosen.emit(4)
    assert ids(window) == ["torch-fp32", f"{FP32}:core4", f"{INT8}:core4"]
    assert window.live.baseline_id == f"{INT8}:core4"
    assert place(window, f"{INT8}:core4").style == color
    assert window.phones.tab.detail.core.currentText().startswith("core 4")
    qtbot.waitUntil(lambda: place(window, f"{INT8}:core4").state is CardState.READY)
    window.phones.tab.detail.core_chosen.emit(None)
    assert ids(window) == ["torch-fp32", FP32, INT8]


def test_cards_of_one_phone_on_different_cores_go_by_its_name_too(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(f"{FP32}:core4", INT8)
    qtbot.waitUntil(lambda: [place.card.title for place in window.live.places] == ["Pixel 7 · fp32", "Pixel 7 · int8"])


def test_a_phone_is_connected_by_its_address(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32")
    choose(window, "Connect by address …")
    dialog = window.findChild(AddressDialog)
    assert dialog is not None
    dialog.host.setText("10.0.0.7")
    phones.error = CannotConnect("10.0.0.7:5555 does not answer.")
    dialog.ok_button.click()
    qtbot.waitUntil(lambda: dialog.words().startswith("10.0.0.7:5555 does not answer."))
    phones.error = None
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    assert phones.done.count("connect 10.0.0.7:5555") == 2


def test_after_pairing_the_window_asks_for_the_address(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32")
    dialog = window.errands.ask_for_code()
    dialog.host.setText("10.0.0.7:37099")
    dialog.code.setText("123456")
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    assert "pair 10.0.0.7:37099 123456" in phones.done
    (next_one,) = (found for found in window.findChildren(AddressDialog) if not isinstance(found, PairDialog))
    assert next_one.host.text() == "10.0.0.7"
    next_one.close()


def test_a_wireless_phone_is_disconnected(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    phones.see(OTHER)
    window = make_window("torch-fp32", tab=1)
    with qtbot.waitSignal(window.errands.message):
        window.phones.tab.detail.disconnect_button.click()
    assert "disconnect 10.0.0.7:5555" in phones.done


def test_everything_in_the_tab_has_a_name_and_can_be_reached(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", INT8, tab=1)
    for button in window.phones.tab.findChildren(QPushButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    assert window.phones.tab.detail.core.accessibleName() == "Core to run on"


def test_the_watch_ends_with_the_window(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32")
    window.close()
    assert phones.done[-1].startswith("close within")
    phones.see(OTHER)
    QApplication.processEvents()
    assert window.phones.known[0].phone == PIXEL
