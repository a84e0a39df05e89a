"""`mnist-bench train`: train one of the bundled networks again, in a separate process."""

import argparse
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.evaluate import add_data_option, add_order_option
from mnist_bench.cli.training import add_pen_digits_option, run_training
from mnist_bench.digits.mnist import find_mnist

RECIPES = ("digits-cnn", "digits-mlp", "digits-cnn-finish")
"""The names of training's recipes, which this process does not load (training brings torch with it)."""

_DETAILS = """\
examples:
  mnist-bench train digits-mlp --out my-mlp.safetensors
  mnist-bench train digits-cnn --out my-cnn.safetensors --epochs 2 --threads 2
  mnist-bench train digits-mlp --out my-mlp.safetensors --resume

The same command on the same machine writes the same file. Ctrl+C keeps the state in a checkpoint beside the
output, from which --resume continues. The model file holds fp32 weights; `mnist-bench quantize` adds int8.
The test set is never read."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "train", "train a network on MNIST", _DETAILS)
    parser.add_argument(
        "recipe",
        nargs="?",
        choices=RECIPES,
        default=RECIPES[0],
        metavar="RECIPE",
        help=f"{', '.join(RECIPES)} (default: {RECIPES[0]})",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the model file to write (default: RECIPE.safetensors in this folder)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists, and start over")
    add_data_option(parser)
    add_order_option(parser)
    add_pen_digits_option(parser)
    parser.add_argument("--epochs", type=common.positive, metavar="N", help="instead of the recipe's number")
    parser.add_argument("--seed", type=common.whole, metavar="N", help="instead of the recipe's")
    parser.add_argument(
        "--teacher",
        action="append",
        dest="teachers",
        default=[],
        metavar="NAME|FILE",
        help="the network to learn from, instead of the recipe's; repeat it for several",
    )
    parser.add_argument("--start", metavar="NAME|FILE", help="the network that digits-cnn-finish starts from")
    parser.add_argument(
        "--threads", type=common.positive, metavar="N", help="default: 1; another number may give a different file"
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted training")
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    out = options.out or Path(f"{options.recipe}.safetensors")
    common.check_output(out, options.force)
    arguments = ["--recipe", options.recipe, "--data", find_mnist(options.data, "train"), "--out", out]
    for name in ("order", "pen_digits", "epochs", "seed", "start", "threads"):
        value = getattr(options, name)
        if value is not None:
            arguments += [f"--{name.replace('_', '-')}", value]
    for teacher in options.teachers:
        arguments += ["--teacher", teacher]
    arguments += [f"--{name}" for name in ("resume", "force") if getattr(options, name)]
    figures = run_training("train", arguments)
    if options.json:
        common.print_json(figures)
    else:
        for note in figures["notes"]:
            common.show(note)
        accuracy, took = words.accuracy(figures["validation_accuracy"]), words.time_span(figures["seconds"])
        common.show(
            f"Wrote {figures['file']}: epoch {figures['best_epoch']} of {figures['epochs']} was best, "
            f"validation accuracy {accuracy}, {took}."
        )
    return ExitStatus.OK
