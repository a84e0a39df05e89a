"""`mnist-bench layers`: where in the network each backend's time goes, and where quantization's error arises."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.base.files import write_atomically
from mnist_bench.base.text import printable
from mnist_bench.bench import api
from mnist_bench.bench.layers.export import to_csv, to_json
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, Segment, difference_figures
from mnist_bench.bench.stop import Stop
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.models import open_and_tell
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.cli.saving import add_save_options, check_target, save, show_saved
from mnist_bench.cli.tables import table
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.pictures import load_digit
from mnist_bench.digits.samples import sample_images
from mnist_bench.protocol.messages import Pixels

_DEFAULT_IMAGES = 50

_DETAILS = f"""\
examples:
  mnist-bench layers
  mnist-bench layers --model digits-mlp --backend torch-fp32 --backend qnnpack-int8 --backend qnnpack-int8:torchscript
  mnist-bench layers seven.png my-drawing.json --csv layers.csv
  mnist-bench layers --save --name "after the update"
  mnist-bench layers --data ~/mnist --images {_DEFAULT_IMAGES} --json

Without pictures and --data the bundled samples are traced. Outputs are compared with the first fp32 backend's; if none
is chosen, an fp32 one is added. Ctrl+C stops it and shows what was measured so far.

exit status: 1 if no backend could be traced; one that cannot run here is reported beside the others"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "layers", "show each layer's time and error on each backend", _DETAILS)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a picture or a saved drawing")
    parser.add_argument(
        "--data", type=Path, metavar="DIR|FILE", help="test images instead: a folder or file, as of `evaluate`"
    )
    parser.add_argument(
        "--images",
        type=common.positive,
        metavar="N",
        help=f"how many images of --data, from the first (default: {_DEFAULT_IMAGES})",
    )
    parser.add_argument(
        "--repeats",
        type=common.positive,
        metavar="N",
        help="traces of each image (default: 5, or enough for 200 traces of each backend)",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every layer of every backend to a CSV file too")
    add_save_options(parser)
    parser.add_argument("--force", action="store_true", help="replace these files if they exist")
    common.add_model_option(parser)
    common.add_backend_options(parser)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    backends = common.chosen_backends(options)
    check_target(options)
    if options.csv is not None:
        common.check_output(options.csv, options.force)
    images = _images(options)
    stop = Stop()
    with ProgressBar() as bar, on_interrupt(stop.set):
        comparison = api.layers(
            backends, open_and_tell(options.model), images, repeats=options.repeats, on_progress=bar.show, stop=stop
        )
    saved, not_saved = save(options, comparison)
    if options.json:
        told = {"model": options.model, **to_json(comparison)}
        common.print_json({**told, "saved": None if saved is None else str(saved)})
    else:
        common.show_lines(as_text(comparison))
        show_saved(saved)
    if options.csv is not None:
        write_atomically(options.csv, to_csv(comparison))
    if not_saved is not None:
        raise not_saved
    if comparison.cancelled:
        common.complain("Interrupted; this is what was measured so far.")
        return ExitStatus.CANCELLED
    return ExitStatus.OK


def _images(options: argparse.Namespace) -> Pixels:
    """uint8 (N, 28, 28): what the person named, else the bundled samples."""
    if options.files and options.data is not None:
        raise UsageError("Pictures and --data cannot be traced together.", advice="Leave out one of them.")
    if options.images is not None and options.data is None:
        raise UsageError("--images applies to --data only.", advice="Name the data with --data.")
    if options.data is not None:
        found = load_digits(options.data, "test")
        for note in found.notes:
            common.say(note)
        return found.images[: options.images or _DEFAULT_IMAGES]
    if options.files:
        digits = [load_digit(path) for path in options.files]
        for path, digit in zip(options.files, digits, strict=True):
            if digit.remark:
                common.say(f"{path}: {digit.remark}")
        return np.stack([digit.pixels for digit in digits])
    return sample_images()


def as_text(comparison: LayerComparison) -> str:
    """Times side by side, then how far the outputs are from the reference's, and what dominates."""
    parts = []
    if comparison.backends:
        parts = [_times(comparison), _of_peak(comparison), _differences(comparison), dominant_sentence(comparison)]
    parts.append("\n".join(printable(f"{name}: {error}") for name, error in comparison.failures.items()))
    return "\n\n".join(filter(None, parts))


def _times(comparison: LayerComparison) -> str:
    titles = ["layer", "multiply-adds", *(one.backend_id for one in comparison.backends)]
    rows = [
        [segment.label, words.count(segment.multiply_adds), *(_time_cell(one, segment) for one in comparison.backends)]
        for segment in comparison.segments
    ]
    sums = [f"{words.duration(one.sum_ns)}  100 %" for one in comparison.backends]
    rows.append(["sum", words.count(comparison.multiply_adds), *sums])
    rows.append(["whole", "", *(f"{words.duration(one.whole_ns)}       " for one in comparison.backends)])
    traces = min(one.traces for one in comparison.backends)
    head = f"{comparison.network}, {words.plural(comparison.images, 'image')}, median of {traces} traces"
    lines = [head, table(titles, rows, numbers=range(1, len(titles)))]
    lines += [f"{one.backend_id}: {one.sum_words}" for one in comparison.backends]
    return "\n".join(lines)


def _time_cell(layers: BackendLayers, segment: Segment) -> str:
    nanoseconds = layers.segment_ns(segment)
    share = nanoseconds / layers.sum_ns if layers.sum_ns else 0
    return f"{words.duration(nanoseconds)}  {words.share(share):>5}"


def _of_peak(comparison: LayerComparison) -> str:
    """Which share of its core's peak each layer reaches."""
    if not comparison.with_peak:
        return ""
    titles = ["layer", *(one.backend_id for one in comparison.with_peak)]
    peaks = [f"{one.backend_id}: of {words.multiply_adds(one.peak)} a second" for one in comparison.with_peak]
    head = "multiply-adds, as a share of the most that the core makes (docs/measuring.md says how it can exceed 100 %)"
    rows = comparison.of_peak_rows("whole")
    return "\n".join([head, table(titles, rows, numbers=range(1, len(titles))), *peaks])


def _differences(comparison: LayerComparison) -> str:
    others = [one for one in comparison.backends if one is not comparison.reference]
    if comparison.reference is None or not others:
        return ""
    rows = [
        [segment.label, one.backend_id, *difference_figures(one.segment_difference(segment))]
        for segment in comparison.segments
        for one in others
    ]
    head = f"output against {comparison.reference_id}"
    return f"{head}\n{table(('layer', 'backend', 'SQNR', 'largest', 'mean'), rows, numbers=(2, 3, 4))}"
