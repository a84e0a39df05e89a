"""The public functions that measure and compare, for scripts, the command line and the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mnist_bench.base.errors import UsageError
from mnist_bench.base.progress import OnProgress
from mnist_bench.bench.accuracy.evaluating import evaluate_all
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.sentence import estimate
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.layers.analysis import with_reference
from mnist_bench.bench.layers.tracing import trace_layers
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.comparing import (
    Against,
    Compared,
    ComparedRow,
    compare_accuracy,
    compare_latency,
    compare_layers,
    differences,
)
from mnist_bench.bench.results.result import Kind, Measured, Result, as_result, only
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.models import OpenedModel, open_model
from mnist_bench.network.bundled import DEFAULT_MODEL
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels

Backends = Sequence[str | Backend]
Model = str | Path | Network | OpenedModel


def benchmark(
    backends: Backends,
    model: Model = DEFAULT_MODEL,
    *,
    settings: Settings | None = None,
    baseline: str | None = None,
    images: Pixels | None = None,
    on_progress: OnProgress | None = None,
    on_estimate: Callable[[str], None] | None = None,
    stop: Stop | None = None,
) -> Comparison:
    """Measure how long each backend takes, in fresh processes whose blocks alternate in random order.

    Args:
        backends: ids, such as "torch-fp32" and "native-int8".
        model: a bundled model's name, a model file or a network.
        settings: scenario, processes, samples and so on; by default SingleStream in 10 processes of each backend.
        baseline: the id of the backend that the others are compared with; the first by default.
        images: uint8 (N, 28, 28), the images to classify; the bundled samples by default.
        on_progress: called with steps done, total steps, and a description of the current step.
        on_estimate: called with the answer so far in a sentence, from the second process of each backend on.
        stop: another thread sets it to end the measurement early; the partial result is returned, marked `cancelled`.

    Returns:
        Every sample, in ns. A backend that fails keeps the samples it has, with the reason. `analyse` in
        mnist_bench.bench.latency.analysis computes medians, ratios with intervals, and warnings.

    Raises:
        UsageError: a backend's id or the baseline isn't valid.
        InputError: the model cannot be read, or no backend could be measured.
        Cancelled: it was stopped before there was anything to return.
    """
    network, name = _network(model)
    chosen = _backends(backends)
    first = _baseline(baseline, chosen)

    def on_round(runs: tuple[Run, ...]) -> None:
        # The blocks of one process alone would make the interval too narrow.
        if on_estimate is not None and max(len(run.starts) for run in runs) > 1 and (said := estimate(runs, first)):
            on_estimate(said)

    measurement = Measurement(
        chosen,
        network,
        sample_images() if images is None else images,
        settings or Settings(),
        model=name,
        baseline=first,
        on_progress=on_progress,
        on_round=on_round,
    )
    with (stop or Stop()).calling(measurement.cancel):
        return measurement.run()


def evaluate(
    backends: Backends,
    digits: LabelledDigits | str | Path | None = None,
    model: Model = DEFAULT_MODEL,
    *,
    baseline: str | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Evaluation:
    """Measure how many labelled digits each backend gets right.

    Backends of one device take turns; devices work in parallel.

    Args:
        backends: ids, such as "torch-fp32" and "native-int8".
        digits: LabelledDigits, or a path: a folder or file of any layout in docs/data.md. By default MNIST's test
            images, from $MNIST_BENCH_DATA or as downloaded by `mnist-bench fetch-mnist`.
        model: a bundled model's name, a model file or a network.
        baseline: the id of the backend that the others are compared with; the first by default.
        on_progress: called with steps done, total steps, and a description of the current step.
        stop: another thread sets it to end the evaluation early; the partial result is returned, marked `cancelled`.

    Returns:
        The logits of each backend; a backend that cannot run is in `failures`. `summarize_all` in
        mnist_bench.bench.accuracy.summary computes accuracies with intervals and compares with the baseline.

    Raises:
        UsageError: a backend's id isn't valid, or there are no backends.
        InputError: the model or the digits cannot be read.
        Cancelled: it was stopped before there was anything to return.
    """
    network, name = _network(model)
    chosen = _backends(backends)
    first = _baseline(baseline, chosen)
    if not isinstance(digits, LabelledDigits):
        digits = load_digits(find_mnist(None if digits is None else Path(digits)))
    engines = [InferenceEngine(backend) for backend in chosen]
    return evaluate_all(engines, network, digits, model=name, baseline=first, on_progress=on_progress, stop=stop)


def layers(
    backends: Backends,
    model: Model = DEFAULT_MODEL,
    images: Pixels | None = None,
    *,
    repeats: int | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> LayerComparison:
    """Measure where in the network each backend's time goes, and where quantization's error arises.

    Args:
        backends: ids. Outputs are compared with those of the first fp32 backend; one is added if there is none.
        model: a bundled model's name, a model file or a network.
        images: uint8 (N, 28, 28), the images to trace; the bundled samples by default.
        repeats: how often each image is traced; 5 by default, or as often as gives 200 traces of each backend.
        on_progress: called with steps done, total steps, and a description of the current step.
        stop: another thread sets it to end the analysis early; the partial result is returned, marked `cancelled`.

    Returns:
        The layers of each backend, with times in ns; a backend that cannot run is in `failures`.

    Raises:
        UsageError: a backend's id isn't valid, or there are no backends.
        InputError: the model cannot be read, there are no images, or no backend could be traced.
        Cancelled: it was stopped before there was anything to return.
    """
    network, name = _network(model)
    engines = [InferenceEngine(backend) for backend in with_reference(_backends(backends))]
    traced = sample_images() if images is None else images
    return trace_layers(engines, network, traced, model=name, repeats=repeats, on_progress=on_progress, stop=stop)


def compare(
    *results: Result[Measured] | Measured,
    baseline: str | None = None,
    each: bool = False,
    by: TimeKind | str = TimeKind.COMPUTE,
) -> Compared:
    """Compare results of one kind that were not measured together.

    Args:
        results: what `benchmark`, `evaluate` or `layers` returned, or kept results.
        baseline: the id of a backend in the first result, with which all others are compared; by default the first
            result's own baseline.
        each: compare each backend with itself in the first result instead, to see whether it changed.
        by: "compute" or "round-trip": which time to compare in latency results.

    Returns:
        A row for each backend of each result (ComparedRun, ComparedAccuracy or ComparedLayers), and sentences about
        what else differs between the results, such as the network.

    Raises:
        UsageError: there are no results, they are of different kinds, or the first one doesn't have the baseline.
    """
    if not results:
        raise UsageError("There is nothing to compare.", advice="Give at least one result.")
    if by not in list(TimeKind):
        raise UsageError(f"There is no kind of time {str(by)!r}.", advice=f"Choose from: {', '.join(TimeKind)}.")
    kept = [as_result(one) for one in results]
    against = Against(baseline, each)
    rows: tuple[ComparedRow, ...]
    match kept[0].kind:
        case Kind.LATENCY:
            rows = compare_latency(only(Comparison, kept), TimeKind(by), against)
        case Kind.ACCURACY:
            rows = compare_accuracy(only(Evaluation, kept), against)
        case Kind.LAYERS:
            rows = compare_layers(only(LayerComparison, kept), against)
    return Compared(rows, differences(kept))


def _network(model: Model) -> tuple[Network, str]:
    """The network, and what it is called: its bundled name or its file."""
    if isinstance(model, Network):
        return model, model.name
    opened = model if isinstance(model, OpenedModel) else open_model(model)
    return opened.network, opened.title


def _backends(backends: Backends) -> tuple[Backend, ...]:
    found = [one for given in backends for one in (find_backends(given) if isinstance(given, str) else (given,))]
    if not found:
        raise UsageError("There is no backend to measure.", advice="Name at least one.")
    return tuple(dict.fromkeys(found))


def _baseline(baseline: str | None, backends: Sequence[Backend]) -> str:
    ids = [backend.id for backend in backends]
    if baseline is None or baseline in ids:
        return baseline or ids[0]
    found = find_backends(baseline)[0].id
    if found not in ids:
        raise UsageError(f"The baseline {baseline!r} is not measured.", advice=f"Choose from: {', '.join(ids)}.")
    return found
