"""One phone in detail: its state and the next step, what is known of it, and what can be done with it."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import scroll_area
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.phones.fact_words import Fact, PhoneAbout, core_choices, facts_of
from mnist_bench.gui.phones.known_phones import KnownPhone
from mnist_bench.gui.phones.signs import sign_of

_PAIRS: Final = 2
"""Facts side by side."""
_ANY_CORE: Final = -1


@dataclass(frozen=True, slots=True)
class PhoneShown:
    """What is shown of one phone: itself, what is known about it, and whether it can be deployed to now."""

    known: KnownPhone
    about: PhoneAbout
    can_work: bool = True


class PhoneDetail(QWidget):
    """Shows one phone and tells what the person wants of it.

    Signals:
        deploy_requested, remove_requested, disconnect_requested: the buttons.
        core_chosen: the number of a core to run on, None for any.
    """

    deploy_requested = Signal()
    remove_requested = Signal()
    disconnect_requested = Signal()
    core_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = TextLine("", role="title")
        self._serial = TextLine("", role="muted", elide=Qt.TextElideMode.ElideMiddle)
        self._serial.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._state = QLabel()
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self.deploy_button = push_button("Deploy", tip="Put the runner on the phone now, and check that it is whole")
        self.remove_button = push_button("Remove", tip="Take from the phone all that mnist-bench has put there")
        self.disconnect_button = push_button("Disconnect", tip="End the wireless connection, and forget its address")
        self.deploy_button.clicked.connect(self.deploy_requested)
        self.remove_button.clicked.connect(self.remove_requested)
        self.disconnect_button.clicked.connect(self.disconnect_requested)
        self._next_step = QLabel()
        self._next_step.setWordWrap(True)
        self._next_step.setTextFormat(Qt.TextFormat.PlainText)
        self._next_step.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.core = QComboBox()
        self.core.setAccessibleName("Core to run on")
        self.core.setToolTip("Which of the phone's cores its runners run on; they start again on it")
        self.core.activated.connect(self._core_activated)
        self._runner = TextLine("", role="muted")
        self._facts = _FactGrid()
        self._lay_out()

    def show_phone(self, shown: PhoneShown) -> None:
        """Shows this phone."""
        phone, state = shown.known.phone, shown.known.state
        sign = sign_of(state)
        self._title.show_text(shown.known.title)
        self._serial.show_text(phone.serial if phone.serial != shown.known.title else "")
        self._state.setText(f"{sign} {state.words}")
        self._state.setAccessibleName(f"State: {state.words}")
        theme.set_role(self._state, sign.role)
        is_ready = phone.is_ready
        about = shown.about if is_ready else shown.about.as_it_was()
        self._next_step.setText(state.next_step)
        self._pages.setCurrentWidget(self._ready_page if is_ready else self._step_page)
        self._runner.show_text(about.runner_words())
        self._facts.show_facts(facts_of(about))
        self._show_cores(shown)
        self.deploy_button.setEnabled(is_ready and shown.can_work)
        self.remove_button.setEnabled(is_ready and shown.can_work)
        self.disconnect_button.setVisible(phone.has_address)

    def words(self) -> str:
        """The state and the next step, as shown."""
        return f"{self._state.text()} {self._next_step.text()}".rstrip()

    def runner_words(self) -> str:
        """What it says of the runner on the phone."""
        return self._runner.line()

    def fact_words(self) -> dict[str, str]:
        """The facts that it shows."""
        return self._facts.words()

    def hidden_height(self) -> int:
        """How many pixels of it have to be scrolled to."""
        return self._scroll.verticalScrollBar().maximum()

    def _show_cores(self, shown: PhoneShown) -> None:
        choices = core_choices(shown.about.cores(), shown.known.core)
        if choices != [(self.core.itemData(at), self.core.itemText(at)) for at in range(self.core.count())]:
            self.core.clear()
            for number, words in choices:
                self.core.addItem(words, number)
        wanted = _ANY_CORE if shown.known.core is None else shown.known.core
        self.core.setCurrentIndex(self.core.findData(wanted))

    @Slot(int)
    def _core_activated(self, index: int) -> None:
        number = self.core.itemData(index)
        self.core_chosen.emit(None if number == _ANY_CORE else number)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GRID)
        head.addWidget(self._title, 3)
        head.addWidget(self._serial, 2)
        head.addWidget(self._state)
        buttons = Flow()
        for button in (self.deploy_button, self.remove_button, self.disconnect_button):
            buttons.addWidget(button)
        core_label = QLabel("&Core to run on")
        core_label.setBuddy(self.core)
        self._ready_page, self._step_page = QWidget(), QWidget()
        ready = QHBoxLayout(self._ready_page)
        ready.setContentsMargins(0, 0, 0, 0)
        ready.setSpacing(theme.GRID)
        ready.addWidget(core_label)
        ready.addWidget(self.core)
        ready.addSpacing(theme.GRID)
        ready.addWidget(self._runner, 1)
        step = QVBoxLayout(self._step_page)
        step.setContentsMargins(0, 0, 0, 0)
        step.addWidget(self._next_step)
        step.addStretch()
        facts_page = QWidget()
        below = QVBoxLayout(facts_page)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.GRID)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._ready_page)
        self._pages.addWidget(self._step_page)
        below.addWidget(self._pages)
        below.addWidget(self._facts)
        below.addStretch()
        scroll = self._scroll = scroll_area(facts_page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addLayout(head)
        layout.addLayout(buttons)
        layout.addWidget(scroll, 1)


class _FactGrid(QWidget):
    """Names and values in columns; long ones have a line of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Fact] = []
        self._values: dict[str, TextLine] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GRID)
        self._grid.setVerticalSpacing(2)
        for pair in range(_PAIRS):
            self._grid.setColumnStretch(2 * pair + 1, 1)

    def show_facts(self, facts: list[Fact]) -> None:
        """Shows these; the same ones with other values cost no layout."""
        if [(fact.name, fact.is_long) for fact in facts] != [(fact.name, fact.is_long) for fact in self._shown]:
            self._rebuild(facts)
        self._shown = facts
        for fact in facts:
            value = self._values[fact.name]
            value.show_text(fact.words, fact.tip)
            value.setAccessibleName(f"{fact.name}: {fact.words}")

    def words(self) -> dict[str, str]:
        """What is shown, by name."""
        return {name: value.line() for name, value in self._values.items()}

    def _rebuild(self, facts: list[Fact]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._values = {}
        row, column = 0, 0
        for fact in facts:
            if fact.is_long and column:
                row, column = row + 1, 0
            name = QLabel(fact.name)
            theme.set_role(name, "caption")
            value = TextLine("")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            self._values[fact.name] = value
            self._grid.addWidget(name, row, 2 * column)
            self._grid.addWidget(value, row, 2 * column + 1, 1, 2 * _PAIRS - 1 if fact.is_long else 1)
            column += _PAIRS if fact.is_long else 1
            if column >= _PAIRS:
                row, column = row + 1, 0
