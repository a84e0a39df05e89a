"""Small data to train on, of the tests' own making."""

from pathlib import Path

import numpy as np
import pytest

UNIPEN = """.INCLUDE dene.doc

.LEXICON "0" "1"
.HIERARCHY DIGIT
"""


def pen_segment(label: int, writer: int, number: int) -> str:
    points = "\n".join(f" {100 + 30 * step} {400 - 40 * step * (label + 1) % 300}" for step in range(8))
    return (
        f'\n.SEGMENT DIGIT {number} ? "{label}"\n.COMMENT {label} {writer} {number}\n'
        f".PEN_DOWN\n{points}\n.PEN_UP\n.DT 100\n.PEN_DOWN\n 50 60\n 70 80\n.PEN_UP\n.DT 100\n"
    )


@pytest.fixture(scope="session")
def pen_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two digits of each of the writers 1 to 30."""
    path = tmp_path_factory.mktemp("pens") / "pens.tra"
    writers = [writer for writer in range(1, 31) for _ in range(2)]
    segments = [pen_segment(number % 10, writer, number) for number, writer in enumerate(writers)]
    path.write_text(UNIPEN + "".join(segments))
    return path


@pytest.fixture(scope="session")
def digits_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 images that are easy to tell apart: a bar whose place is the digit, and noise."""
    chance = np.random.default_rng(5)
    labels = chance.integers(0, 10, 300)
    images = chance.integers(0, 40, (300, 28, 28))
    for image, label in zip(images, labels, strict=True):
        image[4:24, 3 + 2 * label : 6 + 2 * label] = 255
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    np.savez_compressed(path, images=images.astype(np.uint8), labels=labels)
    return path
