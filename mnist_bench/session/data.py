"""Labelled digits to evaluate on: MNIST, which may have to be downloaded first, folders, files, and kept drawings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import check_answers
from mnist_bench.digits.datasets import LabelledDigits, load_digits, load_drawings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import fetch_mnist, find_mnist, named_data
from mnist_bench.digits.orders import UPRIGHT
from mnist_bench.digits.samples import random_test_image
from mnist_bench.session.inbox import Topic, Worker
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.pad import Pad

Then = Callable[[Path], object]


class Data:
    """Finds MNIST and reads digits.

    Topics:
        wanted: a function to call once a person has agreed to fetch MNIST, which is not on this computer.
        failed: why data cannot be found or read.
    """

    def __init__(self, jobs: Jobs, pad: Pad, worker: Worker, named: Path | None = None) -> None:
        self.wanted: Topic[Callable[[], None]] = Topic()
        self.failed: Topic[Exception] = Topic()
        self._jobs = jobs
        self._pad = pad
        self._worker = worker
        self._named = named

    def with_mnist(self, then: Then) -> None:
        """Call `then` with the folder of MNIST's files: soon, or when they were fetched and the person agreed."""

        def find() -> Path:
            if (named := named_data(self._named)) is not None:
                check_answers(named)
            return find_mnist(self._named)

        def not_found(error: Exception) -> None:
            if isinstance(error, InputError) and named_data(self._named) is None:
                self.wanted.publish(lambda: self._fetch(then))
            else:  # fetching would not put anything into the folder that the person named
                self.failed.publish(error)

        self._worker.do(find, then, not_found)

    def put_random_image(self) -> None:
        """Put one of MNIST's test images on the pad."""

        def pick(folder: Path) -> None:
            self._worker.do_latest(
                lambda: random_test_image(folder, np.random.default_rng()),
                lambda digit: self._pad.put_image(digit, "test image"),
                self.failed.publish,
            )

        self.with_mnist(pick)

    def _fetch(self, then: Then) -> None:
        def work(task: Task) -> Path:
            return fetch_mnist(progress=lambda name, done, total: task.report(f"Fetching {name}", done, total))

        self._jobs.run("Fetching MNIST", work, then)


def read_digits(path: Path, order: str = UPRIGHT) -> Callable[[Task], LabelledDigits]:
    """What reads the digits that `load_digits` finds at `path`, stored in this order, as a part of a job."""

    def read(task: Task) -> LabelledDigits:
        def moved(done: int, total: int) -> None:
            task.check()
            task.report("Reading the pictures", done, total)

        return load_digits(path, on_progress=moved, order=order)

    return read


def read_drawings(_task: Task) -> LabelledDigits:
    """The person's own drawings that have a label."""
    return load_drawings(KeptDrawings())
