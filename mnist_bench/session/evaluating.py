"""Evaluates the selected backends on labelled digits, one after the other, while drawing goes on."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench import versions
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, other_order
from mnist_bench.bench.accuracy.evaluation import DigitSet, Evaluation
from mnist_bench.bench.conditions import gather, read_moment
from mnist_bench.bench.results.result import Kind, Result, only
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.orders import UPRIGHT, OtherOrder
from mnist_bench.network.network import Network
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.data import Data, read_digits, read_drawings
from mnist_bench.session.engine_worker import EngineWorker, Evaluating
from mnist_bench.session.inbox import Topic
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live
from mnist_bench.session.networks import Networks
from mnist_bench.session.results import Results

_TITLE = "Evaluating"
_PATIENCE_S = 1.0

ReadDigits = Callable[[Task], LabelledDigits]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationRow:
    """One backend in an evaluation: `done` of `images`; then its result, and why it is not whole or not there."""

    backend_id: str
    title: str
    color: int
    done: int = 0
    images: int = 0
    result: AccuracyResult | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationState:
    """An evaluation that runs or has ended: of which network, on which digits, and how each backend does.

    Attributes:
        baseline_id: the backend that others are compared with.
        other_order: an order of the digits' pixels in which many more are read; None where none was found.
    """

    model: str
    digits: LabelledDigits
    rows: tuple[EvaluationRow, ...]
    baseline_id: str
    is_running: bool = True
    other_order: OtherOrder | None = None

    @property
    def baseline(self) -> AccuracyResult | None:
        """The result that others are compared with: of several evaluations side by side, in the first that has it."""
        return next((row.result for row in self.rows if row.backend_id == self.baseline_id), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person who sees the figures should know of the digits and of the engines, in sentences."""
        engines = (row.result.engine for row in self.rows if row.result is not None)
        return *self.digits.notes, *versions.sentences(engines)


class Evaluations:
    """Begins evaluations, as jobs, and follows the one that runs.

    Attributes:
        state: the last one; None before the first.

    Topics:
        changed: `state`, when it has changed.
        begun: `state`, when it is another evaluation's.
    """

    def __init__(self, live: Live, jobs: Jobs, data: Data, networks: Networks, results: Results) -> None:
        self.state: EvaluationState | None = None
        self.changed: Topic[EvaluationState] = Topic()
        self.begun: Topic[EvaluationState] = Topic()
        self._results = results
        self._live = live
        self._jobs = jobs
        self._data = data
        self._networks = networks
        self._baseline_id = live.baseline_id
        live.chosen.subscribe(lambda _states: self._follow_baseline())
        live.loaded.subscribe(lambda _network: self._network_changed())
        results.changed.subscribe(self._results_changed)

    @property
    def is_running(self) -> bool:
        """Whether an evaluation goes on; before it has begun, its digits are being read."""
        return self._jobs.title == _TITLE

    def evaluate_mnist(self) -> None:
        """Evaluate on MNIST's test images, which are fetched first if they are not here and the person agrees."""
        self._data.with_mnist(self.evaluate_path)

    def evaluate_path(self, path: Path, order: str = UPRIGHT) -> None:
        """Evaluate on what `load_digits` finds there, stored in this order."""
        self.evaluate(read_digits(path, order), self._networks.chosen)

    def evaluate_in_other_order(self) -> None:
        """Evaluate again on the digits that are shown, in the order of their pixels that was found to be better."""
        if (state := self.state) is not None and state.other_order is not None and state.digits.source is not None:
            self.evaluate_path(state.digits.source, state.other_order.order)

    def evaluate_drawings(self) -> None:
        """Evaluate on the person's own drawings that have a label."""
        self.evaluate(read_drawings, self._networks.chosen)

    def evaluate(self, read: ReadDigits, model: str) -> bool:
        """Evaluate the backends that can answer, or soon will, on what `read` reads; whether it has begun."""
        able, network = self._live.able, self._live.network
        if not able or network is None:
            self._jobs.message.publish("No backend is ready yet.")
            return False
        workers = [self._live.worker_of(state.id) for state in able]
        baseline_id = self._live.baseline_among([state.id for state in able])
        work = partial(self._work, read, model, network, able, workers, baseline_id)
        return self._jobs.run(_TITLE, work, self._over, keeps_results=True)

    def _follow_baseline(self) -> None:
        """Another baseline turns the comparison round."""
        before, self._baseline_id = self._baseline_id, self._live.baseline_id
        state = self.state
        if state is None or before == self._baseline_id:
            return
        if any(row.backend_id == self._baseline_id for row in state.rows):
            self.state = replace(state, baseline_id=self._baseline_id)
            self.changed.publish(self.state)

    def _network_changed(self) -> None:
        """The rest of an evaluation would be of another network."""
        if self.is_running:
            self._jobs.cancel()

    # On the job's thread.

    def _work(
        self,
        read: ReadDigits,
        model: str,
        network: Network,
        states: Sequence[BackendState],
        workers: Sequence[EngineWorker],
        baseline_id: str,
        task: Task,
    ) -> Evaluation | None:
        """What is to be kept; None where nothing was read."""
        digits = read(task)
        task.check()
        backends = [state.backend for state in states]
        before = read_moment(backends)
        rows = [EvaluationRow(state.id, state.backend.title, state.color) for state in states]

        other: OtherOrder | None = None

        def tell(show: Callable[[EvaluationState], None], *, is_running: bool = True) -> None:
            now = EvaluationState(model, digits, tuple(rows), baseline_id, is_running, other)
            self._jobs.inbox.post(lambda: show(now))

        tell(self._begin)
        looks_for_order = True
        for number, worker in enumerate(workers):

            def moved(done: int, total: int, number: int = number) -> None:
                rows[number] = replace(rows[number], done=done, images=total)
                task.report(f"Evaluating {rows[number].title}", number * total + done, total * len(rows))
                tell(self._show)

            result, failure = _ask(worker, digits, moved, task)
            done = rows[number].done if result is None else result.images
            rows[number] = replace(rows[number], done=done, images=len(digits), result=result, failure=failure)
            tell(self._show)
            if looks_for_order and result is not None and not failure:
                looks_for_order = False
                other = _other_order(worker, digits, task)
        tell(self._show, is_running=False)
        results = tuple(row.result for row in rows if row.result is not None)
        if not results:
            return None
        after = read_moment([] if task.is_cancelled else backends)  # a device may be why it was cancelled
        return Evaluation(
            conditions=gather(model, network, backends, before, after),
            digits=DigitSet.of(digits),
            baseline=baseline_id,
            results=results,
            failures={row.backend_id: row.failure for row in rows if row.failure},
            cancelled=task.is_cancelled,
            other_order=other,
        )

    # On the session's thread.

    def _begin(self, state: EvaluationState) -> None:
        self.state = state
        self.begun.publish(state)

    def _show(self, state: EvaluationState) -> None:
        if self.state is None or self.state.digits is not state.digits:  # a kept one is looked at meanwhile
            if not state.is_running:
                self._begin(state)
            return
        self.state = replace(state, baseline_id=self.state.baseline_id)
        self.changed.publish(self.state)

    def _over(self, evaluation: Evaluation | None) -> None:
        if evaluation is not None:
            self._results.keep(evaluation, is_shown=True)

    def _results_changed(self, kind: Kind) -> None:
        """Kept evaluations are to be shown: their digits are read again from where they were."""
        if kind is not Kind.ACCURACY:
            return
        kept = only(Evaluation, self._results.shown[kind])
        colors = {
            result.backend_id: self._live.color_of(result.backend_id) for one in kept for result in one.value.results
        }
        self._results.rows.do(lambda: _state_of(kept, colors), self._begin)


