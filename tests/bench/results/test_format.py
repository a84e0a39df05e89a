"""The file of a result: every kind there and back, names and notes, older, newer and broken files."""

import csv
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.encoding import to_object
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.layers.values import Difference
from mnist_bench.bench.results.format import load_head, load_result, relabel, save_result
from mnist_bench.bench.results.overview import head_of
from mnist_bench.bench.results.result import MAX_NAME, Kind, Result, Value, only
from mnist_bench.digits.orders import OtherOrder
from tests.bench.results.measured import evaluated, measured, one_of_each, traced
from tests.comparisons import make_comparison


def loaded(path: Path) -> Comparison:
    return only(Comparison, [load_result(path)])[0].value


def old_file(path: Path, comparison: Comparison, **changes: Any) -> None:
    """A file of the format before."""
    content = to_object(comparison)
    complete = not content.pop("cancelled")
    head = {"format": "mnist-bench comparison", "version": 1}
    old = {"model": comparison.model, **content, "complete": complete}
    path.write_text(json.dumps({**head, **old, **changes}))


@pytest.mark.parametrize("value", one_of_each(), ids=list(Kind))
def test_every_kind_comes_back_with_its_name_and_note(tmp_path: Path, value: Value) -> None:
    path = tmp_path / "kept.json"
    saved = save_result(path, Result(value, "before", "two\nlines"))
    again = load_result(path)
    assert (again.name, again.note, again.path, again.id) == ("before", "two\nlines", path, "kept")
    assert to_object(again.value) == to_object(value)
    assert again.kind is saved.kind
    assert json.loads(path.read_text())["kind"] == saved.kind, "an ordinary JSON object"
    assert load_head(path) == head_of(saved), "which its first line alone tells"


@pytest.mark.parametrize("scenario", [Scenario.SINGLE_STREAM, Scenario.HOT_LOOP])
def test_every_sample_comes_back(tmp_path: Path, scenario: Scenario) -> None:
    comparison = measured(scenario)
    save_result(tmp_path / "run-a.json", Result(comparison))
    again = loaded(tmp_path / "run-a.json")
    assert to_object(again) == to_object(comparison)
    assert again.runs[0].starts[0].warm_up_ns.tolist() == comparison.runs[0].starts[0].warm_up_ns.tolist()


def test_settings_come_back_as_they_were_asked_for(tmp_path: Path) -> None:
    """A file of before says how many blocks there were, not how many were asked for; that stays as well."""
    path = tmp_path / "run-a.json"
    for blocks in (100, 10):
        settings = Settings(processes=2, blocks=blocks, runs=40)
        old_file(path, replace(measured(), settings=settings))
        assert loaded(path).settings == settings
        save_result(path, Result(replace(measured(), settings=settings)))
        assert json.loads(path.read_text())["value"]["settings"]["blocks"] == blocks
        assert loaded(path).settings == settings


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_file_of_before_is_read_and_renamed(tmp_path: Path, cancelled: bool) -> None:
    path = tmp_path / "run-a.json"
    comparison = make_comparison(cancelled=cancelled)
    old_file(path, comparison)
    assert load_head(path) is None
    assert to_object(loaded(path)) == to_object(comparison)
    assert relabel(path, name="old").complete is not cancelled
    assert to_object(loaded(path)) == to_object(comparison)
    assert load_result(path).name == "old"


def test_a_csv_lies_beside_a_latency(tmp_path: Path) -> None:
    comparison = measured()
    save_result(tmp_path / "run-a.json", Result(comparison))
    with (tmp_path / "run-a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert [int(row["compute_ns"]) for row in rows if row["backend"] == "native-fp32"] == [
        *comparison.runs[0].compute_ns.tolist()
    ]
    assert {(row["process"], row["block"]) for row in rows} == {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}


def test_another_name_leaves_the_rest_of_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    save_result(path, Result(evaluated(), "first", "a note"))
    before = path.read_bytes().partition(b"\n")[2]
    assert relabel(path, name=" second  one\n").name == "second one"
    assert relabel(path, note="another").note == "another"
    again = load_result(path)
    assert (again.name, again.note) == ("second one", "another")
    assert path.read_bytes().partition(b"\n")[2] == before
    with pytest.raises(InputError, match="characters"):
        relabel(path, name="x" * (MAX_NAME + 1))
    assert load_result(path).name == "second one"


