"""Values as plain objects for JSON, and back: by the types that their fields declare, and strictly."""

import base64
import binascii
import dataclasses
import math
import types
import typing
from enum import Enum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError

MOST_ITEMS = 20_000_000
NON_FINITE = "may be inf, -inf or nan"
"""Marks a field for which these are figures too: `Annotated[float, NON_FINITE]`."""

_MOST_WHOLE = 2**62
_LARGEST = 1e40  # beyond all that float32, in which engines compute, has
_MOST_AXES = 4
_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def to_object(value: Any) -> Any:
    """A frozen dataclass, enum, array, tuple, dict or plain value as what JSON can hold.

    int64 (N,) becomes a list of numbers; any other array its type, shape and little-endian bytes in base64. Floats that
    JSON has no number for become "inf", "-inf" and "nan".
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_object(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return value.tolist() if value.dtype == np.int64 else _array_object(value)
    if isinstance(value, tuple | list):
        return [to_object(item) for item in value]
    if isinstance(value, dict):
        return {key: to_object(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def from_object(wanted: Any, value: Any, where: str = "the file") -> Any:
    """The value of the type `wanted` in `value`, which JSON gave; InputError that names the place where it is not.

    A list of whole numbers may be an array already, and what stands in base64 bytes (base/lean_json.py).

    A field that is missing has its default if it has one; a field that nobody knows is an error.
    """
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is typing.Annotated:
        return _WORDS[value] if isinstance(value, str) and value in _WORDS else from_object(arguments[0], value, where)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        return from_object(next(one for one in arguments if one is not type(None)), value, where)
    if origin is np.ndarray:
        dtype = np.dtype(typing.get_args(arguments[1])[0])
        return _times(value, where) if dtype == np.int64 else _array(dtype, value, where)
    if origin is tuple:
        value = value.tolist() if isinstance(value, np.ndarray) else value
        _demand(isinstance(value, list), where)
        return tuple(from_object(arguments[0], item, f"{where}[{place}]") for place, item in enumerate(value))
    if origin is dict:
        _demand(isinstance(value, dict), where)
        return {key: from_object(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(wanted):
        return _fields(wanted, value, where)
    if issubclass(wanted, Enum):
        _demand(value in [one.value for one in wanted], where)
        return wanted(value)
    return _plain(wanted, value, where)


def _fields(wanted: Any, value: Any, where: str) -> Any:
    _demand(isinstance(value, dict), where)
    hints = _hints(wanted)
    _demand(value.keys() <= hints.keys(), where)
    given = {name: from_object(hints[name], item, f"{where}.{name}") for name, item in value.items()}
    try:
        return wanted(**given)
    except TypeError:
        raise InputError(f"A field is missing in {where}.") from None


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    return typing.get_type_hints(wanted, include_extras=True)


def _plain(wanted: type, value: Any, where: str) -> Any:
    if wanted is float and type(value) is int and abs(value) < _MOST_WHOLE:
        value = float(value)
    _demand(type(value) is wanted, where)
    _demand(wanted is not float or abs(value) < _LARGEST, where)  # nan is not
    _demand(wanted is not int or abs(value) < _MOST_WHOLE, where)
    return value


def _times(value: Any, where: str) -> Any:
    """int64 (N,), none of them negative."""
    if isinstance(value, np.ndarray):
        _demand(len(value) <= MOST_ITEMS and value.min() >= 0 and value.max() < 2**62, where)
        return value
    _demand(isinstance(value, list) and len(value) <= MOST_ITEMS and all(type(item) is int for item in value), where)
    _demand(all(0 <= item < 2**62 for item in value), where)
    return np.array(value, np.int64)


def _array_object(array: NDArray[Any]) -> dict[str, Any]:
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(plain.tobytes()).decode("ascii"),
    }


def _array(dtype: np.dtype[Any], value: Any, where: str) -> NDArray[Any]:
    """An array of this type whose numbers are all finite, and as many as its shape says."""
    _demand(isinstance(value, dict) and value.keys() == {"dtype", "shape", "base64"}, where)
    shape, text = value["shape"], value["base64"]
    _demand(value["dtype"] == dtype.name and isinstance(text, str | bytes), where)
    _demand(isinstance(shape, list) and 1 <= len(shape) <= _MOST_AXES, where)
    _demand(all(type(axis) is int and 0 <= axis <= MOST_ITEMS for axis in shape), where)
    try:
        content = base64.b64decode(text, validate=True) if isinstance(text, str) else text
    except (binascii.Error, ValueError):
        content = b""
        shape = [1]  # which nothing fits
    _demand(len(content) == math.prod(shape) * dtype.itemsize, where)
    array = np.frombuffer(content, dtype.newbyteorder("<")).reshape(shape).astype(dtype)
    _demand(bool(np.isfinite(array).all()), where)
    return array


def _demand(is_so: bool, where: str) -> None:
    if not is_so:
        raise InputError(f"{where} has an unexpected value.")
