"""The folder of saved runs: there and back, newer and broken files, delete and undo."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.runs.encoding import to_object
from mnist_bench.bench.runs.overview import list_overviews
from mnist_bench.bench.runs.saved import SavedRuns, load_comparison, samples_csv, save_comparison
from mnist_bench.network.bundled import load_network
from tests.backends import NATIVE_FP32, NATIVE_INT8
from tests.bench.latency.scripted import ScriptedBench


def measured(scenario: Scenario = Scenario.SINGLE_STREAM) -> Comparison:
    bench = ScriptedBench(native_fp32=lambda process, number: 1000 + 100 * process + number)
    settings = Settings(scenario, processes=2, blocks=2, runs=8, warm_up_runs=30)
    images = np.zeros((1, 28, 28), np.uint8)
    backends = (NATIVE_FP32, NATIVE_INT8)
    network = load_network("digits-mlp")
    return Measurement(
        backends, network, images, settings, make_engine=bench, clock=bench.clock, bare_loop=bench.bare_loop
    ).run()


@pytest.mark.parametrize("scenario", [Scenario.SINGLE_STREAM, Scenario.HOT_LOOP])
def test_every_sample_comes_back(tmp_path: Path, scenario: Scenario) -> None:
    comparison = measured(scenario)
    saved = SavedRuns(tmp_path / "new").add(comparison)
    again = load_comparison(saved.path)
    assert to_object(again) == to_object(comparison)
    assert again.runs[0].starts[0].warm_up_ns.tolist() == comparison.runs[0].starts[0].warm_up_ns.tolist()


def test_settings_come_back_as_they_were_asked_for(tmp_path: Path) -> None:
    """A file of before says how many blocks there were, not how many were asked for; that stays as well."""
    path = tmp_path / "run-a.json"
    for blocks in (100, 10):
        settings = Settings(processes=2, blocks=blocks, runs=40)
        save_comparison(path, replace(measured(), settings=settings))
        assert json.loads(path.read_text())["settings"]["blocks"] == blocks
        assert load_comparison(path).settings == settings


def test_a_csv_lies_beside_it(tmp_path: Path) -> None:
    comparison = measured()
    saved = SavedRuns(tmp_path).add(comparison)
    with saved.path.with_suffix(".csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert [int(row["compute_ns"]) for row in rows if row["backend"] == "native-fp32"] == [
        *comparison.runs[0].compute_ns.tolist()
    ]
    assert {(row["process"], row["block"]) for row in rows} == {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}


def test_a_newer_file_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "run-a.json"
    save_comparison(path, measured())
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "version": 2, "more": "of it"}))
    with pytest.raises(InputError, match=r"newer mnist-bench\. Update"):
        load_comparison(path)
    listed = list_overviews(SavedRuns(tmp_path))
    assert listed.overviews == ()
    assert len(listed.unreadable) == 1
    with pytest.raises(InputError):
        SavedRuns(tmp_path).delete("run-a")
    assert path.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: {**content, "format": "something else"},
        lambda content: {**content, "version": 0},
        lambda content: {**content, "version": "1"},
        lambda content: {**content, "runs": 3},
        lambda content: {**content, "settings": {**content["settings"], "processes": 0}},
        lambda content: {**content, "conditions": {**content["conditions"], "started": "yesterday"}},
        lambda content: {key: value for key, value in content.items() if key != "baseline"},
        lambda content: [content],
        lambda content: {**content, "runs": [{**content["runs"][0], "batch": 0}]},
        lambda content: {**content, "settings": {**content["settings"], "cool_down_s": 10**400}},
        lambda content: {**content, "conditions": {**content["conditions"], "stolen": float("nan")}},
        lambda content: {**content, "conditions": {**content["conditions"], "stolen": float("inf")}},
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "run-a.json"
    save_comparison(path, measured())
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=r"run-a\.json"):
        load_comparison(path)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run-a.json"
    save_comparison(path, measured())
    content = path.read_bytes()
    for cut in (0, 1, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match="damaged"):
            load_comparison(path)
    path.write_bytes(b"[" * 100_000)
    with pytest.raises(InputError, match="damaged"):
        load_comparison(path)


def test_a_file_that_says_what_is_not_so_is_refused(tmp_path: Path) -> None:
    """Blocks of processes that were never started would make a table of a billion rows."""
    path = tmp_path / "run-a.json"
    save_comparison(path, measured())
    content = json.loads(path.read_text())
    content["runs"][0]["blocks"][0]["process"] = 10**9
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="damaged"):
        load_comparison(path)


def test_newest_first_and_delete_with_undo(tmp_path: Path) -> None:
    runs = SavedRuns(tmp_path)
    assert runs.ids() == ()
    first, second = runs.add(measured()), runs.add(measured())
    deleted = runs.delete(first.id)
    assert runs.ids() == (second.id,)
    assert not first.path.with_suffix(".csv").exists()
    runs.restore(deleted.id, deleted.comparison)
    assert set(runs.ids()) == {first.id, second.id}
    assert samples_csv(runs.load(first.id).comparison) == samples_csv(first.comparison)
    assert first.path.with_suffix(".csv").exists()


def test_a_csv_that_cannot_be_deleted_keeps_its_run(tmp_path: Path) -> None:
    runs = SavedRuns(tmp_path)
    saved = runs.add(measured())
    csv_file = saved.path.with_suffix(".csv")
    csv_file.unlink()
    csv_file.mkdir()
    with pytest.raises(InputError, match="cannot be deleted"):
        runs.delete(saved.id)
    assert runs.ids() == (saved.id,)


@pytest.mark.parametrize("name", ["run.1", "run.csv", "run"])
def test_only_a_json_file_has_a_csv_beside_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "run.csv").write_text("somebody's own")
    with pytest.raises(InputError, match=r"does not end in \.json"):
        save_comparison(tmp_path / name, measured())
    assert (tmp_path / "run.csv").read_text() == "somebody's own"


def test_a_folder_that_cannot_be_is_told_before_there_is_something_to_lose(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        SavedRuns(tmp_path / "file" / "runs").prepare()


@pytest.mark.parametrize("name", ["", "other", "run-/../x", "../run-a"])
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no saved run"):
        SavedRuns(tmp_path).delete(name)
