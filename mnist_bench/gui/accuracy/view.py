"""The Accuracy tab: says what to do, then shows an evaluation while it runs, or one that was kept, and its outcome."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QWidget

from mnist_bench.base import words
from mnist_bench.base.progress import Progress
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.gui.accuracy.by_backend import CalibrationChart, ClassTable, results_table, rows_of
from mnist_bench.gui.accuracy.confusion_view import ConfusionView
from mnist_bench.gui.accuracy.gallery import Gallery, RandomGrid
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import Flow, hbox, holding, pages, splitter, vbox
from mnist_bench.gui.kit.export import Wanted, export
from mnist_bench.gui.kit.text import TextLine, copy_text, empty_label, wrapped
from mnist_bench.gui.kit.view import View
from mnist_bench.session.evaluating import EvaluationState
from mnist_bench.session.findings import Findings, find
from mnist_bench.session.session import Session

Part = ClassTable | ConfusionView | CalibrationChart | Gallery | RandomGrid
_EMPTY = (
    "Choose Evaluate in the toolbar to run every chosen backend on MNIST's test images, a folder of pictures, "
    "a file of digits or your own drawings.\nAccuracy, errors and disagreements then appear here."
)


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
        self._views: dict[str, Part] = {
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
        self._stack = pages(*self._views.values())
        for name, button in self.buttons.items():
            button.setCheckable(True)
            self._group.addButton(button)
            button.toggled.connect(lambda checked, name=name: self._choose(name) if checked else None)
        above = Flow(*self.buttons.values(), self.export_button)
        self.setLayout(vbox(above, (self._stack, 1), spacing=theme.GRID // 2))
        self.buttons[self._chosen].setChecked(True)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows these, and those that are about one backend show the one at this place."""
        self._findings, self._selected = findings, selected
        self._stale = set(self._views)
        self._bring_up_to_date()

    def current(self) -> Part:
        """The view that is shown."""
        return self._views[self._chosen]

    def _choose(self, name: str) -> None:
        self._chosen = name
        self._stack.setCurrentWidget(self._views[name])
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        if self._findings is not None and self._chosen in self._stale:
            self.current().show_findings(self._findings, self._selected)
            self._stale.discard(self._chosen)

    @Slot(int)
    def _put_on_pad(self, number: int) -> None:
        if (findings := self._findings) is not None:
            digits = findings.digits
            name = f"{digits.name}, {digits.names[number] if digits.names else f'number {number}'}"
            self._session.pad.put_image(DigitImage(digits.images[number], int(digits.labels[number]), None, name))

    @Slot()
    def _export(self) -> None:
        findings, view = self._findings, self.current()
        if isinstance(view, CalibrationChart):
            view.export()
        elif findings is not None:
            wanted = Wanted(self._chosen, file_name=f"accuracy-{self._chosen.lower().replace(' ', '-')}")
            export(self._session, self, wanted, lambda: self._twin(view, findings), view.to_csv)

    def _twin(self, view: ClassTable | ConfusionView | Gallery | RandomGrid, findings: Findings) -> QWidget:
        """Another view that shows the same, for a picture of another size."""
        twin = ClassTable(self._session) if isinstance(view, ClassTable) else type(view)()
        if isinstance(twin, RandomGrid):
            twin.numbers = self.grid.numbers
        twin.show_findings(findings, self._selected)
        return twin


