"""Values as plain objects for JSON, and back: by the types that their fields declare, and strictly."""

import dataclasses
import math
import types
import typing
from enum import Enum
from functools import cache
from typing import Any

import numpy as np

from mnist_bench.base.errors import InputError

MOST_ITEMS = 20_000_000
_MOST_WHOLE = 2**62


def to_object(value: Any) -> Any:
    """A frozen dataclass, enum, array int64 (N,), tuple, dict or plain value as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_object(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [to_object(item) for item in value]
    if isinstance(value, dict):
        return {key: to_object(item) for key, item in value.items()}
    return value


def from_object(wanted: Any, value: Any, where: str = "the file") -> Any:
    """The value of the type `wanted` in `value`, which JSON gave; InputError that names the place where it is not.

    A field that is missing has its default if it has one; a field that nobody knows is an error.
    """
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        return from_object(next(one for one in arguments if one is not type(None)), value, where)
    if origin is np.ndarray:
        return _times(value, where)
    if origin is tuple:
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
        raise InputError(f"Something is missing in {where}.") from None


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    return typing.get_type_hints(wanted)


def _plain(wanted: type, value: Any, where: str) -> Any:
    if wanted is float and type(value) is int and abs(value) < _MOST_WHOLE:
        value = float(value)
    _demand(type(value) is wanted, where)
    _demand(wanted is not float or math.isfinite(value), where)
    return value


def _times(value: Any, where: str) -> Any:
    """int64 (N,), none of them negative."""
    _demand(isinstance(value, list) and len(value) <= MOST_ITEMS and all(type(item) is int for item in value), where)
    _demand(all(0 <= item < 2**62 for item in value), where)
    return np.array(value, np.int64)


def _demand(is_so: bool, where: str) -> None:
    if not is_so:
        raise InputError(f"What stands at {where} is not what should.")
