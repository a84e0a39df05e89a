"""A drawing: strokes of a pen, and the file that keeps them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, write_atomically
from mnist_bench.base.lean_json import parse

Point = tuple[float, float]
Stroke = tuple[Point, ...]

FORMAT = "mnist-bench-drawing"
VERSION = 1
MAX_FILE_BYTES = 8 * MEGABYTE
MAX_STROKES = 1_000
MAX_POINTS = 100_000
MIN_SIZE = 1e-3
MAX_SIZE = 1e6

_MOST_VALUES = 2 * MAX_POINTS + 20_000  # two numbers of a point, and whatever else stands in the file
_ADVICE = "Open a drawing that mnist-bench saved, or a picture."


@dataclass(frozen=True, slots=True)
class Drawing:
    """Strokes on a pad of `width` x `height`, drawn with a round pen; all in one unit, y down.

    Attributes:
        width, height, pen_width: 0.001 to 1,000,000.
        strokes: at most 1,000, of time-ordered points (x, y), at most 100,000 in all; a stroke of one point is a dot.
            Points may lie outside the pad, at most 1,000,000 from its corner in x and in y.
        label: the digit that it truly is, 0 to 9, or None if nobody said.

    Raises:
        InputError: a value is not finite or not within these limits.
    """

    width: float
    height: float
    pen_width: float
    strokes: tuple[Stroke, ...]
    label: int | None = None

    def __post_init__(self) -> None:
        for name, size in (("width", self.width), ("height", self.height), ("pen width", self.pen_width)):
            if not MIN_SIZE <= size <= MAX_SIZE:
                limits = f"{words.short_number(MIN_SIZE)} to {words.short_number(MAX_SIZE)}"
                raise InputError(f"The drawing's {name} must be {limits}.", advice=_ADVICE)
        if self.label is not None and self.label not in range(10):
            raise InputError("The drawing's label must be a digit, 0 to 9.", advice=_ADVICE)
        if len(self.strokes) > MAX_STROKES:
            raise InputError(f"The drawing has more than {words.count(MAX_STROKES)} strokes.", advice=_ADVICE)
        if sum(map(len, self.strokes)) > MAX_POINTS:
            raise InputError(f"The drawing has more than {words.count(MAX_POINTS)} points.", advice=_ADVICE)
        # This runs on every movement of the pen: the loops are left to C.
        values = list(chain.from_iterable(chain.from_iterable(self.strokes)))
        if values and not (all(map(math.isfinite, values)) and max(values) <= MAX_SIZE and min(values) >= -MAX_SIZE):
            raise InputError("The drawing has a point far outside its pad.", advice=_ADVICE)

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink at all."""
        return not any(self.strokes)


def drawing_to_json(drawing: Drawing) -> bytes:
    """The drawing file's content: one line of JSON in UTF-8, which `drawing_from_json` reads back unchanged."""
    return json_bytes(drawing_to_object(drawing))


def drawing_to_object(drawing: Drawing) -> dict[str, Any]:
    """The drawing as the JSON object of the drawing format."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "width": drawing.width,
        "height": drawing.height,
        "pen_width": drawing.pen_width,
        "strokes": drawing.strokes,
    }
    if drawing.label is not None:
        content["label"] = drawing.label
    return content


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """An object as one line of JSON in UTF-8."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def drawing_from_json(data: bytes) -> Drawing:
    """Read a drawing file's content; keys that it does not know are ignored.

    Raises:
        InputError: the content is not a drawing, or breaks a limit of `Drawing`.
    """
    return drawing_from_object(json_object(data, "drawing"))


def drawing_from_object(content: Mapping[str, Any]) -> Drawing:
    """The drawing that a JSON object of the drawing format describes; raises InputError as `drawing_from_json`."""
    if content.get("format") != FORMAT:
        raise InputError("The file is JSON, but not a drawing.", advice=_ADVICE)
    if content.get("version") != VERSION or isinstance(content["version"], bool):
        raise InputError(
            "The drawing was saved in a format that this version does not know.", advice="Update mnist-bench."
        )
    label = content.get("label")
    if label is not None and type(label) is not int:
        _damaged("its label is not a digit")
    strokes = content.get("strokes")
    if not isinstance(strokes, list):
        _damaged("it has no list of strokes")
    return Drawing(
        width=_number(content.get("width"), "width"),
        height=_number(content.get("height"), "height"),
        pen_width=_number(content.get("pen_width"), "pen width"),
        strokes=tuple(_stroke(stroke) for stroke in strokes),
        label=label,
    )


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The object that a JSON text of untrusted origin holds; `what` names its kind ("drawing").

    Raises:
        InputError: the text is not JSON, nests too deep, is not an object, or holds more than a drawing may.
    """
    if max(map(data.count, (b",", b"[", b"{"))) > _MOST_VALUES:  # the parser would take long
        raise InputError(f"The {what} has more than {words.count(MAX_POINTS)} points.", advice=_ADVICE)
    try:
        content = parse(data, has_points=True)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The {what} file is damaged: it is not valid JSON.", advice=_ADVICE) from error
    if not isinstance(content, dict):
        raise InputError(f"The file is JSON, but not a {what}.", advice=_ADVICE)
    return content


def save_drawing(path: Path, drawing: Drawing) -> None:
    """Write a drawing file (*.json) whole or not at all; raises InputError if it cannot be written."""
    write_atomically(path, drawing_to_json(drawing))


def _stroke(points: object) -> Stroke:
    if not isinstance(points, list):
        _damaged("a stroke is not a list of points")
    return tuple(_point(point) for point in points)


def _point(point: object) -> Point:
    if not isinstance(point, list) or len(point) != 2:
        _damaged("a point is not a pair of numbers")
    return _number(point[0], "point"), _number(point[1], "point")


def _number(value: object, what: str) -> float:
    if type(value) is float:
        return value
    if type(value) is not int:
        _damaged(f"its {what} is not a number")
    try:
        return float(value)
    except OverflowError:
        _damaged(f"its {what} is far too large")


def _damaged(what: str) -> NoReturn:
    raise InputError(f"The drawing file is damaged: {what}.", advice=_ADVICE)
