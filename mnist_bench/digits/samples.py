"""Digits to try: the drawings that the program ships, and images of MNIST's test set."""

from pathlib import Path

import numpy as np

from mnist_bench.base import locations
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.pictures import DigitImage, load_digit


def bundled_samples() -> tuple[DigitImage, ...]:
    """The drawings in resources/samples, named LABEL-NUMBER.json, by name; raises InputError if one cannot be read."""
    return tuple(load_digit(path) for path in sorted((locations.resources_dir() / "samples").glob("*.json")))


def random_test_image(data: Path, rng: np.random.Generator) -> DigitImage:
    """An image of the test set in `data` (as `load_digits` takes it), any with the same probability.

    Raises:
        InputError: there is no test set, or it is damaged.
    """
    digits = load_digits(data, "test")
    index = int(rng.integers(len(digits)))
    return DigitImage(digits.images[index], int(digits.labels[index]), None, f"{digits.name}, number {index}")
