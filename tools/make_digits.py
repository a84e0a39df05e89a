"""Make the 200 labelled digits in resources/digits-200.npz; run again, it makes the same file.

They are the skeletons of the sample drawings, written by many hands: turned, slanted, stretched, bent, unsteady, and
drawn with pens of 4.5 to 11 % of the pad, then rendered as the pad renders. They are meant to be harder than the
samples: what a network's input was scaled by shows in the digits that it only just reads.

Usage: python -m tools.make_digits [FILE]
"""

import io
import math
import random
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.files import write_atomically
from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing, Point
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.digits.samples import labelled_digits_file
from tools.make_samples import PAD, SKELETONS, skeleton_points

PER_DIGIT = 20


class _Hand:
    """One person's writing of one digit; all chance comes from `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self.pen = PAD * rng.uniform(0.045, 0.11)
        self._turn = math.radians(rng.uniform(-14, 14))
        self._slant = rng.uniform(-0.45, 0.45)
        self._aspect = math.exp(rng.uniform(-0.3, 0.3))
        # Bends: slow waves over the pad, across and down, in units of the pad's side.
        self._bends = [
            (rng.uniform(-0.045, 0.045), rng.uniform(0.6, 1.7), rng.uniform(0.6, 1.7), rng.uniform(0, 2 * math.pi))
            for _ in range(6)
        ]

    def place(self, point: Point) -> Point:
        """Where this hand puts a point of the skeleton."""
        x, y = point[0] / PAD - 0.5, point[1] / PAD - 0.5
        bent_x, bent_y = (
            sum(high * math.sin(2 * math.pi * (across * x + down * y) + phase) for high, across, down, phase in half)
            for half in (self._bends[:3], self._bends[3:])
        )
        x, y = (x + bent_x) * self._aspect - self._slant * y, (y + bent_y) / self._aspect
        cos, sin = math.cos(self._turn), math.sin(self._turn)
        return (x * cos - y * sin + 0.5) * PAD, (x * sin + y * cos + 0.5) * PAD


def make_drawing(digit: int, number: int) -> Drawing:
    """Drawing `number` of a digit: one of the digit's skeletons in turn, each time in another hand."""
    names = [name for name in SKELETONS if name.startswith(f"{digit}-")]
    hand = _Hand(random.Random(f"{digit}/{number}"))  # noqa: S311  (no secret, but the same every time)
    strokes = (smooth_stroke(skeleton_points(skeleton)) for skeleton in SKELETONS[names[number % len(names)]])
    return Drawing(PAD, PAD, hand.pen, tuple(tuple(map(hand.place, stroke)) for stroke in strokes), digit)


def make_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (200, 28, 28) and labels (200,), the ten digits in turn."""
    drawings = [make_drawing(digit, number) for number in range(PER_DIGIT) for digit in range(10)]
    return (
        np.stack([render_drawing(drawing) for drawing in drawings]),
        np.array([drawing.label for drawing in drawings], np.uint8),
    )


def main() -> None:
    """Write the file."""
    images, labels = make_digits()
    data = io.BytesIO()
    np.savez_compressed(data, images=images, labels=labels)
    write_atomically(Path(sys.argv[1]) if len(sys.argv) > 1 else labelled_digits_file(), data.getvalue())


if __name__ == "__main__":
    main()
