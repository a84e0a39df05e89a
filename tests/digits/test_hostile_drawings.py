"""Damaged and hostile drawing files: a drawing that can be drawn or an InputError, soon, and nothing else."""

import json
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing, drawing_from_json, drawing_to_json
from mnist_bench.digits.rendering import render_drawing

LONGEST_S = 5.0

ODD: list[Any] = [
    None,
    True,
    False,
    "",
    "7",
    0,
    -1,
    1e-320,
    1e308,
    -1e308,
    10**30,
    10**400,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"x": 1},
    "\ud800",
    "x" * 10_000,
]


def read(data: bytes) -> bool:
    start = time.monotonic()
    try:
        drawing = drawing_from_json(data)
        pixels = render_drawing(drawing)
        assert drawing_from_json(drawing_to_json(drawing)) == drawing
    except InputError:
        return False
    finally:
        assert time.monotonic() - start < LONGEST_S
    assert pixels.shape == (28, 28)
    assert pixels.dtype == np.uint8
    assert pixels.any() != drawing.is_empty
    return True


def twisted(rng: random.Random, value: Any) -> Any:
    """The value with something in it put in place of something else, left out, doubled or nested deep."""
    if rng.random() < 0.15:
        return rng.choice(ODD)
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        changed = {**value, key: twisted(rng, value[key])}
        if rng.random() < 0.1:
            del changed[key]
        return changed
    if isinstance(value, list) and value:
        at = rng.randrange(len(value))
        middle = [twisted(rng, value[at])] * rng.choice([0, 1, 1, 1, 1, 2])
        return value[:at] + middle + value[at + 1 :]
    if isinstance(value, (int, float)) and abs(value) < 1e300:
        return rng.choice([-value, value * 1e-9, value * 1e4, str(value), [value], rng.uniform(-1e6, 1e6)])
    return rng.choice(ODD)


def test_damaged_bytes(cases: int, two_drawing: Drawing, mutate: Callable[[np.random.Generator, bytes], bytes]) -> None:
    rng = np.random.default_rng(1)
    data = drawing_to_json(two_drawing)
    assert read(data)
    assert sum(read(mutate(rng, data)) for _ in range(cases)) < cases


def test_twisted_values(cases: int, two_drawing: Drawing) -> None:
    rng = random.Random(2)  # noqa: S311  (the same cases every time)
    content = json.loads(drawing_to_json(two_drawing)) | {"label": 2}
    good = 0
    for _ in range(cases):
        value = content
        for _ in range(rng.randint(1, 3)):
            value = twisted(rng, value)
        good += read(json.dumps(value).encode())
    assert 0 < good < cases


def test_random_drawings_within_the_limits(cases: int) -> None:
    rng = random.Random(3)  # noqa: S311  (the same cases every time)
    for _ in range(cases):
        reach = 10 ** rng.uniform(-3, 5.9)
        center = rng.uniform(-1e6 + reach, 1e6 - reach) if rng.random() < 0.5 else 0.0
        strokes = tuple(
            tuple((center + rng.gauss(0, reach / 9), rng.gauss(0, reach / 9)) for _ in range(rng.randint(0, 9)))
            for _ in range(rng.randint(0, 5))
        )
        size, pen_width = (min(reach * 10 ** rng.uniform(-3, 3), 1e6) for _ in range(2))
        drawing = Drawing(max(size, 1e-3), max(size, 1e-3), max(pen_width, 1e-3), strokes)
        pixels = render_drawing(drawing)
        assert drawing.is_empty or pixels.max() > 100


def test_deep_nesting() -> None:
    for opening in (b"[", b'{"strokes":', b'{"strokes":[[['):
        for depth in (900, 2_000, 100_000, 1_000_000):
            assert not read(opening * depth)
            assert not read(opening * depth + b"1" + b"]" * depth)
