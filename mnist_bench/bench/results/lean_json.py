"""Parses the JSON of a result in little memory: samples become arrays at once, without an object for each number."""

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
    rb"|(?P<constant>NaN|Infinity)",
    re.DOTALL,
)
_NUMBERS: Final = re.compile(rb"[\d\s,]*+")
_PIECE: Final = 1 << 20
"""Bytes of a list that are looked at, and parsed, in one go: other threads have a turn in between."""
_FEWEST: Final = 6
"""Numbers: a shorter list stays one."""
_HELD: Final = b"NaN"  # which JSON has not: it stands for what was taken out
_MOST_VALUES, _BYTES_PER_VALUE = 20_000, 8
"""There may be so many values, and one more for so many bytes of the file: others would take far more memory."""


def parse(data: bytes) -> Any:
    """What `json.loads` gives, but that a long list of whole numbers is an array, int64 (N,), and what stands under
    the key "base64" is bytes.

    Raises:
        ValueError: it is not JSON, a number is beyond int64, or it consists of very many small values.
        RecursionError: it nests too deep.
    """
    kept: list[bytes | memoryview] = []
    held: list[Any] = []
    view, at = memoryview(data), 0
    for begin, end, replacement, value in _tokens(data):
        kept += [view[at:begin], replacement]
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


def _tokens(data: bytes) -> Iterator[tuple[int, int, bytes, Any]]:
    """Where something begins and ends that is not left to the parser, what stands for it there, and what it is."""
    at = 0
    while (token := _TOKEN.search(data, at)) is not None:
        at = token.end()
        match token.lastgroup:
            case "base64":
                try:
                    value: Any = base64.b64decode(token["base64"], validate=True)
                except binascii.Error as error:
                    raise ValueError("bytes that are not base64") from error
                yield token.start("base64") - 1, at, _HELD, value
            case "list":
                end = _end_of_numbers(data, at)
                if data[end : end + 1] == b"]" and data.count(b",", at, end) + 1 >= _FEWEST:
                    yield token.start(), end + 1, _HELD, _numbers(data, at, end)
                    at = end + 1
            case "constant":
                raise ValueError(f"{token['constant'].decode()} is not JSON")


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
