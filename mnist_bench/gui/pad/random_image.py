"""A random image of MNIST's test set for the pad, when its files are there."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.samples import random_test_image
from mnist_bench.gui.kit.worker import Worker


class RandomImages(QObject):
    """Finds and reads the test set off the window's thread.

    Signals:
        found: DigitImage.
        failed: the exception; an InputError says how to get the files.
    """

    found = Signal(object)
    failed = Signal(object)

    def __init__(self, data: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self._random = np.random.default_rng()
        self._background = Worker(self)
        self._background.answered.connect(self.found)
        self._background.failed.connect(self.failed)

    def ask(self) -> None:
        """Look for an image; `found` or `failed` tells."""
        self._background.ask(self._pick)

    def forget(self) -> None:
        """What was asked for is not wanted any more."""
        self._background.forget()

    def _pick(self) -> DigitImage:
        return random_test_image(find_mnist(self._data), self._random)
