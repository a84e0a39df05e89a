"""The file of a result: one JSON object whose first line tells what a list shows, and whose second holds the rest.

The first line ends behind a comma, so that it can be read alone and the whole is ordinary JSON (docs/measuring.md).
Files of the format before ("mnist-bench comparison", latency only) are read, too.
"""

import json
import math
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.files import (
    MEGABYTE,
    NotAFileError,
    open_file,
    read_limited,
    reason,
    write_atomically,
    write_together,
)
from mnist_bench.base.lean_json import parse
from mnist_bench.base.text import one_line
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.encoding import from_object, to_object
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.overview import Head, head_of
from mnist_bench.bench.results.result import TYPES, Kind, Measured, Result, Value, checked_name, checked_note
from mnist_bench.bench.results.samples import csv_beside, samples_csv

FORMAT = "mnist-bench result"
VERSION = 1
OLD_FORMAT = "mnist-bench comparison"
MAX_BYTES = 400 * MEGABYTE
_MAX_HEAD_BYTES = 256_000
_ID = re.compile(r"[A-Za-z0-9]")  # how an id begins: with the name of an engine or of a kind of device
_LONGEST_S = 1e9  # a measurement of thirty years
_LARGEST_DB = 1000.0  # of numbers in float32
_ADVICE = "Choose another file, or measure again."


def save_result(path: Path, result: Result[Measured]) -> Result[Measured]:
    """Write `result` to `path`, whole; a latency's samples also to the CSV beside it. InputError if that cannot be.

    The CSV comes first: a JSON file of a latency that is there has its CSV.
    """
    encoded = _joined(head_of(result), b'"value": ' + _json(to_object(result.value)) + b"}")
    csv = {csv_beside(path): samples_csv(result.value)} if isinstance(result.value, Comparison) else {}
    write_together({**csv, path: encoded})
    return replace(result, path=path)


def load_result(path: Path) -> Result[Measured]:
    """The result in a file; InputError if there is none, or it is damaged or of a newer version of the format."""
    content = _content(path)
    try:
        if content.pop("format") == OLD_FORMAT:
            return Result(_old_comparison(content), path=path)
        kind = from_object(Kind, content.get("kind"), "kind")
        name, note = (from_object(str, content.get(key), key) for key in ("name", "note"))
        value: Value = from_object(TYPES[kind], content.get("value"), "value")
        _check(value)
        return Result(value, checked_name(name), checked_note(note), path)
    except (MnistBenchError, ValueError, KeyError) as error:
        said = one_line(error.message if isinstance(error, MnistBenchError) else str(error)).rstrip(".")
        raise InputError(f"{path} is damaged: {said}.", advice=_ADVICE) from error


def load_head(path: Path) -> Head | None:
    """What a list tells of the result in a file, from its first line; None where that does not tell."""
    try:
        with open_file(path) as file:
            return _head(file.readline(_MAX_HEAD_BYTES))
    except NotAFileError:
        return None
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", advice="Check its name and folder.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from error


def relabel(path: Path, *, name: str | None = None, note: str | None = None) -> Head:
    """Give the result in a file another name or note; InputError if it cannot be read or written.

    The rest of the file stays as it is, byte by byte; a file of the old format becomes one of this.
    """
    data = read_limited(path, MAX_BYTES, "result")
    first, _, rest = data.partition(b"\n")
    head = _head(first)
    if head is None:
        result = load_result(path)
        head, rest = head_of(result), b'"value": ' + _json(to_object(result.value)) + b"}"
    head = replace(
        head,
        name=head.name if name is None else checked_name(name),
        note=head.note if note is None else checked_note(note),
    )
    write_atomically(path, _joined(head, rest))
    return head


def _joined(head: Head, rest: bytes) -> bytes:
    first = _json({"format": FORMAT, "version": VERSION, **to_object(head)})
    return first.removesuffix(b"}") + b",\n" + rest


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _head(line: bytes) -> Head | None:
    try:
        content = json.loads(line.rstrip(b"\r\n").removesuffix(b",") + b"}")
        if content.pop("format") != FORMAT or content.pop("version") != VERSION:
            return None
        head = from_object(Head, content)
        _check_time(head.started)
        _check_ids(*head.backends)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
        return None
    assert isinstance(head, Head)  # noqa: S101 - what from_object was asked for
    return head


