"""Digits to try: the bundled drawings and labelled digits, and images of MNIST's test set."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import locations
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.pictures import DigitImage, load_digit


def bundled_samples() -> tuple[DigitImage, ...]:
    """The drawings in resources/samples, files LABEL-NUMBER.json, in the order of their names; each is called as
    "sample 2 of a 7". Raises InputError if one cannot be read.
    """
    paths = sorted((locations.resources_dir() / "samples").glob("*.json"))
    return tuple(replace(load_digit(path), name=_name(path.stem)) for path in paths)


def _name(stem: str) -> str:
    label, _, number = stem.partition("-")
    return f"sample {number} of {'an' if label == '8' else 'a'} {label}"


def random_test_image(data: Path, rng: "np.random.Generator") -> DigitImage:
    """An image of the test set in `data` (as `load_digits` takes it), any with the same probability.

    Raises:
        InputError: there is no test set, or it is damaged.
    """
    digits = load_digits(data, "test")
    index = int(rng.integers(len(digits)))
    return DigitImage(digits.images[index], int(digits.labels[index]), None, f"{digits.name}, number {index}")


def sample_images() -> NDArray[np.uint8]:
    """What is measured unless other images are given: the bundled samples, uint8 (N, 28, 28)."""
    return np.stack([sample.pixels for sample in bundled_samples()])


def labelled_digits_file() -> Path:
    """Where the bundled labelled digits lie."""
    return locations.resources_dir() / "digits-200.npz"


def labelled_digits() -> LabelledDigits:
    """The 200 bundled digits, 20 of each, in many hands; InputError if they cannot be read.

    An imported network's normalisation is found with them, and its int8 form is calibrated on them.
    """
    return load_digits(labelled_digits_file())
