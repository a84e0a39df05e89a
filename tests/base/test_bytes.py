"""Bytes of foreign origin, read field by field."""

import struct

import numpy as np
import pytest

from mnist_bench.base.bytes import ByteReader
from mnist_bench.base.errors import InputError

FORM = struct.Struct("<HI")
FLOAT = np.dtype("<f4")


def wrong_length(how: str) -> InputError:
    return InputError(f"It is {how} than it should be.")


def test_fields_are_taken_from_front_to_back() -> None:
    values = np.arange(6, dtype=FLOAT)
    reader = ByteReader(FORM.pack(7, 8) + values.tobytes() + b"end", wrong_length)
    assert reader.unpack(FORM) == (7, 8)
    assert (reader.array(FLOAT, (2, 3)) == values.reshape(2, 3)).all()
    assert reader.array(FLOAT, (0, 3)).shape == (0, 3)
    assert reader.take(3) == b"end"
    assert reader.take(0) == b""
    reader.end()


def test_an_array_of_what_is_read_cannot_be_written() -> None:
    data = bytes(4)
    with pytest.raises(ValueError, match="read-only"):
        ByteReader(data, wrong_length).array(FLOAT, (1,))[0] = 1


@pytest.mark.parametrize("data", [b"", b"12345"])
def test_a_field_that_is_not_all_there_is_the_callers_error(data: bytes) -> None:
    with pytest.raises(InputError, match="shorter than it should be"):
        ByteReader(data, wrong_length).unpack(FORM)
    with pytest.raises(InputError, match="shorter"):
        ByteReader(data, wrong_length).take(6)
    with pytest.raises(InputError, match="shorter"):
        ByteReader(data, wrong_length).array(FLOAT, (2,))


def test_sizes_that_nothing_could_hold_are_refused_before_anything_is_made() -> None:
    with pytest.raises(InputError, match="shorter"):
        ByteReader(bytes(100), wrong_length).array(FLOAT, [0xFFFFFFFF] * 4)


def test_what_is_left_over_is_the_callers_error() -> None:
    reader = ByteReader(b"123", wrong_length)
    reader.take(2)
    with pytest.raises(InputError, match="longer"):
        reader.end()
    reader.take(1)
    reader.end()
