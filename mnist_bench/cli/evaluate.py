"""`mnist-bench evaluate`: how many test images each backend reads rightly."""

import argparse
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist_bench.bench.accuracy.evaluate import evaluate
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus, Failure
from mnist_bench.cli.lanes import in_lanes
from mnist_bench.cli.progress import ProgressBar, duration
from mnist_bench.cli.tables import percent, table
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.errors import Cancelled, MnistBenchError
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Network

_DETAILS = """\
examples:
  mnist-bench evaluate
  mnist-bench evaluate --model digits-mlp --backend qnnpack-int8 --data my-digits.npz --json

Backends of this computer take turns; phones are at work at the same time.

exit status: 1 if no backend could be evaluated; one that cannot run here is named beside the others"""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a backend did: `accuracy` is 0 to 1, `seconds` the time for all images."""

    backend: str
    images: int
    correct: int
    accuracy: float
    seconds: float


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "evaluate", "measure accuracy on MNIST's 10,000 test images", _DETAILS)
    add_data_option(parser)
    common.add_model_option(parser)
    common.add_backend_options(parser)
    common.add_json_option(parser)
    return parser


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add `--data DIR|FILE`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR|FILE",
        help="folder of MNIST's files, or an .npz with images and labels "
        "(default: $MNIST_BENCH_DATA, else what fetch-mnist has fetched)",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    backends = common.chosen_backends(options)
    network = load_network(options.model)
    data = find_mnist(options.data)
    digits = load_digits(data, split="test")
    with ProgressBar() as bar:
        shares = _Shares(bar, len(backends))
        results = in_lanes(
            [InferenceEngine(one) for one in backends], lambda one: _evaluate(one, network, digits, shares)
        )
    if options.json:
        rows = [asdict(result) for result in results]
        common.print_json({"model": options.model, "data": str(data), "results": rows})
    else:
        print(_as_text(results))
    answered = any(isinstance(result, Evaluation) for result in results)
    return ExitStatus.OK if answered else ExitStatus.FAILED


class _Shares:
    """One bar for several backends, of which some run at the same time."""

    def __init__(self, bar: ProgressBar, backends: int) -> None:
        self._bar = bar
        self._backends = backends
        self._done: dict[str, float] = {}
        self._guard = threading.Lock()

    def show(self, backend: Backend, share: float, words: str) -> None:
        """Show that `share` (0 to 1) of what one backend has to do is done."""
        with self._guard:
            self._done[backend.id] = share
            self._bar.show(round(1000 * sum(self._done.values())), 1000 * self._backends, words)


def _evaluate(
    engine: InferenceEngine, network: Network, digits: LabelledDigits, shares: _Shares
) -> Evaluation | Failure:
    backend = engine.backend
    try:
        shares.show(backend, 0, f"{backend.title}: starting")
        engine.start()
        engine.load(network)
        result = evaluate(
            engine, digits, lambda done, total: shares.show(backend, done / total, f"{backend.title}: classifying")
        )
    except Cancelled:
        raise
    except MnistBenchError as error:
        shares.show(backend, 1, backend.title)
        return Failure(backend.id, str(error))
    return Evaluation(backend.id, result.images, result.correct, result.accuracy, result.seconds)


def _as_text(results: Sequence[Evaluation | Failure]) -> str:
    rows = [
        (
            result.backend,
            percent(result.accuracy),
            f"{result.correct:,} of {result.images:,}",
            duration(result.seconds),
        )
        for result in results
        if isinstance(result, Evaluation)
    ]
    lines = [table(("backend", "accuracy", "right", "time"), rows, numbers=(1, 2, 3))] if rows else []
    lines += [f"{result.backend}: {result.error}" for result in results if isinstance(result, Failure)]
    return "\n".join(lines)
