"""`mnist-bench quantize`: add QNNPACK's int8 parameters to a trained network, in a new file."""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.evaluate import add_data_option, add_order_option
from mnist_bench.cli.models import near_chance, open_and_tell
from mnist_bench.cli.training import add_pen_digits_option, run_training
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.network.model_file import SUFFIX, write_model_file

_FEW = 0.97  # below, int8 has lost what the network had learned

_DETAILS = """\
examples:
  mnist-bench quantize --model my-mlp.safetensors --out my-mlp-int8.safetensors
  mnist-bench quantize --model digits-cnn --out again.safetensors --data my-digits.npz

The new file holds both precisions; the original is not changed. The training set's images
calibrate it: they show the range of each layer's output."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "quantize", "quantize a trained network to int8", _DETAILS)
    common.add_model_option(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the model file to write (.safetensors)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    add_data_option(parser)
    add_order_option(parser)
    add_pen_digits_option(parser)
    common.add_json_option(parser)
    return parser


def read_alike(figures: Mapping[str, Any]) -> str:
    """How many of the calibration digits int8 reads as fp32 does, in a sentence; a warning where that is few."""
    compared, alike = figures.get("compared_images", 0), figures.get("read_alike", 0)
    if not compared:
        return "int8 was not compared with fp32: this PyTorch has no QNNPACK."
    sentence = (
        f"int8 reads {words.count_of(alike, compared)} calibration digits as fp32 does"
        f" ({words.accuracy(alike / compared)})."
    )
    if alike >= _FEW * compared:
        return sentence
    return f"{sentence} Warning: this network quantizes badly; a few weights far larger than the others often do that."


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    common.check_output(options.out, options.force)
    opened = open_and_tell(options.model)
    with tempfile.TemporaryDirectory() as scratch:
        model = options.model
        if opened.report is not None:  # the process that quantizes reads model files alone
            model = Path(scratch) / f"imported{SUFFIX}"
            write_model_file(model, opened.network, opened.notes)
        arguments = ["--model", model, "--data", find_mnist(options.data, "train"), "--out", options.out]
        arguments += ["--order", options.order]
        if options.pen_digits is not None:
            arguments += ["--pen-digits", options.pen_digits]
        figures = run_training("quantize", arguments)
    if options.json:
        common.print_json(figures)
    else:
        common.show(f"Wrote {figures['file']}, calibrated on {words.plural(figures['calibration_images'], 'image')}.")
        for note in figures["notes"]:
            common.show(note)
        common.show(read_alike(figures))
        if figures.get("compared_images") and (
            warning := near_chance(figures["read_right"], figures["compared_images"])
        ):
            common.say(warning)
    return ExitStatus.OK