@pytest.mark.parametrize("name", ["run.1", "run.csv", "run"])
def test_only_a_json_file_has_a_csv_beside_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "run.csv").write_text("somebody's own")
    with pytest.raises(InputError, match=r"doesn't end in \.json"):
        save_result(tmp_path / name, Result(measured()))
    assert (tmp_path / "run.csv").read_text() == "somebody's own"


# Files that something is wrong with.


@pytest.mark.parametrize(
    "change",
    [
        lambda content: {**content, "format": "something else"},
        lambda content: {**content, "version": 0},
        lambda content: {**content, "version": "1"},
        lambda content: {**content, "kind": "colours"},
        lambda content: {**content, "kind": "accuracy"},
        lambda content: {**content, "name": 3},
        lambda content: {**content, "name": "x" * 10_000},
        lambda content: {key: value for key, value in content.items() if key != "value"},
        lambda content: [content],
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "run-a.json"
    save_result(path, Result(measured()))
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=r"run-a\.json"):
        load_result(path)


def _with_first_block(run: dict[str, Any], **changed: Any) -> dict[str, Any]:
    first, *others = run["blocks"]
    return {**run, "blocks": [{**first, **changed}, *others]}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: {**value, "runs": 3},
        lambda value: {**value, "settings": {**value["settings"], "processes": 0}},
        lambda value: {**value, "settings": {**value["settings"], "cool_down_s": 10**400}},
        lambda value: {**value, "conditions": {**value["conditions"], "started": "yesterday"}},
        lambda value: {**value, "conditions": {**value["conditions"], "started": "9999-12-31T23:59:59-23:59"}},
        lambda value: {**value, "conditions": {**value["conditions"], "stolen": float("nan")}},
        lambda value: {**value, "conditions": {**value["conditions"], "stolen": float("inf")}},
        lambda value: {**value, "conditions": {**value["conditions"], "stolen": "inf"}},
        lambda value: {key: item for key, item in value.items() if key != "baseline"},
        lambda value: {**value, "conditions": {**value["conditions"], "stolen": 1e300}},
        lambda value: {**value, "runs": [{**value["runs"][0], "batch": 0}]},
        lambda value: {**value, "runs": [{**value["runs"][0], "peak_memory_bytes": 10**400}]},
        lambda value: {**value, "runs": [_with_first_block(value["runs"][0], started_s=1e30)]},
        lambda value: {**value, "runs": [_with_first_block(value["runs"][0], round_trip_ns=[])]},
        lambda value: {**value, "runs": [{**value["runs"][0], "blocks": [{"process": 10**9}]}]},
    ],
)
@pytest.mark.parametrize("is_old", [False, True])
def test_a_broken_latency_is_refused_in_a_sentence(tmp_path: Path, change: Any, is_old: bool) -> None:
    path = tmp_path / "run-a.json"
    if is_old:
        old_file(path, measured())
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
    else:
        save_result(path, Result(measured()))
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "value": change(content["value"])}))
    with pytest.raises(InputError, match=r"run-a\.json"):
        load_result(path)


def test_a_latency_that_says_what_is_not_so_is_refused(tmp_path: Path) -> None:
    """Blocks of processes that were never started would make a table of a billion rows."""
    path = tmp_path / "run-a.json"
    save_result(path, Result(measured()))
    content = json.loads(path.read_text())
    content["value"]["runs"][0]["blocks"][0]["process"] = 10**9
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="damaged"):
        load_result(path)


@pytest.mark.parametrize(
    "array",
    [
        {"logits": {"dtype": "float32", "shape": [200, 9], "base64": ""}},
        {"logits": {"dtype": "float32", "shape": [10**12, 10**12], "base64": ""}},
        {"logits": {"dtype": "float32", "shape": [200, 10], "base64": "****"}},
        {"logits": {"dtype": "float64", "shape": [0, 10], "base64": ""}},
        {"logits": {"dtype": "float32", "shape": [1, 1], "base64": "AADAfw=="}},  # not a number
        {"logits": [[1.0] * 10] * 200},
        {"labels": {"dtype": "uint8", "shape": [0], "base64": ""}},
        {"labels": {"dtype": "uint8", "shape": [1], "base64": "Cg=="}},  # 10
        {"compute_ns": -1},
        {"seconds": -1.0},
    ],
)
def test_a_broken_evaluation_is_refused_in_a_sentence(tmp_path: Path, array: dict[str, Any]) -> None:
    path = tmp_path / "kept.json"
    save_result(path, Result(evaluated()))
    content = json.loads(path.read_text())
    content["value"]["results"][0].update(array)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="damaged"):
        load_result(path)


