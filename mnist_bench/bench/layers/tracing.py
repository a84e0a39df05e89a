"""Starts engines, analyses the layers of a network on them, and ends them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from mnist_bench.base.errors import Cancelled, InputError, MnistBenchError
from mnist_bench.base.progress import OnProgress
from mnist_bench.bench.layers.analysis import LayerAnalysis
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.stop import Stop
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels

OnKnown = Callable[[Callable[[], LayerComparison]], None]
"""Called after each turn of all backends with what gives the result so far."""


def trace_layers(
    engines: Sequence[InferenceEngine],
    network: Network,
    images: Pixels,
    *,
    model: str | None = None,
    repeats: int | None = None,
    on_progress: OnProgress | None = None,
    on_known: OnKnown | None = None,
    stop: Stop | None = None,
) -> LayerComparison:
    """The layers of `network` on `engines`, which are started here, and closed however it ends.

    A backend that cannot run is among the failures; InputError is raised where none can. After `stop` the
    comparison has what was traced by then; Cancelled is raised where that is nothing.
    """
    stop = stop or Stop()
    with ExitStack() as stack:
        for engine in engines:
            stack.callback(engine.close)
        if on_progress is not None:
            on_progress(0, 0, "Starting the backends")
        errors = _start_all(engines, network, stop)
        able = [engine for engine in engines if engine.backend.id not in errors]
        if not able:
            told = " ".join(f"{backend_id}: {error}" for backend_id, error in errors.items())
            raise InputError(f"No backend could be traced. {told}")
        analysis = LayerAnalysis(able, network, images, repeats, model=model)

        def turn(done: int, total: int) -> None:
            if on_progress is not None:
                on_progress(done, total, "Tracing the layers")
            if on_known is not None:
                on_known(analysis.result)

        comparison = _run(analysis, turn, stop)
    failures = {backend_id: str(error) for backend_id, error in errors.items()}
    return replace(comparison, failures={**failures, **comparison.failures})


def _run(analysis: LayerAnalysis, turn: Callable[[int, int], None], stop: Stop) -> LayerComparison:
    with stop.calling(analysis.cancel):
        try:
            return analysis.run(turn)
        except Cancelled:
            known = analysis.result()
            if not (stop.is_set and known.images):
                raise
            return known


def _start_all(engines: Sequence[InferenceEngine], network: Network, stop: Stop) -> dict[str, MnistBenchError]:
    """Starts all at once; the errors of those that cannot run, by id."""

    def cancel() -> None:
        for engine in engines:
            engine.cancel()

    with stop.calling(cancel), ThreadPoolExecutor(max(len(engines), 1)) as pool:
        errors = pool.map(partial(_start, network, stop), engines)
        return {engine.backend.id: error for engine, error in zip(engines, errors, strict=True) if error is not None}


def _start(network: Network, stop: Stop, engine: InferenceEngine) -> MnistBenchError | None:
    try:
        if stop.is_set:
            raise Cancelled("Cancelled.")
        engine.start()
        engine.load(network)
    except Cancelled:
        raise
    except MnistBenchError as error:
        return error
    return None
