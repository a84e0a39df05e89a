"""`mnist-bench fetch-mnist`: download MNIST once, checked against its known checksums."""

import argparse
from pathlib import Path
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.digits.mnist import fetch_mnist

_DETAILS = """\
examples:
  mnist-bench fetch-mnist
  mnist-bench fetch-mnist --data ~/mnist

Files that are already there and intact are not downloaded again."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(
        commands, "fetch-mnist", "download MNIST (11 MB) from the first mirror that works", _DETAILS
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="where to put it (default: the program's cache)")
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    with ProgressBar() as bar:
        folder = fetch_mnist(options.data, lambda name, done, total: bar.show(done, total, name))
    if options.json:
        common.print_json({"data": str(folder)})
    else:
        common.show(f"MNIST is in {folder}")
    return ExitStatus.OK
