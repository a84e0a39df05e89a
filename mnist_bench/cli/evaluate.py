"""`mnist-bench evaluate`: how many labelled digits each backend reads rightly, and how that compares."""

import argparse
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, evaluate
from mnist_bench.bench.accuracy.summary import summarize_all
from mnist_bench.cli import common
from mnist_bench.cli.accuracy_report import as_object, as_text, details_as_text
from mnist_bench.cli.common import ExitStatus, Failure
from mnist_bench.cli.lanes import in_lanes
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.digits.datasets import LabelledDigits, load_digits, load_drawings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Network

_DETAILS = """\
examples:
  mnist-bench evaluate
  mnist-bench evaluate --model digits-mlp --backend qnnpack-int8 --data my-digits.npz --json
  mnist-bench evaluate --data photographs --confusion       # photographs/0/a.jpg, photographs/7/b.png, ...
  mnist-bench evaluate --drawings --baseline native-int8

Backends of this computer take turns; phones are at work at the same time. Intervals are Wilson's, of 95 %; p is of
McNemar's exact test: how likely so uneven a split of the images that only one of two backends reads is by chance.

exit status: 1 if no backend could be evaluated; one that cannot run here is named beside the others"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "evaluate", "measure accuracy on MNIST's 10,000 test images", _DETAILS)
    source = parser.add_mutually_exclusive_group()
    add_data_option(source)
    source.add_argument("--drawings", action="store_true", help="your own drawings that have a label")
    parser.add_argument("--limit", type=common.positive, metavar="N", help="the first N images only")
    common.add_model_option(parser)
    common.add_backend_options(parser)
    common.add_baseline_option(parser)
    parser.add_argument("--confusion", action="store_true", help="print each digit's accuracy and what it is read as")
    common.add_json_option(parser)
    return parser


def add_data_option(parser: "argparse._ActionsContainer") -> None:
    """Add `--data DIR|FILE`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR|FILE",
        help="folder of MNIST's files or of pictures in folders named 0 to 9, or an .npz with images and labels "
        "(default: $MNIST_BENCH_DATA, else what fetch-mnist has fetched)",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    backends = common.chosen_backends(options)
    baseline = common.chosen_baseline(options, backends)
    network = load_network(options.model)
    with ProgressBar() as bar:
        digits, source = _digits(options, bar)
        shares = _Shares(bar, len(backends))
        read: dict[str, AccuracyResult] = {}
        engines = [InferenceEngine(one) for one in backends]
        status = ExitStatus.OK
        try:
            results = in_lanes(engines, lambda one: _evaluate(one, network, digits, shares, read))
        except KeyboardInterrupt:
            if not read:
                raise
            status = ExitStatus.CANCELLED
            results = [read.get(one.id, Failure(one.id, "Cancelled.")) for one in backends]
    answered = [result for result in results if isinstance(result, AccuracyResult)]
    failures = [result for result in results if isinstance(result, Failure)]
    summaries = summarize_all(answered, baseline)
    if options.json:
        by_id = {one.result.backend_id: as_object(one) for one in summaries}
        rows = [by_id[one.backend_id] if isinstance(one, AccuracyResult) else asdict(one) for one in results]
        common.print_json({"model": options.model, "data": source, "baseline": baseline, "results": rows})
    else:
        print("\n".join([*as_text(summaries, baseline), *(f"{one.backend}: {one.error}" for one in failures)]))
        if options.confusion:
            print("\n".join(details_as_text(summaries)))
    if status is ExitStatus.CANCELLED:
        common.say("mnist-bench: Interrupted; this is what was read until then.")
        return status
    return ExitStatus.OK if answered else ExitStatus.FAILED


def _digits(options: argparse.Namespace, bar: ProgressBar) -> tuple[LabelledDigits, str]:
    """The digits that the options name, and where they are from."""
    if options.drawings:
        kept = KeptDrawings()
        digits, source = load_drawings(kept), str(kept.folder)
    else:
        data = find_mnist(options.data)
        digits = load_digits(data, on_progress=lambda done, total: bar.show(done, total, "Reading the pictures"))
        source = str(data)
    return digits if options.limit is None else digits.first(options.limit), source


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
    engine: InferenceEngine,
    network: Network,
    digits: LabelledDigits,
    shares: _Shares,
    read: dict[str, AccuracyResult],
) -> AccuracyResult | Failure:
    """The result, which `read` gets as well, or what there is of it where it is broken off."""
    backend = engine.backend

    def keep(result: AccuracyResult) -> None:
        read[backend.id] = result

    try:
        shares.show(backend, 0, f"{backend.title}: starting")
        engine.start()
        engine.load(network)
        result = evaluate(
            engine,
            digits,
            lambda done, total: shares.show(backend, done / total, f"{backend.title}: classifying"),
            keep,
        )
        keep(result)
    except Cancelled:
        raise
    except MnistBenchError as error:
        shares.show(backend, 1, backend.title)
        return Failure(backend.id, str(error))
    return result