def _content(path: Path) -> dict[str, Any]:
    """The JSON object in a file, of a format and version that this program knows."""
    try:
        content: Any = parse(read_limited(path, MAX_BYTES, "result"))
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not a kept result, or is damaged.", advice=_ADVICE) from None
    if not isinstance(content, dict) or content.get("format") not in (FORMAT, OLD_FORMAT):
        raise InputError(f"{path} is not a kept result.", advice=_ADVICE)
    version = content.pop("version", None)
    if type(version) is not int or version < 1:
        raise InputError(f"{path} is damaged: it has no version.", advice=_ADVICE)
    if version > VERSION:
        raise InputError(f"{path} was saved by a newer mnist-bench.", advice="Update mnist-bench to read it.")
    return content


def _old_comparison(content: dict[str, Any]) -> Comparison:
    content.pop("model", None)  # the conditions have it, too
    if isinstance(conditions := content.get("conditions"), dict):
        for key in ("phones_before", "phones_after"):
            conditions.pop(key, None)  # by serials, which say nothing of a device any more
    content["cancelled"] = not from_object(bool, content.pop("complete", True), "complete")
    comparison = from_object(Comparison, content)
    _check(comparison)
    assert isinstance(comparison, Comparison)  # noqa: S101 - what from_object was asked for
    return comparison


# What is told must fit together: ValueError where it does not.


def _check(value: Value) -> None:
    _check_time(value.conditions.started)
    _check_ids(*value.titles, *value.conditions.devices)
    match value:
        case Comparison():
            _check_comparison(value)
        case Evaluation():
            _check_evaluation(value)
        case LayerComparison():
            _check_layers(value)


def _check_time(text: str) -> None:
    try:
        datetime.fromisoformat(text).astimezone()  # far from the present, the local time may not exist
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("its start time is invalid") from error


def _check_ids(*ids: str) -> None:
    """A backend's or device's id stands in commands to copy, tables and CSV files; a serial may hold any letters."""
    if not all(_ID.match(each) and each.isprintable() for each in ids):
        raise ValueError("an id has characters that ids do not have")


def _check_comparison(comparison: Comparison) -> None:
    for run in comparison.runs:
        if run.batch not in comparison.settings.batches:
            raise ValueError("a batch size is not in the settings")
        has_round_trips = any(len(block.round_trip_ns) for block in run.blocks)
        for block in run.blocks:
            if not 0 <= block.process < comparison.settings.processes:
                raise ValueError("a block belongs to an unknown process")
            if len(block.round_trip_ns) != (len(block.compute_ns) if has_round_trips else 0):
                raise ValueError("a block has more or fewer round trips than compute times")
            if not 0 <= block.started_s <= _LONGEST_S:
                raise ValueError("a block began at an impossible time")


def _check_evaluation(evaluation: Evaluation) -> None:
    longest = max((one.labels for one in evaluation.results), key=len, default=np.empty(0, np.uint8))
    for one in evaluation.results:
        images = len(one.labels)
        if not 1 <= images <= evaluation.digits.count or one.labels.ndim != 1 or one.logits.shape != (images, 10):
            raise ValueError("a backend does not have ten logits for each label")
        if one.labels.max() > 9 or not np.array_equal(one.labels, longest[:images]):
            raise ValueError("the labels are not digits, or not the same for each backend")
        if one.compute_ns < 0 or one.seconds < 0:
            raise ValueError("a time is negative")


def _check_layers(comparison: LayerComparison) -> None:
    if not comparison.backends:
        raise ValueError("there are no backends")
    for layers in comparison.backends:
        if layers.traces < 1 or layers.whole_ns < 0 or any(entry.compute_ns < 0 for entry in layers.entries):
            raise ValueError("a time is negative, or there are no traces")
        ratios = [entry.difference.sqnr_db for entry in layers.entries if entry.difference is not None]
        if any(_LARGEST_DB < abs(ratio) < math.inf for ratio in ratios):
            raise ValueError("a signal-to-noise ratio is impossible")
        ends = [-1, *(entry.last for entry in layers.entries)]
        if any(not end < entry.first <= entry.last for end, entry in zip(ends, layers.entries, strict=False)):
            raise ValueError("the layers are not in order")
