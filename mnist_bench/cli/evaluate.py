"""`mnist-bench evaluate`: how many labelled digits each backend gets right, and how they compare."""

import argparse
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.base.text import printable
from mnist_bench.bench import api
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.accuracy.summary import summarize_all
from mnist_bench.bench.encoding import to_object
from mnist_bench.bench.stop import Stop
from mnist_bench.cli import common
from mnist_bench.cli.accuracy_report import as_object, as_text, details_as_text
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.models import near_chance, open_and_tell
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.cli.saving import add_save_options, check_target, save, show_saved
from mnist_bench.digits.datasets import LabelledDigits, load_digits, load_drawings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.orders import ORDERS, UPRIGHT

_DETAILS = """\
examples:
  mnist-bench evaluate
  mnist-bench evaluate --model digits-mlp --backend qnnpack-int8 --data my-digits.npz --json
  mnist-bench evaluate --data photographs --confusion       # photographs/0/a.jpg, photographs/7/b.png, ...
  mnist-bench evaluate --data EMNIST/raw --order transposed
  mnist-bench evaluate --drawings --baseline native-int8
  mnist-bench evaluate --save --name "with the new weights"

Backends of this computer take turns; phones run at the same time. Intervals are 95 % Wilson intervals; p (McNemar's
exact test) is the probability that chance alone splits the images that only one of two backends reads correctly at
least this unevenly.

exit status: 1 if no backend could be evaluated; one that cannot run here is reported beside the others"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    summary = "measure accuracy on labelled digits: MNIST's 10,000 test images, or your own"
    parser = common.add_command(commands, "evaluate", summary, _DETAILS)
    source = parser.add_mutually_exclusive_group()
    add_data_option(source)
    source.add_argument("--drawings", action="store_true", help="your own labelled drawings")
    add_order_option(parser)
    parser.add_argument("--limit", type=common.positive, metavar="N", help="the first N images only")
    common.add_model_option(parser)
    common.add_backend_options(parser)
    common.add_baseline_option(parser)
    add_save_options(parser)
    parser.add_argument("--force", action="store_true", help="replace FILE")
    parser.add_argument("--confusion", action="store_true", help="print each digit's accuracy and the confusion matrix")
    common.add_json_option(parser)
    return parser


def add_data_option(parser: "argparse._ActionsContainer") -> None:
    """Add `--data DIR|FILE`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR|FILE",
        help="folder of MNIST's files or of pictures in folders named 0 to 9, or a file such as .npz, .csv, "
        ".parquet, .mat or .zip (default: $MNIST_BENCH_DATA, else what fetch-mnist has fetched)",
    )


def add_order_option(parser: argparse.ArgumentParser) -> None:
    """Add `--order ORDER`."""
    parser.add_argument(
        "--order",
        choices=ORDERS,
        default=UPRIGHT,
        metavar="ORDER",
        help=f"how the images are stored: {', '.join(ORDERS[:8])} (as EMNIST's are transposed), or with "
        "inverted- in front, dark on light (default: upright)",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    check_target(options)
    backends = common.chosen_backends(options)
    baseline = common.chosen_baseline(options, backends)
    stop = Stop()
    with ProgressBar() as bar:
        digits = _digits(options, bar)
        with on_interrupt(stop.set):
            evaluation = api.evaluate(
                backends, digits, open_and_tell(options.model), baseline=baseline, on_progress=bar.show, stop=stop
            )
    saved, not_saved = save(options, evaluation) if evaluation.results else (None, None)
    _tell(options, evaluation, digits, saved)
    if not_saved is not None:
        raise not_saved
    if evaluation.cancelled:
        common.complain("Interrupted; these are the results until then.")
        return ExitStatus.CANCELLED
    return ExitStatus.OK if evaluation.results else ExitStatus.FAILED


def _tell(options: argparse.Namespace, evaluation: Evaluation, digits: LabelledDigits, saved: Path | None) -> None:
    summaries = summarize_all(evaluation.results, evaluation.baseline)
    if options.json:
        rows = [as_object(one) for one in summaries]
        rows += [{"backend": one, "error": evaluation.failures[one]} for one in evaluation.without_result]
        told = {
            "model": options.model,
            "data": str(digits.source),
            "order": digits.order,
            "left_out": list(digits.left_out),
            "notes": list(evaluation.notes),
            "other_order": None if evaluation.other_order is None else to_object(evaluation.other_order),
            "baseline": evaluation.baseline,
            "results": rows,
        }
        common.print_json({**told, "saved": None if saved is None else str(saved)})
        return
    common.show(f"{Path(options.model).name} on {digits.title}: {words.plural(len(digits), 'image')}")
    failures = [printable(f"{one}: {error}") for one, error in evaluation.failures.items()]
    common.show_lines("\n".join([*as_text(summaries, evaluation.baseline), *failures]))
    if options.confusion:
        common.show_lines("\n".join(details_as_text(summaries)))
    best = max((one.accuracy for one in summaries), key=lambda one: one.share or 0.0, default=None)
    if evaluation.notes:
        common.show_lines("\n".join(("", *map(printable, evaluation.notes))))
    if evaluation.other_order is not None:
        common.show(f"To read them so: --order {evaluation.other_order.order}")
    elif best is not None and (warning := near_chance(best.right, best.total)):
        common.say(warning)
    show_saved(saved)


def _digits(options: argparse.Namespace, bar: ProgressBar) -> LabelledDigits:
    """The digits that the options name."""
    if options.drawings:
        digits = load_drawings(KeptDrawings(), options.order)
    else:
        data = find_mnist(options.data)
        digits = load_digits(
            data, on_progress=lambda done, total: bar.show(done, total, "Reading the pictures"), order=options.order
        )
    return digits if options.limit is None else digits.first(options.limit)
