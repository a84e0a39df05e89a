"""Parses large JSON in little memory, and in pieces: other threads wait for one call of Python's own parser."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_TOKEN: Final = re.compile(
    rb'"base64"\s*+:\s*+"(?P<base64>[A-Za-z0-9+/=]*+)"'
    rb'|"(?:[^"\\]++|\\.?)*+(?:"|\Z)'  # any other string, in which nothing else counts
    rb"|(?P<list>\[)(?=\s*+\d)"
    rb"|(?P<points>\[)(?=\s*+\[\s*+[-\d])"
    rb"|(?P<constant>NaN|Infinity)",
    re.DOTALL,
)
_NUMBERS: Final = re.compile(rb"[\d\s,]*+")
_POINTS: Final = re.compile(rb"(?:\s*+\[[\d\s.,eE+-]*+\](?:\s*+,)?+)++")
_COMMA: Final = re.compile(rb"\s*+,?+")
_PIECE: Final = 1 << 18
"""Bytes of a list that are looked at, and parsed, in one go: other threads have a turn in between."""
_FEWEST: Final = 6
"""Numbers: a shorter list stays one."""
_HELD: Final = b"NaN"  # which JSON has not: it stands for what was taken out
_MOST_VALUES, _BYTES_PER_VALUE = 20_000, 8
"""There may be so many values, and one more for so many bytes of the file: others would take far more memory."""


def parse(data: bytes, *, has_points: bool = False) -> Any:
    """What `json.loads` gives, but that a long list of whole numbers is an array, int64 (N,), and what stands under
    the key "base64" is bytes. With `has_points`, lists of pairs of numbers are parsed in pieces.

    Raises:
        ValueError: it is not JSON, a number is beyond int64, or it consists of very many small values.
        RecursionError: it nests too deep.
    """
    kept: list[bytes | memoryview] = []
    held: list[Any] = []
    view, at = memoryview(data), 0
    for begin, end, value in _tokens(data, has_points):
        kept += [view[at:begin], _HELD]
        held.append(value)
        at = end
    kept.append(view[at:])
    rest = b"".join(kept)
    values = sum(map(rest.count, (b",", b"[", b"{")))
    if values > _MOST_VALUES + len(data) // _BYTES_PER_VALUE:
        raise ValueError("too many small values")
    del kept, view
    following = iter(held)
    return json.loads(rest, parse_constant=lambda _: next(following))


def _tokens(data: bytes, has_points: bool) -> Iterator[tuple[int, int, Any]]:
    """Where something begins and ends that is not left to the parser, and what it is."""
    at = 0
    while (token := _TOKEN.search(data, at)) is not None:
        at = token.end()
        match token.lastgroup:
            case "base64":
                try:
                    value: Any = base64.b64decode(token["base64"], validate=True)
                except binascii.Error as error:
                    raise ValueError("bytes that are not base64") from error
                yield token.start("base64") - 1, at, value
            case "list":
                end = _end_of_numbers(data, at)
                if data[end : end + 1] == b"]" and data.count(b",", at, end) + 1 >= _FEWEST:
                    yield token.start(), end + 1, _numbers(data, at, end)
                    at = end + 1
            case "points" if has_points:
                points, end = _points(data, at)
                if data[end : end + 1] == b"]":
                    yield token.start(), end + 1, points
                    at = end + 1
            case "constant":
                raise ValueError(f"{token['constant'].decode()} is not JSON")


def _points(data: bytes, at: int) -> tuple[list[Any], int]:
    """The short lists that begin here, with commas between them, and where they end."""
    points: list[Any] = []
    is_more = True
    while is_more:
        found = _POINTS.match(data, at, at + _PIECE)
        if found is None:
            return points, len(data)  # a comma with nothing behind it, which the parser tells
        piece, at = found[0].rstrip(), found.end()
        points += json.loads(b"[%b]" % piece.removesuffix(b","))
        is_more = piece.endswith(b",")
        if not is_more and (behind := _COMMA.match(data, at)) is not None:  # the piece ended in front of it
            is_more, at = behind[0].endswith(b","), behind.end()
    return points, at


def _end_of_numbers(data: bytes, at: int) -> int:
    """Where the digits, commas and spaces end that begin here."""
    while True:
        numbers = _NUMBERS.match(data, at, at + _PIECE)
        assert numbers is not None  # noqa: S101 - it may be empty
        if numbers.end() < at + _PIECE:
            return numbers.end()
        at = numbers.end()


def _numbers(data: bytes, begin: int, end: int) -> NDArray[np.int64]:
    """The numbers between these places, int64 (N,)."""
    numbers = np.empty(data.count(b",", begin, end) + 1, np.int64)
    done = 0
    while begin < end:
        comma = data.find(b",", begin + _PIECE, end)
        stop = end if comma < 0 else comma
        try:
            piece = np.array(json.loads(b"[%b]" % data[begin:stop]), np.int64)
        except OverflowError as error:
            raise ValueError("a number is too large") from error
        numbers[done : done + len(piece)] = piece
        done += len(piece)
        begin = stop + 1
    if done != len(numbers):
        raise ValueError("a number is missing in a list")
    return numbers
