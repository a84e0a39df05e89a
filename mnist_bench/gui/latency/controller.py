"""Joins the Latency and Runs tabs to the chosen backends, to the process that measures, and to the saved runs."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from mnist_bench.base.errors import UsageError
from mnist_bench.base.progress import Progress
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.child import MeasurementRequest, measuring_job
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.result import Result, only
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.kit.palette import of_run
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.kit.worker import Worker
from mnist_bench.gui.latency.latency_tab import LatencyTab
from mnist_bench.gui.latency.outcome import Outcome, outcome_of
from mnist_bench.gui.latency.reporting import save_report
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.runs.runs_tab import RunsTab
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import Task

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts


class LatencyController(View):
    """Measures when the tab asks for it, shows what came of it, and keeps it.

    Attributes:
        tab, runs_tab: the two tabs.

    Signals:
        shown: an outcome is on the Latency tab now.
    """

    tab: LatencyTab
    shown = Signal()

    def __init__(
        self,
        live: LiveController,
        work: LongWork,
        model: Callable[[], str],
        parent: QWidget | None = None,
        *,
        saved: KeptResults | None = None,
        asker: Asker | None = None,
    ) -> None:
        super().__init__(LatencyTab(asker=asker), parent)
        self._live = live
        self._work = work
        self._model = model
        self._asker = asker or Asker()
        self._saved = saved or KeptResults()
        self._is_measuring = False
        self._files: tuple[Result[Comparison], ...] = ()
        self.runs_tab = RunsTab(self._saved)
        self._analyser = Worker(self)
        self._analyser.answered.connect(self._show)
        self._analyser.failed.connect(self._not_analysed)
        self.tab.benchmark_requested.connect(self.measure)
        self.tab.cancel_requested.connect(work.cancel)
        self.tab.by_changed.connect(self._show_anew)
        self.tab.report_requested.connect(lambda outcome: self._report(outcome.files))
        self.runs_tab.report_requested.connect(self._report)
        self.runs_tab.chosen.connect(self.show_files)
        self.runs_tab.failed.connect(self.failed)
        self.tab.view.failed.connect(self.failed)
        self.tab.view.message.connect(self.message)
        work.busy_changed.connect(self._busy_changed)
        self.shown.connect(self.wanted)

    def begin(self) -> None:
        """Makes what takes time."""
        self.tab.view.begin()

    def finish(self) -> None:
        """The window closes: waits until what was changed among the saved runs is on the disk."""
        self.runs_tab.finish()

    @Slot()
    def measure_in_front(self) -> None:
        """The same as `measure`, with its tab in front."""
        self.wanted.emit()
        self.measure()

    @Slot()
    def measure(self) -> None:
        """Measures the chosen backends, but for those known to be unable to."""
        able = [place.backend for place in self._live.able_places]
        backends = tuple(backend.id for backend in able)
        if not backends or not self._model():
            self.message.emit("No backend is ready yet.")
            return
        if self._work.is_busy:
            self.message.emit("Something else is running.")
            return
        try:
            settings = self.tab.settings
        except UsageError as error:
            self.failed.emit(error)
            return
        baseline = self._live.baseline_id
        request = MeasurementRequest(
            backends,
            self._model(),
            settings,
            str(self._saved.folder),
            baseline if baseline in backends else backends[0],
            {backend.device.id: backend.device.title for backend in able},
        )
        job = measuring_job(request)

        def work(task: Task) -> Result[Comparison]:
            task.call_when_cancelled(job.cancel)

            def on_progress(progress: Progress) -> None:
                task.report(f"Benchmark: {progress.title}", progress.done, progress.total)

            path = Path(job.run(on_progress)["path"])
            return only(Comparison, [load_result(path)])[0]

        self._is_measuring = True
        self._work.run(Task("Benchmark", work, keeps_its_results=True), self._measured)

    def show_files(self, files: Sequence[Result[Comparison]]) -> None:
        """Shows one saved measurement, or several side by side."""
        self._files = tuple(files)
        self._show_anew(self.tab.time_kind)

    @Slot(object)
    def _measured(self, saved: Result[Comparison]) -> None:
        self.runs_tab.add(saved)
        self.message.emit("Cancelled; what was measured is kept." if saved.value.cancelled else "Benchmark done.")
        self.show_files([saved])

    @Slot(object)
    def _show_anew(self, by: TimeKind) -> None:
        files = self._files
        if files:
            self.tab.show_analysing(True)
            self._analyser.ask(lambda: outcome_of(files, by))

    @Slot(object)
    def _not_analysed(self, error: Exception) -> None:
        self.tab.show_analysing(False)
        self.failed.emit(error)

    @Slot(object)
    def _show(self, outcome: Outcome) -> None:
        """Each line looks as its backend's card does, with a hollow mark the second time."""
        runs: Counter[str] = Counter()
        styles = []
        for backend_id in (line.run.backend for line in outcome.lines):
            styles.append(of_run(self._live.style_of(backend_id), runs[backend_id]))
            runs[backend_id] += 1
        self.tab.show_analysing(False)
        self.tab.show_outcome(outcome, styles)
        self.shown.emit()

    @Slot(bool)
    def _busy_changed(self, is_busy: bool) -> None:
        self._is_measuring = self._is_measuring and is_busy
        self.tab.show_busy(is_busy, is_measuring=self._is_measuring)

    @Slot(object)
    def _report(self, files: Sequence[Result[Comparison]]) -> None:
        task = save_report(files, self.tab.time_kind, self.tab, self._asker)
        if task is not None:
            self._work.run(task, lambda path: self.message.emit(f"Saved {path}."))


def make(parts: "Parts") -> View:
    """The Latency tab's view."""
    controller = LatencyController(parts.live, parts.work, parts.chosen_model, parts.window)
    parts.tools.benchmark_requested.connect(controller.measure_in_front)
    return controller


def make_runs(parts: "Parts") -> View:
    """The Runs tab's view; the Latency tab's is there already."""
    return View(parts.view(LatencyController).runs_tab, parts.window)
