"""Values to JSON's objects and back, strictly."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.bench.encoding import from_object, to_object


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    number: int
    share: float | None = None


@dataclass(frozen=True, eq=False)
class Outer:
    name: str
    colour: Colour
    inner: Inner
    many: tuple[Inner, ...]
    times: NDArray[np.int64]
    words: dict[str, str] = field(default_factory=dict)
    done: bool = True


GOOD: dict[str, Any] = {
    "name": "x",
    "colour": "red",
    "inner": {"number": 3, "share": 1},
    "many": [{"number": 1, "share": None}],
    "times": [1, 2, 3],
    "words": {"a": "b"},
    "done": False,
}


def test_there_and_back() -> None:
    value = from_object(Outer, GOOD)
    assert value.inner == Inner(3, 1.0)
    assert value.times.dtype == np.int64
    assert to_object(value) == GOOD


def test_what_is_missing_has_its_default() -> None:
    value = from_object(Outer, {key: GOOD[key] for key in ("name", "colour", "inner", "many", "times")})
    assert (value.words, value.done) == ({}, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 3},
        {"colour": "blue"},
        {"inner": {}},
        {"inner": {"number": True}},
        {"inner": {"number": 1.5}},
        {"inner": [1]},
        {"many": {"number": 1}},
        {"many": [None]},
        {"times": [1, -2]},
        {"times": [1.0]},
        {"times": [2**63]},
        {"times": "123"},
        {"words": {"a": 1}},
        {"done": 1},
        {"more": 1},
    ],
)
def test_anything_else_names_its_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong)) if "more" not in wrong else "file"):
        from_object(Outer, {**GOOD, **wrong})
