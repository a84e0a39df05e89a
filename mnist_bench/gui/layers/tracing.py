"""The work behind the Layers tab, on a thread of its own: fresh engines are started, asked and ended."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.bench.layers.analysis import LayerAnalysis
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.work.task import Task
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels

_TELL_SECONDS = 0.3

Tell = Callable[[LayerComparison], None]


def trace_layers(
    task: Task, engines: Sequence[InferenceEngine], network: Network, images: Callable[[], Pixels], tell: Tell
) -> LayerComparison:
    """Traces `images()` on `engines`, which are closed at the end; `tell` hears now and then what is known so far.

    A backend that cannot be started is among the failures. Raises Cancelled, InputError where the images cannot be
    read, and the first backend's error where none can be traced.
    """

    def cancel() -> None:
        for engine in engines:
            engine.cancel()

    with ExitStack() as stack:
        for engine in engines:
            stack.callback(engine.close)
        task.call_when_cancelled(cancel)
        task.report("Starting the backends", 0, 0)
        pixels = images()
        with ThreadPoolExecutor(len(engines)) as pool:
            errors = list(pool.map(partial(_start, task, network), engines))
        failures = {engine.backend.id: str(error) for engine, error in zip(engines, errors, strict=True) if error}
        able = [engine for engine in engines if engine.backend.id not in failures]
        if not able:
            raise next(error for error in errors if error)
        analysis = LayerAnalysis(able, network, pixels)
        task.call_when_cancelled(analysis.cancel)
        comparison = analysis.run(_Teller(task, analysis, tell))
    return replace(comparison, failures={**failures, **comparison.failures})


def _start(task: Task, network: Network, engine: InferenceEngine) -> MnistBenchError | None:
    """Starts one; its error if it cannot run."""
    try:
        if task.is_cancelled:
            raise Cancelled("Cancelled.")
        engine.start()
        engine.load(network)
    except Cancelled:
        raise
    except MnistBenchError as error:
        return error
    return None


class _Teller:
    """Reports every turn, and tells what is known so far a few times a second."""

    def __init__(self, task: Task, analysis: LayerAnalysis, tell: Tell) -> None:
        self._task = task
        self._analysis = analysis
        self._tell = tell
        self._next = time.monotonic() + _TELL_SECONDS

    def __call__(self, done: int, total: int) -> None:
        self._task.report("Tracing the layers", done, total)
        if time.monotonic() >= self._next:
            self._tell(self._analysis.result())
            self._next = time.monotonic() + _TELL_SECONDS
