"""What `train` and `quantize` share: a child process whose progress is shown and which Ctrl+C stops cleanly."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_bench.base.progress import Progress
from mnist_bench.bench.jobs import STOPPED, Job
from mnist_bench.cli.common import complain
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.progress import ProgressBar


def add_pen_digits_option(parser: argparse.ArgumentParser) -> None:
    """Add `--pen-digits FILE`."""
    parser.add_argument(
        "--pen-digits", type=Path, metavar="FILE", help="UCI's pen digits (pendigits-orig.tra), to use as well"
    )


def run_training(name: str, options: Sequence[object]) -> dict[str, Any]:
    """Run a program of mnist_bench.training to its end, and return the figures that it ended with.

    Raises:
        JobFailed: it failed, in its own words.
        Cancelled: Ctrl+C was pressed; the advice says how to go on.
    """
    job = Job(name, [str(option) for option in options])
    with ProgressBar() as bar, on_interrupt(job.cancel):

        def show(progress: Progress) -> None:
            bar.show(progress.done, progress.total, progress.title)
            if progress.title.startswith(STOPPED):
                complain(f"The process that works is {progress.title}.")

        return job.run(show)
