"""One device in detail: its state and next step, its facts, and what can be done with it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from mnist_bench.devices.access import Fact
from mnist_bench.gui.devices.signs import SIGNS, role_of
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import Flow, grid, hbox, holding, named, scroll_area, vbox
from mnist_bench.gui.kit.text import Label, TextLine, set_tip
from mnist_bench.session.devices import DeviceState

_ANY_CORE: Final = -1
_PAIRS: Final = 2
"""Facts side by side."""


class DeviceDetail(QWidget):
    """Shows one device and tells what the person wants of it.

    Attributes:
        runner: what is said of the runner on the device, or why it could not be read.
        facts: what is known of it.
        scrolled: the area that holds them.

    Signals:
        deploy_requested, remove_requested, disconnect_requested: the buttons.
        core_chosen: the number of a core to run on, None for any.
    """

    deploy_requested = Signal()
    remove_requested = Signal()
    disconnect_requested = Signal()
    core_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._title = TextLine("", role="title")
        self._serial = TextLine("", role="muted", elide=Qt.TextElideMode.ElideMiddle, right=True)
        self._state, self._next_step = Label(), Label(wrap=True, selectable=True)
        tip = "Copy the runner to the device now and verify it"
        self.deploy_button = push_button("Deploy", self.deploy_requested, tip=tip)
        tip = "Remove everything that mnist-bench put on the device"
        self.remove_button = push_button("Remove", self.remove_requested, tip=tip)
        tip = "Disconnect, and forget its address"
        self.disconnect_button = push_button("Disconnect", self.disconnect_requested, tip=tip)
        self.core = named_combo("Core to run on")
        set_tip(self.core, "The core that runners are pinned to; changing it restarts them")
        self.core.activated.connect(self._core_activated)
        self.runner = Label(role="muted", wrap=True)
        self.facts = FactGrid()
        self._lay_out()

    def show_device(self, state: DeviceState, *, can_work: bool) -> None:
        """Shows this device; `can_work`: the runner can be deployed to it now, as nothing else runs."""
        seen, about = state.seen, state.about
        self._title.show_text(state.title)
        self._serial.show_text(seen.serial if seen.serial != state.title else "")
        self._state.setText(f"{SIGNS[seen.readiness]} {seen.state}")
        self._state.setAccessibleName(f"State: {seen.state}")
        theme.set_role(self._state, role_of(seen.readiness))
        self._next_step.setText(seen.next_step)
        self._pages.setCurrentWidget(self._ready_page if seen.is_ready else self._step_page)
        said = state.problem or (about.runner_words() if about is not None else "")
        self.runner.setText(said)
        self.runner.setVisible(bool(said))
        self.facts.show_facts(about.facts() if about is not None else [])
        self._show_cores(state)
        self.deploy_button.setEnabled(seen.is_ready and can_work)
        self.remove_button.setEnabled(seen.is_ready and can_work)
        self.deploy_button.setVisible(seen.can_deploy)
        self.remove_button.setVisible(seen.can_deploy)
        self.disconnect_button.setVisible(seen.can_disconnect)

    def words(self) -> str:
        """The state and the next step, as shown."""
        return f"{self._state.text()} {self._next_step.text()}".rstrip()

    def _show_cores(self, state: DeviceState) -> None:
        choices = [(_ANY_CORE, "any"), *(state.about.cores() if state.about is not None else ())]
        if state.core is not None and state.core not in [number for number, _ in choices]:
            choices.append((state.core, f"core {state.core}"))
        if choices != [(self.core.itemData(at), self.core.itemText(at)) for at in range(self.core.count())]:
            self.core.clear()
            for number, words in choices:
                self.core.addItem(words, number)
        wanted = _ANY_CORE if state.core is None else state.core
        self.core.setCurrentIndex(self.core.findData(wanted))

    @Slot(int)
    def _core_activated(self, index: int) -> None:
        number = self.core.itemData(index)
        self.core_chosen.emit(None if number == _ANY_CORE else number)

    def _lay_out(self) -> None:
        buttons = (self.deploy_button, self.remove_button, self.disconnect_button)
        head = hbox((self._title, 1), (self._serial, 1), self._state)
        self._ready_page = holding(vbox(hbox(named("&Core to run on", self.core), 1), self.runner))
        self._step_page = holding(vbox(self._next_step, 1))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._ready_page)
        self._pages.addWidget(self._step_page)
        self.scrolled = scroll_area(holding(vbox(self._pages, self.facts, 1)))
        self.setLayout(vbox(head, Flow(*buttons), (self.scrolled, 1), spacing=theme.GRID // 2))


class FactGrid(QWidget):
    """Names and values of facts in columns that wrap; long ones have a line of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Fact, ...] = ()
        self._values: list[Label] = []
        self._grid = grid(self, theme.GRID, 2)
        for pair in range(_PAIRS):
            self._grid.setColumnStretch(2 * pair + 1, 1)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Shows these."""
        if [(fact.name, fact.is_long) for fact in facts] != [(fact.name, fact.is_long) for fact in self._shown]:
            self._rebuild(facts)
        self._shown = tuple(facts)
        for fact, value in zip(facts, self._values, strict=True):
            value.setText(fact.words)
            value.setAccessibleName(f"{fact.name}: {fact.words}")
            set_tip(value, fact.tip)
            theme.set_role(value, "warning" if fact.is_problem else "")

    def words(self) -> dict[str, str]:
        """What is shown, by name."""
        return {fact.name: fact.words for fact in self._shown}

    def _rebuild(self, facts: Sequence[Fact]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._values = [Label(wrap=True, selectable=True) for _ in facts]
        for value in self._values:
            value.setAlignment(Qt.AlignmentFlag.AlignTop)
        row, column = 0, 0
        for fact, value in zip(facts, self._values, strict=True):
            if fact.is_long and column:
                row, column = row + 1, 0
            self._grid.addWidget(Label(fact.name, role="caption"), row, 2 * column, Qt.AlignmentFlag.AlignTop)
            span = 2 * _PAIRS - 1 if fact.is_long else 1
            self._grid.addWidget(value, row, 2 * column + 1, 1, span)
            column += _PAIRS if fact.is_long else 1
            if column >= _PAIRS:
                row, column = row + 1, 0
