"""The views of the Accuracy tab, one of which is shown at a time, and the row of buttons that selects it."""

from typing import Protocol

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QStackedLayout, QWidget

from mnist_bench.digits.pictures import DigitImage
from mnist_bench.gui.accuracy.calibration_chart import CalibrationChart
from mnist_bench.gui.accuracy.class_table import ClassTable
from mnist_bench.gui.accuracy.confusion_view import ConfusionView
from mnist_bench.gui.accuracy.findings import Findings
from mnist_bench.gui.accuracy.gallery import Gallery, RandomGrid
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import vbox
from mnist_bench.gui.kit.export import Wanted, export
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.session.session import Session


class _View(Protocol):
    """What a view can do beside being a widget."""

    def show_findings(self, findings: Findings, selected: int) -> None: ...

    def to_csv(self) -> bytes: ...


class Views(QWidget):
    """Shows findings in the view that was chosen; the others are brought up to date when they are.

    Attributes:
        classes, confusion, calibration, gallery, grid: the views.
        buttons: choose the view, by its words.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._findings: Findings | None = None
        self._selected = 0
        self._stale: set[str] = set()
        self._chosen = "By digit"
        self.classes, self.confusion, self.calibration = ClassTable(session), ConfusionView(), CalibrationChart(session)
        self.gallery, self.grid = Gallery(), RandomGrid()
        for images in (self.gallery, self.grid):
            images.chosen.connect(self._put_on_pad)
        self._views: dict[str, QWidget] = {
            "By digit": self.classes,
            "Confusion": self.confusion,
            "Calibration": self.calibration,
            "Errors": self.gallery,
            "16 at random": self.grid,
        }
        self.buttons = {name: push_button(name, role="chip") for name in self._views}
        tip = "Save this view as PNG, SVG or CSV"
        self.export_button = push_button("Export …", self._export, tip=tip, role="chip")
        self._group = QButtonGroup(self)
        self._stack = QStackedLayout()
        for name, button in self.buttons.items():
            button.setCheckable(True)
            self._group.addButton(button)
            self._stack.addWidget(self._views[name])
            button.toggled.connect(lambda checked, name=name: self._choose(name) if checked else None)
        above = Flow(*self.buttons.values(), self.export_button)
        self.setLayout(vbox(above, (self._stack, 1), spacing=theme.GRID // 2))
        self.buttons[self._chosen].setChecked(True)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows these, and those that are about one backend show the one at this place."""
        self._findings, self._selected = findings, selected
        self._stale = set(self._views)
        self._bring_up_to_date()

    def current(self) -> QWidget:
        """The view that is shown."""
        return self._views[self._chosen]

    def _choose(self, name: str) -> None:
        self._chosen = name
        self._stack.setCurrentWidget(self._views[name])
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        if self._findings is not None and self._chosen in self._stale:
            self._view().show_findings(self._findings, self._selected)
            self._stale.discard(self._chosen)

    def _view(self) -> _View:
        return self.current()  # type: ignore[return-value]  # each of them is one

    @Slot(int)
    def _put_on_pad(self, number: int) -> None:
        if (findings := self._findings) is not None:
            digits = findings.digits
            name = f"{digits.name}, number {number}"
            self._session.pad.put_image(DigitImage(digits.images[number], int(digits.labels[number]), None, name))

    @Slot()
    def _export(self) -> None:
        findings, view = self._findings, self.current()
        if view is self.calibration:
            self.calibration.export()
        elif findings is not None:
            wanted = Wanted(self._chosen, file_name=f"accuracy-{self._chosen.lower().replace(' ', '-')}")
            export(self._session, self, wanted, lambda: self._twin(view, findings), self._view().to_csv)

    def _twin(self, view: QWidget, findings: Findings) -> QWidget:
        """Another view that shows the same, for a picture of another size."""
        twin = ClassTable(self._session) if view is self.classes else type(view)()
        if isinstance(twin, RandomGrid):
            twin.numbers = self.grid.numbers
        twin.show_findings(findings, self._selected)  # type: ignore[attr-defined]  # each of them can
        return twin