class AccuracyView(View):
    """Follows one evaluation after the other; the figures are made on another thread.

    Signals:
        shown: there are new findings to see.
    """

    shown = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._state: EvaluationState | None = None
        self._asked: EvaluationState | None = None
        self._title = ""
        self.findings: Findings | None = None
        self.heading = TextLine(role="heading")
        tip = "As tab-separated text"
        self.copy_button = push_button("Copy table", self._copy, tip=tip, role="chip")
        self.order_button = push_button("", session.evaluations.evaluate_in_other_order, role="chip")
        self.order_reason = TextLine(role="caption")
        self.table = results_table(session)
        self.views = Views(session)
        self.empty = empty_label(_EMPTY)
        self._nothing = empty_label("Details appear here once the first backend has finished.")
        self._lay_out()
        self.table.rows_selected.connect(self._show_views)
        session.jobs.progressed.subscribe(self._show_reading)
        session.evaluations.begun.subscribe(self._follow)
        session.evaluations.changed.subscribe(self._show_evaluation)

    def _lay_out(self) -> None:
        self._side = pages(self._nothing, self.views)
        head, gap = hbox((self.heading, 1), self.order_button, self.copy_button), theme.GRID // 2
        above = holding(vbox(head, self.order_reason, (self.table, 1), spacing=gap, margins=(0, 0, 0, gap)))
        side = holding(self._side)
        divided = splitter(Qt.Orientation.Vertical, above, side, stretch=(0, 1), name="accuracy table and views")
        divided.setSizes([250, 260])
        self._pages = pages(self.empty, holding(vbox(divided, margins=theme.GRID)))
        self.setLayout(self._pages)

    def _show_reading(self, progress: Progress | None) -> None:
        """Before the first evaluation: what goes on until its digits are there."""
        is_reading = progress is not None and self._session.evaluations.is_running
        self.empty.setText("The digits are being read …" if is_reading else _EMPTY)

    def _follow(self, state: EvaluationState) -> None:
        """Shows this evaluation, which has begun or was kept, and lets go of the one before."""
        digits = state.digits
        self._state, self.findings = state, None
        self._title = f"{Path(state.model).name} on {digits.title}: {words.plural(len(digits), 'image')}"
        self._show_rows()
        self.table.select_row(0)
        self._side.setCurrentWidget(self._nothing)
        self._pages.setCurrentIndex(1)
        self._find()
        self.wanted.emit()

    def _show_evaluation(self, state: EvaluationState) -> None:
        """Shows how far the evaluation is that it follows."""
        before, self._state = self._state, state
        self._show_rows()
        if before is None or _compared(before) != _compared(state):
            self._find()

    def _show_rows(self) -> None:
        if (state := self._state) is None:
            return
        self.table.show_rows(rows_of(state, self.findings))
        cut_short = [one for one in state.rows if one.failure and one.result is not None]
        parts = [f"{one.title} classified {words.count(one.done)} of them" for one in cut_short]
        left_out = len(state.digits.left_out)
        title = f"{self._title}, {words.count(left_out)} left out" if left_out else self._title
        brief = f"{title}; {words.plural(len(parts), 'backend')} ended early" if parts else title
        whole = "; ".join([self._title, *parts, *(note.rstrip(".") for note in state.notes)])
        self.heading.show_text(whole, brief, title, tip=wrapped(whole))
        other = state.other_order
        self.order_button.setText(f"Evaluate as {other.order}" if other else "")
        self.order_reason.show_text(other.sentence if other else "")
        self.order_button.setVisible(other is not None)
        self.order_reason.setVisible(other is not None)

    def _find(self) -> None:
        """What is found is of the state that was last asked about."""
        if (state := self._state) is not None:
            self._asked = state
            self._session.analyser.do(
                lambda: find(state.digits, state.rows, state.baseline_id),
                lambda findings: self._show_findings(findings) if state is self._asked else None,
                self._session.failed.publish,
            )

    def _show_findings(self, findings: Findings | None) -> None:
        if findings is not None:
            self.findings = findings
            self._show_rows()
            self._side.setCurrentWidget(self.views)
            self._show_views()
            self.shown.emit()

    @Slot()
    def _show_views(self) -> None:
        selected = self.table.selected()
        if self.findings is not None:
            row = selected[0].index if selected else 0
            self.views.show_findings(self.findings, self.findings.at_row(row))

    def _copy(self) -> None:
        copy_text("\n".join(filter(None, (self.heading.line(), self.order_reason.line(), self.table.text()))))
        self._session.message.publish("Copied the table as text.")


def _compared(state: EvaluationState) -> tuple[str, list[AccuracyResult | None]]:
    """What findings are of."""
    return state.baseline_id, [row.result for row in state.rows]
