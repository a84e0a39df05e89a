"""Names and values of facts in two columns, both of which wrap."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_bench.devices.access import Fact
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.text import Label, set_tip

_PAIRS = 2
"""Facts side by side."""


class FactGrid(QWidget):
    """Shows facts; long ones have a line of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Fact, ...] = ()
        self._values: list[Label] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GRID)
        self._grid.setVerticalSpacing(2)
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
