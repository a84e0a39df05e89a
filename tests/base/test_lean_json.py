"""Reads what JSON says, whatever stands in its strings, and no more than four times a file's size."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.base.lean_json import parse
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.latency.comparison import Block, Comparison
from mnist_bench.bench.results.format import load_result, save_result
from mnist_bench.bench.results.result import Result
from tests.bench.results.measured import evaluated
from tests.comparisons import make_comparison


def plain(value: Any) -> Any:
    """What `parse` gives, with lists for its arrays."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


TEXTS = (
    "[1, 2, 3, 4, 5, 6, 7]",
    '{"a": "[1, 2, 3, 4, 5, 6, 7]", "NaN": "Infinity", "b": [1, 2], "c": [  1 ,\n 2, 3,4 ,5,6 ,7]}',
    '["\\\\", "\\"[1111111111111111111]\\"", [1, 2, 3, 4, 5, 6], "\\u2192", [[1, 2, 3, 4, 5, 6], [1, 2]]]',
    "[1, 2, 3, 4, 5, 6, 7.5, 8, 9, 10, 11, 12, 13, 14, -15]",
    "[1, 2, 3, 4, 5, 6, 7, [1, 2, 3, 4, 5, 6, 7], 8, 9, 10, 11, 12, 13]",
    "[0]",
    "[]",
    '{"base": 1, "base64x": "AAAA", "x": {"base64 ": "AA=="}}',
)


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_what_json_says(text: str) -> None:
    assert plain(parse(text.encode())) == json.loads(text)


POINTS = (
    "[[1, 2], [3.5, -4e2] , [ 5,6 ]]",
    '{"strokes": [[[1, 2]], [[3, 4], [5, 6]], [], [[7, 8]]], "label": null}',
    "[[1, 2, 3, 4, 5, 6, 7], [1]]",
    "[[]]",
    '[[1, 2], "x", [3, 4]]',
    "[[1, 2], [3, [4]]]",
    f"[{', '.join(f'[{n}, {n / 7}]' for n in range(60_000))}]",
)


@pytest.mark.parametrize("text", POINTS, ids=lambda text: text[:20])
def test_points_are_what_json_says(text: str) -> None:
    assert plain(parse(text.encode(), has_points=True)) == json.loads(text)


NO_POINTS = (
    *("[[1, 2],]", "[[1, 2],, [3, 4]]", "[[1, 2] [3, 4]]", "[[1, 2]", "[[1, 2],", "[[1,], [2, 3]]", "[[1, 2]]]"),
    *("[[01, 2]]", f"[{'[1, 2], ' * 40_000}]", f"[{'[1, 2] ' * 40_000}]"),
)


@pytest.mark.parametrize("text", NO_POINTS, ids=lambda text: text[:20])
def test_points_that_are_no_json_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra|Illegal|too many"):
        parse(text.encode(), has_points=True)


@pytest.mark.parametrize("space", [0, 1, 2, 3, 5])
def test_a_piece_may_end_anywhere(space: int) -> None:
    """As many spaces in front as it takes to bring every place in a point to a piece's end."""
    for shift in range(0, 12, 3):
        text = "[" + " " * shift + f"[12,{' ' * space}34]{' ' * space},{' ' * space}" * 40_000 + "[5, 6] ]"
        assert parse(text.encode(), has_points=True) == json.loads(text)


def test_long_lists_and_bytes_are_no_objects() -> None:
    found = parse(b'{"a": [1, 2, 3, 4, 5, 6], "b": {"base64": "AAEC"}}')
    assert found["a"].dtype == np.int64
    assert found["b"]["base64"] == b"\x00\x01\x02"


@pytest.mark.parametrize(
    "text",
    [
        "[1,, 2, 3, 4, 5, 6, 7]",
        "[1, 2, 3, 4 5, 6, 7, 8]",
        "[1, 2, 3, 4, 5, 6, 7,]",
        "[01, 2, 3, 4, 5, 6, 7]",
        "[99999999999999999999, 2, 3, 4, 5, 6, 7]",
        "[1, 2, 3, 4, 5, 6, 7",
        '{"a": NaN}',
        "[-Infinity]",
        '{"base64": "A"}',
        '"' + '\\"' * 100_000,
        "[" * 200_000,
        '{"a": ' * 200_000,
        "{}," * 200_000,
        "[1.5," * 200_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_json_or_too_much_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(text.encode())


def large_latency(samples: int, blocks: int) -> Comparison:
    comparison = make_comparison()
    rng = np.random.default_rng(1)

    def times() -> Any:
        return rng.integers(10_000, 99_999, samples // blocks)

    one = tuple(Block(0, number, 0.5 * number, times(), times()) for number in range(blocks))
    return replace(comparison, runs=tuple(replace(run, blocks=one) for run in comparison.runs))


def large_evaluation(images: int) -> Evaluation:
    evaluation = evaluated()
    labels = (np.arange(images) % 10).astype(np.uint8)
    logits = np.random.default_rng(1).normal(size=(images, 10)).astype(np.float32)
    results = tuple(replace(one, labels=labels, logits=logits) for one in evaluation.results)
    return replace(evaluation, digits=replace(evaluation.digits, count=images), results=results)


@pytest.mark.parametrize(
    "value",
    [large_latency(100_000, 1), large_latency(50_000, 1_000), large_evaluation(20_000)],
    ids=["one block", "many blocks", "accuracy"],
)
def test_a_result_is_read_within_four_times_its_size(tmp_path: Path, value: Comparison | Evaluation) -> None:
    path = tmp_path / "large.json"
    save_result(path, Result(value, "é→😀", ""))
    size = path.stat().st_size
    tracemalloc.start()
    load_result(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{size / 1e6:.1f} MB read within {most / size:.2f} times that")
    assert size > 1_000_000
    assert most < 4 * size


def test_a_file_of_very_many_small_values_is_refused_within_the_same(tmp_path: Path) -> None:
    path = tmp_path / "hostile.json"
    path.write_text('{"format": "mnist-bench result", "version": 1, "value": [' + "{}," * 1_000_000 + "{}]}")
    tracemalloc.start()
    with pytest.raises(InputError, match="damaged"):
        load_result(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * path.stat().st_size
