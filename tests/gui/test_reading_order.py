"""What is reached with the Tab key, in which order, and what screen readers call it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QRadioButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.base.progress import Progress
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.kit import theme
from mnist_bench.gui.tabs import TABS
from mnist_bench.gui.window import MainWindow, remembered_look
from tests.gui.conftest import MakeWindow


def chain(window: MainWindow) -> list[QWidget]:
    """What the Tab key leads to, from the first on."""
    found: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not None and widget is not window:
        is_reached = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()
        if is_reached and widget.isVisibleTo(window) and widget.focusProxy() is None:
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def test_the_tab_key_goes_from_the_tool_bar_to_the_pad_to_the_tab_to_the_status_bar(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window()
    window.status.show_progress(Progress("working", 1, 2))
    places = [window.tools, window.pad, window.brief, window.tabs, window.status]
    for number, tab in enumerate(TABS):
        window.tabs.setCurrentIndex(number)
        QApplication.processEvents()
        seen = [next(place for place in places if place is one or place.isAncestorOf(one)) for one in chain(window)]
        order = list(dict.fromkeys(seen))
        assert order == places, tab.name
        assert seen == sorted(seen, key=places.index), tab.name
        inside = [one for one in chain(window) if window.tabs.isAncestorOf(one)]
        assert isinstance(inside[0], QTabBar)
        tops = [one.mapTo(window, QPoint()).y() for one in inside]
        assert tops[0] == min(tops), tab.name


def test_cards_that_come_later_are_reached_in_their_order_too(make_window: MakeWindow) -> None:
    window = make_window(backends=("qnnpack-int8", "native-int8"))
    window.status.show_progress(Progress("working", 1, 2))
    last: list[QWidget] = []
    window.session.live.chosen.subscribe(lambda _states: last.append(chain(window)[-1]))
    window.session.live.toggle(find_backend("torch-fp32"), True)
    QApplication.processEvents()
    assert set(last) == {window.status.cancel_button}, "at once, not only when the next message comes"
    named = [one.accessibleName() for one in chain(window) if isinstance(one, QRadioButton)]
    assert named == ["Make PyTorch fp32 the baseline", "QNNPACK int8 is the baseline", "Make Native int8 the baseline"]


def test_whatever_is_reached_has_a_name(make_window: MakeWindow) -> None:
    window = make_window()
    for number, tab in enumerate(TABS):
        window.tabs.setCurrentIndex(number)
        QApplication.processEvents()
        for widget in chain(window):
            text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
            assert widget.accessibleName() or text, (tab.name, widget)


def test_each_card_is_reached_once_and_names_its_choice(make_window: MakeWindow) -> None:
    window = make_window()
    reached = [one for one in chain(window) if any(card.isAncestorOf(one) for card in window.findChildren(BackendCard))]
    choices = [one.text() for one in reached if isinstance(one, QRadioButton)]
    assert choices == ["baseline"] * len(window.session.live.backends)
    assert len(reached) == len(choices)


def test_the_size_of_the_text_is_followed_at_once_and_remembered(themed: QApplication, make_window: MakeWindow) -> None:
    window = make_window()
    before = window.tabs.tabBar().fontMetrics().height()
    window.tools.look_chosen.emit("text size", "150")
    assert window.tabs.tabBar().fontMetrics().height() > 1.3 * before
    assert remembered_look(window.session.choices) == (theme.SchemeChoice.SYSTEM, 150)
    window.tools.look_chosen.emit("text size", "100")
    assert window.tabs.tabBar().fontMetrics().height() == before
