"""Reads pen digits (UNIPEN text): UCI's "Pen-Based Recognition of Handwritten Digits", the original trajectories.

https://archive.ics.uci.edu/dataset/81: one `.SEGMENT DIGIT` for each digit, `.COMMENT label writer number`, then its
strokes between `.PEN_DOWN` and `.PEN_UP`, a point "x y" on each line, in a box of 500 x 500 with y up.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import read_limited
from mnist_bench.digits.drawing import Drawing

BOX = 500.0
PEN_WIDTH = 0.07 * BOX  # what a drawing gets that does not say its own
HELD_OUT_WRITERS = frozenset({3, 9, 15, 21, 27})  # for the final measurement only: never trained on, never chosen by
VALIDATION_WRITERS = frozenset({5, 18})

_MAX_BYTES = 50_000_000
_MAX_DIGITS = 100_000


@dataclass(frozen=True, slots=True)
class PenDigit:
    """One drawn digit, labelled, and the number of the person who wrote it."""

    drawing: Drawing
    writer: int


def read_pen_digits(path: Path) -> tuple[PenDigit, ...]:
    """Every digit in a UNIPEN file; InputError if it is not one."""
    data = read_limited(path, _MAX_BYTES, "pen digits")
    try:
        return parse_pen_digits(data.decode("ascii"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a file of pen digits: it is not plain text.") from error
    except InputError as error:
        raise InputError(f"{path} is not a valid file of pen digits: {error.message}", advice=error.advice) from error


def parse_pen_digits(text: str) -> tuple[PenDigit, ...]:
    """Every digit in UNIPEN text, in its order; InputError if there is none or one is damaged."""
    _, *segments = ("\n" + text).split("\n.SEGMENT DIGIT")
    if not segments:
        raise InputError("It has no segment with a digit.", advice="Give the file pendigits-orig.tra.")
    if len(segments) > _MAX_DIGITS:
        raise InputError(f"It has more than {words.count(_MAX_DIGITS)} digits.")
    return tuple(_parse_segment(segment, number) for number, segment in enumerate(segments))


def _parse_segment(segment: str, number: int) -> PenDigit:
    label, writer = -1, -1
    strokes: list[tuple[tuple[float, float], ...]] = []
    points: list[tuple[float, float]] | None = None
    try:
        for line in segment.splitlines()[1:]:
            words = line.split()
            match words:
                case [".COMMENT", label_text, writer_text, *_]:
                    label, writer = int(label_text), int(writer_text)
                case [".PEN_DOWN"]:
                    points = []
                case [".PEN_UP"] if points is not None:
                    if points:
                        strokes.append(tuple(points))
                    points = None
                case [word, *_] if points is not None and not word.startswith("."):
                    x, y = words
                    points.append((float(x), BOX - float(y)))
        if not 0 <= label <= 9 or writer < 0 or points is not None or not strokes:
            raise ValueError("label, writer or strokes missing")
        return PenDigit(Drawing(BOX, BOX, PEN_WIDTH, tuple(strokes), label), writer)
    except (ValueError, InputError) as error:
        raise InputError(f"The digit number {number} is damaged.") from error


def by_writers(digits: Collection[PenDigit], writers: Collection[int]) -> tuple[PenDigit, ...]:
    """Those digits that one of `writers` wrote."""
    return tuple(digit for digit in digits if digit.writer in writers)


def for_training(digits: Collection[PenDigit]) -> tuple[PenDigit, ...]:
    """The digits of every writer who is neither held out nor kept for validation."""
    return tuple(digit for digit in digits if digit.writer not in HELD_OUT_WRITERS | VALIDATION_WRITERS)
