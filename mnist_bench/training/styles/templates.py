"""Styles of handwriting as templates: the strokes of a digit by their control points, read from a text file.

A line is a digit, the style's name, a colon and its strokes, separated by " / ", of points "x,y"; the digit is about 1
high, y down. The pad's own curve runs through the points. Lines that begin with "#" are comments.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited
from mnist_bench.digits.drawing import Stroke

_LINE = re.compile(r"([0-9]) ([^:]+): *(.+)")
_MAX_AWAY = 3.0  # heights of a digit


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write `digit`: strokes of control points, in heights of the digit, y down."""

    digit: int
    name: str
    strokes: tuple[Stroke, ...]


def read_styles(path: Path) -> tuple[Style, ...]:
    """Every style in a text file; InputError for a line that is not a style, and for a style that is listed twice."""
    lines = read_limited(path, MEGABYTE, "styles").decode().splitlines()
    styles = [_parse(line, number) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    names = {(style.digit, style.name) for style in styles}
    if len(names) < len(styles):
        raise InputError(f"{path} names a style twice.")
    return tuple(styles)


def _parse(line: str, number: int) -> Style:
    match = _LINE.fullmatch(line.strip())
    try:
        if match is None:
            raise ValueError(line)
        digit, name, drawn = match.groups()
        strokes = tuple(tuple(_point(point) for point in stroke.split()) for stroke in drawn.split(" / "))
        if not all(strokes):
            raise ValueError(line)
    except ValueError as error:
        raise InputError(f"Line {number} is not a style.", advice="Write it as: 1 plain: 0.5,0.0 0.5,1.0") from error
    return Style(int(digit), name, strokes)


def _point(text: str) -> tuple[float, float]:
    x, y = map(float, text.split(","))
    if not (abs(x) <= _MAX_AWAY and abs(y) <= _MAX_AWAY):  # what is not a number fails as well
        raise ValueError(text)
    return x, y
