"""Results that commands keep: saved with a name and a note, listed, renamed, deleted, compared and reported."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.bench.results.result import Kind
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.cli import app
from mnist_bench.cli.common import ExitStatus
from tests.backends import NATIVE_INT8
from tests.bench.accuracy.results import random_result
from tests.bench.results.measured import DIGITS, evaluated, one_of_each, traced
from tests.comparisons import CALM, make_comparison

Captured = pytest.CaptureFixture[str]

NATIVE = ("--model", "digits-mlp", "--backend", "native-fp32", "--backend", "native-int8")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path) -> KeptResults:
    """The folder of kept results, which is the test's own."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return KeptResults()


def told(capsys: Captured, *arguments: object) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert app.main([*map(str, arguments), "--json"]) == ExitStatus.OK
    return json.loads(capsys.readouterr().out)


@pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")
def test_every_kind_is_kept_with_a_name_and_a_note(kept: KeptResults, capsys: Captured, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", images=np.zeros((3, 28, 28), np.uint8), labels=np.zeros(3, np.uint8))
    words = ("--save", "--name", "before", "--note", "on battery")
    saved = [
        told(capsys, "bench", *NATIVE, "--processes", 1, "--runs", 4, *words)["saved"],
        told(capsys, "evaluate", *NATIVE, "--data", tmp_path / "d.npz", *words)["saved"],
        told(capsys, "layers", *NATIVE, "--repeats", 1, *words)["saved"],
    ]
    listed = kept.list().overviews
    assert {str(one.path) for one in listed} == set(saved)
    assert {one.kind for one in listed} == set(Kind)
    assert {(one.name, one.note) for one in listed} == {("before", "on battery")}
    assert [one["kind"] for one in told(capsys, "results", "--kind", "layers")["results"]] == ["layers"]
    out = tmp_path / "report.html"
    assert app.main(["report", *saved, "--out", str(out)]) == ExitStatus.OK
    assert out.read_text(encoding="utf-8").count("<section>") == 3


@pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")
@pytest.mark.parametrize("command", ["evaluate", "layers"])
def test_a_file_is_not_replaced_unasked(capsys: Captured, tmp_path: Path, command: str) -> None:
    target = tmp_path / "own.json"
    target.write_text("somebody's own")
    np.savez(tmp_path / "d.npz", images=np.zeros((3, 28, 28), np.uint8), labels=np.zeros(3, np.uint8))
    line = [command, *NATIVE, "--data", str(tmp_path / "d.npz"), "--save", str(target)]
    assert app.main(line) == ExitStatus.FAILED
    assert target.read_text() == "somebody's own"
    assert app.main([*line, "--force"]) == ExitStatus.OK
    assert f"Saved {target}." in capsys.readouterr().out
    assert not target.with_suffix(".csv").exists()


@pytest.mark.parametrize("option", ["--name", "--note"])
def test_a_name_of_what_is_not_saved_is_bad_usage(capsys: Captured, option: str) -> None:
    assert app.main(["bench", *NATIVE, option, "before"]) == ExitStatus.USAGE
    assert "Add --save." in capsys.readouterr().err


def test_what_is_kept_is_listed_renamed_noted_and_deleted(kept: KeptResults, capsys: Captured) -> None:
    assert app.main(["results"]) == ExitStatus.OK
    assert "No results are kept yet" in capsys.readouterr().out
    ids = [kept.add(value).id for value in one_of_each()]
    assert app.main(["results", "rename", ids[0], "the first"]) == ExitStatus.OK
    assert app.main(["results", "note", ids[1], "one line\nand another"]) == ExitStatus.OK
    listed = {one["id"]: one for one in told(capsys, "results")["results"]}
    assert listed.keys() == set(ids)
    assert listed[ids[0]]["name"] == "the first"
    assert listed[ids[1]]["note"] == "one line\nand another"
    assert (listed[ids[1]]["samples"], listed[ids[1]]["model"]) == (200, "digits-cnn")
    assert app.main(["results"]) == ExitStatus.OK
    assert "one line …" in capsys.readouterr().out
    assert app.main(["results", "delete", ids[0], ids[2]]) == ExitStatus.OK
    assert kept.ids() == (ids[1],)
    assert app.main(["results", "delete", ids[0]]) == ExitStatus.FAILED
    assert app.main(["results", "rename", "nothing", "x"]) == ExitStatus.FAILED
    assert "Run mnist-bench results" in capsys.readouterr().err


def test_a_broken_file_is_named_and_can_be_deleted(kept: KeptResults, capsys: Captured) -> None:
    kept.prepare()
    (kept.folder / "accuracy-broken.json").write_text("{")
    assert app.main(["results"]) == ExitStatus.OK
    assert "accuracy-broken.json" in capsys.readouterr().err
    (unreadable,) = told(capsys, "results")["unreadable"]
    assert unreadable["id"] == "accuracy-broken"
    assert app.main(["results", "delete", unreadable["id"]]) == ExitStatus.OK
    assert kept.ids() == ()


def test_latencies_are_compared_with_one_baseline_or_each_with_itself(kept: KeptResults, capsys: Captured) -> None:
    first = kept.add(make_comparison(), "monday").id
    second = kept.add(make_comparison(scales=(1.0, 1.62), seed=2), "tuesday").id
    rows = told(capsys, "compare", first, second)["results"]
    assert [row["is_baseline"] for row in rows] == [True, False, False, False]
    assert [row["name"] for row in rows] == ["monday", "monday", "tuesday", "tuesday"]
    rows = told(capsys, "compare", first, second, "--each")["results"]
    assert [row["is_baseline"] for row in rows] == [True, True, False, False]
    assert rows[3]["verdict"] == "slower"
    rows = told(capsys, "compare", first, "--baseline", "qnnpack-int8")["results"]
    assert rows[0]["ratio"] > 1.1
    assert app.main(["compare", first, second, "--each"]) == ExitStatus.OK
    shown = capsys.readouterr().out
    assert "tuesday  QNNPACK int8" in shown
    assert "Not measured side by side" in shown


def test_evaluations_are_compared_image_by_image(kept: KeptResults, capsys: Captured) -> None:
    before, after = random_result(1, 200), replace(random_result(2, 200), backend_id="made-1")
    ids = [kept.add(evaluated(answers)).id for answers in (before, after)]
    rows = told(capsys, "compare", *ids, "--each")["results"]
    assert rows[0]["against"] is None
    assert rows[1]["against"]["images"] == 200
    assert rows[1]["against"]["mcnemar"]["only_this_right"] == sum(after.is_right & ~before.is_right)
    assert app.main(["compare", *ids, "--each"]) == ExitStatus.OK
    assert "McNemar p" in capsys.readouterr().out


def test_the_order_in_which_digits_were_read_is_told_wherever_they_are(kept: KeptResults, capsys: Captured) -> None:
    ids = [kept.add(evaluated(digits=digits)).id for digits in (DIGITS, replace(DIGITS, order="inverted"))]
    for command in (["results"], ["compare", *ids, "--each"], ["report", ids[1]]):
        assert app.main(command) == ExitStatus.OK
        assert "mnist (test), read inverted" in capsys.readouterr().out


def test_layers_are_compared_layer_by_layer(kept: KeptResults, capsys: Captured) -> None:
    ids = [kept.add(value).id for value in (traced(), traced(20))]
    rows = told(capsys, "compare", *ids, "--each")["results"]
    assert [layer["ratio"] for layer in rows[2]["layers"]] == [2, 1, 1]
    assert app.main(["compare", *ids, "--each"]) == ExitStatus.OK
    shown = capsys.readouterr().out
    assert "0 max_pool2d" in shown
    assert "2.00 x" in shown


def test_what_cannot_be_compared_is_told(kept: KeptResults, capsys: Captured) -> None:
    latency, accuracy, _ = (kept.add(value).id for value in one_of_each())
    other = kept.add(make_comparison(conditions=replace(CALM, network_sha256="0" * 64))).id
    assert app.main(["compare", latency, accuracy]) == ExitStatus.USAGE
    assert app.main(["compare", latency, "--baseline", "native-int8"]) == ExitStatus.USAGE
    assert app.main(["compare", latency, "nowhere"]) == ExitStatus.FAILED
    assert "The networks differ." in told(capsys, "compare", latency, other)["notes"]
    assert app.main(["report", latency, other]) == ExitStatus.OK
    assert capsys.readouterr().out.startswith("**These results are of different networks")
