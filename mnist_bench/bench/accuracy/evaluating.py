"""Evaluates several backends on the same digits: those of one device in turn, devices at the same time."""

import logging
import threading
from collections.abc import Sequence
from functools import partial

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.base.progress import OnProgress
from mnist_bench.base.trouble import told
from mnist_bench.bench import conditions
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, evaluate, other_order
from mnist_bench.bench.accuracy.evaluation import DigitSet, Evaluation
from mnist_bench.bench.lanes import in_lanes
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.orders import OtherOrder
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Network


def evaluate_all(
    engines: Sequence[InferenceEngine],
    network: Network,
    digits: LabelledDigits,
    *,
    model: str | None = None,
    baseline: str | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Evaluation:
    """What each of `engines` says of `digits`. They are started here, and closed however it ends.

    A backend that cannot run is among the failures. After `stop` the evaluation has what was read by then; Cancelled is
    raised where that is nothing. The baseline is the first engine's backend unless another is named.
    """
    backends = [engine.backend for engine in engines]
    order = [backend.id for backend in backends]
    work = _Work(network, digits, order, on_progress)
    before = conditions.read_moment(backends)
    cancelled = False
    try:
        in_lanes(engines, work.evaluate, stop)
    except Cancelled:
        if not work.read:
            raise
        cancelled = True
        work.end_early("Cancelled.")
    after = conditions.read_moment([] if cancelled else backends)  # a device may be why it was cancelled
    return Evaluation(
        conditions=conditions.gather(model or network.name, network, backends, before, after),
        digits=DigitSet.of(digits),
        baseline=baseline or order[0],
        results=tuple(work.read[one] for one in order if one in work.read),
        failures={one: work.failures[one] for one in order if one in work.failures},
        cancelled=cancelled,
        other_order=work.other_order,
    )


logger = logging.getLogger(__name__)


class _Work:
    """What was read so far, by backends of which some run at the same time."""

    def __init__(
        self, network: Network, digits: LabelledDigits, backends: Sequence[str], on_progress: OnProgress | None
    ) -> None:
        self.read: dict[str, AccuracyResult] = {}
        self.failures: dict[str, str] = {}
        self.other_order: OtherOrder | None = None
        self._looks_for_order = True
        self._network = network
        self._digits = digits
        self._backends = backends
        self._steps = len(backends) * len(digits)
        self._on_progress = on_progress
        self._done: dict[str, int] = {}
        self._guard = threading.Lock()

    def end_early(self, why: str) -> None:
        """Say of each backend that is not done why that is."""
        for backend in self._backends:
            read = self.read.get(backend)
            if read is None or read.images < len(self._digits):
                self.failures.setdefault(backend, why)

    def evaluate(self, engine: InferenceEngine) -> None:
        backend = engine.backend

        def keep(result: AccuracyResult) -> None:
            self.read[backend.id] = result

        def show(done: int, _total: int) -> None:
            self._show(backend.id, done, f"{backend.title}: classifying")

        self._show(backend.id, 0, f"{backend.title}: starting")
        try:
            engine.start()
            engine.load(self._network)
            keep(evaluate(engine, self._digits, show, keep))
            self._look_for_order(engine)
        except Cancelled:
            raise
        except MnistBenchError as error:
            self._fail(backend, str(error))
        except Exception as error:  # whatever it is, what the others say is kept
            logger.exception("%s cannot be evaluated", backend.id)
            self._fail(backend, f"It could not be evaluated: {told(error)}")

    def _fail(self, backend: Backend, why: str) -> None:
        self.failures[backend.id] = why
        self._show(backend.id, len(self._digits), backend.title)

    def _look_for_order(self, engine: InferenceEngine) -> None:
        """The first backend that has read all tries whether the digits are stored in another order."""
        with self._guard:
            is_first, self._looks_for_order = self._looks_for_order, False
        if not is_first:
            return
        try:
            self.other_order = other_order(self._digits, partial(evaluate, engine))
        except Cancelled:
            raise
        except MnistBenchError as error:  # what was measured is whole without it
            logger.warning("%s: no other order was tried: %s", engine.backend.id, error)

    def _show(self, backend_id: str, done: int, words: str) -> None:
        with self._guard:
            self._done[backend_id] = done
            if self._on_progress is not None:
                self._on_progress(sum(self._done.values()), self._steps, words)
