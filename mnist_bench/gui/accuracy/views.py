"""The views of the Accuracy tab, one of which is shown at a time, and the row of buttons that chooses it."""

from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from mnist_bench.gui.accuracy.class_table import ClassTable
from mnist_bench.gui.accuracy.confusion_view import ConfusionView
from mnist_bench.gui.accuracy.findings import Findings
from mnist_bench.gui.accuracy.gallery import Gallery, RandomGrid
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button


class _View(Protocol):
    """What a view can do beside being a widget."""

    def show_findings(self, findings: Findings, selected: int) -> None: ...

    def to_csv(self) -> bytes: ...


class Views(QWidget):
    """Shows findings in the view that was chosen; the others are brought up to date when they are.

    Attributes:
        classes, confusion, gallery, grid: the views that are there from the beginning.
        buttons: choose the view, by its words.

    Signals:
        image_chosen: the number of an image that the person wants on the pad.
        export_requested: the view that is shown (QWidget), the beginning of a file's name, and what makes its CSV.
    """

    image_chosen = Signal(int)
    export_requested = Signal(object, str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: Findings | None = None
        self._selected = 0
        self._stale: set[str] = set()
        self._chosen = "Each digit"
        self.classes, self.confusion = ClassTable(), ConfusionView()
        self.gallery, self.grid = Gallery(), RandomGrid()
        self.gallery.chosen.connect(self.image_chosen)
        self.grid.chosen.connect(self.image_chosen)
        self._chart_comes = QLabel("The chart is on its way.")
        self._chart_comes.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._chart_comes, "empty")
        self._views: dict[str, QWidget] = {
            "Each digit": self.classes,
            "Confusion": self.confusion,
            "Calibration": self._chart_comes,
            "Errors": self.gallery,
            "16 at random": self.grid,
        }
        self.buttons = {words: push_button(words, role="chip") for words in self._views}
        self.export_button = push_button("Export …", tip="Save this view as PNG, SVG or CSV", role="chip")
        self._group = QButtonGroup(self)
        self._stack = QStackedLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.GRID // 2)
        for words, button in self.buttons.items():
            button.setCheckable(True)
            self._group.addButton(button)
            row.addWidget(button)
            self._stack.addWidget(self._views[words])
            button.toggled.connect(lambda checked, words=words: self._choose(words) if checked else None)
        row.addStretch()
        row.addWidget(self.export_button)
        self.export_button.clicked.connect(self._export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GRID, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addLayout(row)
        layout.addLayout(self._stack, 1)
        self.buttons[self._chosen].setChecked(True)

    def put_chart(self, chart: QWidget) -> None:
        """The chart's library has been imported: this is the calibration view from now on."""
        place = self._stack.indexOf(self._chart_comes)
        was_shown = self._stack.currentIndex() == place
        self._stack.removeWidget(self._chart_comes)
        self._chart_comes.deleteLater()
        self._stack.insertWidget(place, chart)
        self._views["Calibration"] = chart
        if was_shown:
            self._choose("Calibration")

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows these, and those that are about one backend show the one at this place."""
        self._findings, self._selected = findings, selected
        self._stale = set(self._views)
        self._bring_up_to_date()

    def current(self) -> QWidget:
        """The view that is shown."""
        return self._views[self._chosen]

    def _choose(self, words: str) -> None:
        self._chosen = words
        self._stack.setCurrentWidget(self._views[words])
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        view = self._view()
        if self._findings is not None and view is not None and self._chosen in self._stale:
            view.show_findings(self._findings, self._selected)
            self._stale.discard(self._chosen)

    def _view(self) -> _View | None:
        view = self.current()
        return None if view is self._chart_comes else view  # type: ignore[return-value]

    def _export(self) -> None:
        view = self._view()
        if view is not None and self._findings is not None:
            self.export_requested.emit(self.current(), self._chosen.lower().replace(" ", "-"), view.to_csv)