@pytest.mark.parametrize("changed", [{"order": "sideways"}, {"images": 0, "right": 0}, {"right": 41}, {"right": -1}])
def test_an_impossible_order_of_digits_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    path = tmp_path / "kept.json"
    save_result(path, Result(replace(evaluated(), other_order=OtherOrder("transposed", 40, 38, 0))))
    kept = load_result(path).value
    assert isinstance(kept, Evaluation)
    assert kept.other_order == OtherOrder("transposed", 40, 38, 0)
    content = json.loads(path.read_text())
    content["value"]["other_order"].update(changed)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="damaged"):
        load_result(path)


def test_answers_to_other_labels_than_the_first_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    evaluation = evaluated()
    first, second = evaluation.results
    odd = replace(second, labels=(second.labels + 1) % 10)
    save_result(path, Result(replace(evaluation, results=(first, odd))))
    with pytest.raises(InputError, match="not the same for each backend"):
        load_result(path)
    part = replace(second, labels=second.labels[:50], logits=second.logits[:50])
    save_result(path, Result(replace(evaluation, results=(first, part), failures={second.backend_id: "It ended."})))
    assert not load_result(path).value.complete


@pytest.mark.parametrize(
    "change", [{"traces": 0}, {"whole_ns": -1.0}, {"entries": [{"name": "conv2d"}]}, {"peak": 10**400}]
)
def test_broken_layers_are_refused_in_a_sentence(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "kept.json"
    save_result(path, Result(traced()))
    content = json.loads(path.read_text())
    content["value"]["backends"][0].update(change)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="damaged"):
        load_result(path)


def test_layers_of_no_backend_or_with_impossible_noise_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    layers = traced()
    entries = [replace(one, difference=Difference(-1e30, 0.0, 0.0)) for one in layers.backends[0].entries]
    for broken in ((), (replace(layers.backends[0], entries=tuple(entries)),)):
        save_result(path, Result(replace(layers, backends=broken)))
        with pytest.raises(InputError, match="damaged"):
            load_result(path)


def test_a_time_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    save_result(path, Result(measured()))
    path.write_text(re.sub(r'"started": "[^"]*"', r'"started": "\\u001b[31mnow"', path.read_text()))
    with pytest.raises(InputError, match=r"is damaged: its start time is invalid\. Choose"):
        load_result(path)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run-a.json"
    save_result(path, Result(measured()))
    content = path.read_bytes()
    for cut in (0, 1, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match="damaged"):
            load_result(path)
    path.write_bytes(b"[" * 100_000)
    with pytest.raises(InputError, match="damaged"):
        load_result(path)
    assert load_head(path) is None


def test_bytes_that_change_break_nothing_but_the_file(tmp_path: Path, cases: int) -> None:
    path = tmp_path / "kept.json"
    chance = random.Random(1)  # noqa: S311 - bytes, not secrets
    for value in one_of_each():
        save_result(path, Result(value, "a name"))
        content = path.read_bytes()
        for _ in range(cases // 10):
            broken = bytearray(content)
            for _ in range(chance.choice((1, 3, 30))):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            path.write_bytes(broken)
            load_head(path)
            try:
                result = load_result(path)
            except InputError:
                continue
            head_of(result)


@pytest.mark.parametrize(
    "backend_id", ["=1+1", "-rf", "@SUM(A1)", "+1", "", " native", "na\ttive", "na\ntive", "n\u202e", "ïve"]
)
@pytest.mark.parametrize("value", one_of_each(), ids=list(Kind))
def test_an_id_that_no_backend_can_have_is_damage(tmp_path: Path, value: Value, backend_id: str) -> None:
    """It stands in commands to copy and in CSV files."""
    path = tmp_path / "kept.json"
    save_result(path, Result(value))
    first = next(iter(value.titles))
    text = path.read_text().replace(json.dumps(first), json.dumps(backend_id))
    path.write_text(text)
    with pytest.raises(InputError, match=r"is damaged: an id has characters that ids do not have\. Choose"):
        load_result(path)
    assert load_head(path) is None


def test_ids_of_devices_are_ids(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    serials = ("[fe80::1%wlan0]:5555", "adb-R5CT-x (2)._adb-tls-connect._tcp", "ünï", "(no serial number)", "@home: 7")
    for device_id in (f"android:{serial}" for serial in serials):
        comparison = make_comparison((f"native-int8@{device_id}",))
        save_result(path, Result(comparison))
        assert list(loaded(path).titles) == [f"native-int8@{device_id}"]
