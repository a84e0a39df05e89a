import json
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import (
    MAX_POINTS,
    MAX_STROKES,
    Drawing,
    drawing_from_json,
    drawing_to_json,
    save_drawing,
)

SEVEN = Drawing(
    280, 280, 20, (((60.0, 60.0), (200.0, 61.25), (120.0, 230.0)), ((90.0, 140.0), (170.0, 139.5))), label=7
)


def content(**changes: Any) -> bytes:
    return json.dumps({**json.loads(drawing_to_json(SEVEN)), **changes}).encode()


def test_a_drawing_comes_back_from_its_file_unchanged(tmp_path: Path) -> None:
    save_drawing(tmp_path / "seven.json", SEVEN)
    assert drawing_from_json((tmp_path / "seven.json").read_bytes()) == SEVEN


def test_the_file_is_what_the_format_says() -> None:
    assert json.loads(drawing_to_json(Drawing(100, 50, 4, (((1.0, 2.0),),)))) == {
        "format": "mnist-bench-drawing",
        "version": 1,
        "width": 100,
        "height": 50,
        "pen_width": 4,
        "strokes": [[[1.0, 2.0]]],
    }


def test_whole_numbers_unknown_keys_and_no_label_are_fine() -> None:
    data = b"""{"strokes": [[[1, 2], [3, 4]], []], "pen_width": 20, "height": 280, "width": 280, "more": {},
        "version": 1, "format": "mnist-bench-drawing", "label": null}"""
    assert drawing_from_json(data) == Drawing(280.0, 280.0, 20.0, (((1.0, 2.0), (3.0, 4.0)), ()))


def test_a_drawing_without_points_is_empty() -> None:
    assert Drawing(280, 280, 20, ()).is_empty
    assert Drawing(280, 280, 20, ((), ())).is_empty
    assert not SEVEN.is_empty


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "other"},
        {"version": 2},
        {"version": True},
        {"version": "1"},
        {"width": 0},
        {"width": -280},
        {"height": 1e9},
        {"height": "280"},
        {"pen_width": None},
        {"pen_width": 0},
        {"pen_width": True},
        {"pen_width": 10**400},
        {"label": 10},
        {"label": -1},
        {"label": 7.0},
        {"label": True},
        {"label": "7"},
        {"strokes": None},
        {"strokes": {}},
        {"strokes": [1]},
        {"strokes": ["ab"]},
        {"strokes": [[1, 2]]},
        {"strokes": [[[1]]]},
        {"strokes": [[[1, 2, 3]]]},
        {"strokes": [[["1", 2]]]},
        {"strokes": [[[1, None]]]},
        {"strokes": [[[1, 2e6]]]},
        {"strokes": [[[-1e300, 2]]]},
        {"strokes": [[[10**400, 2]]]},
        {"strokes": [[]] * (MAX_STROKES + 1)},
        {"strokes": [[[1, 2]] * (MAX_POINTS + 1)]},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_what_breaks_the_format_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        drawing_from_json(content(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"\x80abc",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        content().replace(b"60.0", b"NaN"),
        content().replace(b"60.0", b"-Infinity"),
        content().replace(b"60.0", b"1e999"),
        content().replace(b"60.0", b"1" * 5_000),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        drawing_from_json(data)