def _state_of(kept: Sequence[Result[Evaluation]], colors: Mapping[str, int]) -> EvaluationState:
    """What there is to show of kept evaluations of the same digits, several of them side by side."""
    first = kept[0].value
    if any(one.value.digits.sha256 != first.digits.sha256 for one in kept):
        raise InputError("These evaluations are of different digits.", advice="Choose evaluations of the same digits.")
    rows = tuple(
        EvaluationRow(
            result.backend_id,
            result.title if len(kept) == 1 else f"#{number} {result.title}",
            colors[result.backend_id],
            result.images,
            one.value.digits.count,
            result,
            one.value.failures.get(result.backend_id, ""),
        )
        for number, one in enumerate(kept, 1)
        for result in one.value.results
    )
    digits, other = first.digits.load(), first.other_order
    return EvaluationState(first.conditions.model, digits, rows, first.baseline, is_running=False, other_order=other)


def _ask(
    worker: EngineWorker, digits: LabelledDigits, moved: Callable[[int, int], None], task: Task
) -> tuple[AccuracyResult | None, str]:
    """What a backend has read, and why that is not all or nothing; returns soon after a cancel."""
    if task.is_cancelled:
        return None, "cancelled"
    wanted = worker.evaluate(digits, moved)
    task.call_when_cancelled(partial(_cancel, worker, wanted))
    try:
        return wanted.outcome.result(), ""
    except (Cancelled, CancelledError):
        return wanted.partial, "cancelled"
    except Exception as error:
        return wanted.partial, str(error)


def _other_order(worker: EngineWorker, digits: LabelledDigits, task: Task) -> OtherOrder | None:
    """Whether this backend's network reads many more of the digits in another order; None where it cannot say."""

    def ask(some: LabelledDigits) -> AccuracyResult:
        result, failure = _ask(worker, some, lambda _done, _total: None, task)
        if result is None or failure:
            raise Cancelled("Cancelled.")
        return result

    try:
        return other_order(digits, ask)
    except Cancelled:
        return None


def _cancel(worker: EngineWorker, wanted: Evaluating) -> None:
    """It stops after the images that it has in hand; a runner that is still at them after a while hangs, or has a
    network that is too large to wait for.
    """
    wanted.is_cancelled = True
    timer = threading.Timer(_PATIENCE_S, worker.break_off)
    timer.daemon = True
    wanted.outcome.add_done_callback(lambda _: timer.cancel())
    timer.start()
