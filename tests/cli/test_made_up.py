"""Every command with a made-up engine kind on a made-up device: none knows a kind by its name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.result import only
from mnist_bench.cli.app import main
from mnist_bench.digits.samples import bundled_samples
from tests.made_up import Shelves

pytestmark = pytest.mark.usefixtures("log_file", "made_up")

FP32 = "abacus-fp32:rods:2@shelf:top"
BOTH = ("--model", "digits-mlp", "--backend", "abacus-fp32", "--backend", FP32)
SAMPLES = bundled_samples()[:3]


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def digits(tmp_path: Path) -> str:
    path = tmp_path / "samples.npz"
    labels = np.array([sample.label for sample in SAMPLES], np.uint8)
    np.savez(path, images=np.stack([sample.pixels for sample in SAMPLES]), labels=labels)
    return str(path)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    Image.fromarray(255 - SAMPLES[0].pixels).resize((280, 280)).save(tmp_path / "digit.png")
    return str(tmp_path / "digit.png")


def test_it_is_listed_here_and_on_its_device(capsys: pytest.CaptureFixture[str], made_up: Shelves) -> None:
    made_up.titles["cellar"] = "Cellar shelf"
    made_up.gone.add("cellar")
    listed = {one["id"]: one for one in answer(capsys, "backends")}
    assert listed["abacus-int8"] == {"id": "abacus-int8", "title": "Abacus int8", "available": True, "reason": None}
    assert listed["abacus-fp32@shelf:top"]["title"] == "Top shelf · Abacus fp32"
    assert listed["native-int8@shelf:top"]["available"]
    assert listed["abacus-fp32@shelf:cellar"]["reason"] == "Cellar shelf is gone. Put the shelf back."


def test_the_list_names_its_modes_and_that_it_can_be_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends"]) == 0
    shown = capsys.readouterr().out
    assert "modes: abacus-fp32, abacus-fp32:rods, abacus-fp32:core0 and so on" in shown


def test_it_classifies(capsys: pytest.CaptureFixture[str], picture: str) -> None:
    found = answer(capsys, "classify", *BOTH, "--backend", "abacus@shelf", picture)
    answers = found["results"][0]["answers"]
    ids = [one["backend"] for one in answers]
    assert ids == ["abacus-fp32", FP32, "abacus-fp32@shelf:top", "abacus-int8@shelf:top"]
    assert {one["digit"] for one in answers} == {SAMPLES[0].label}


def test_it_is_measured_and_its_device_told_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = ("--processes", "2", "--blocks", "2", "--runs", "40", "--save")
    found = answer(capsys, "bench", *BOTH, *settings, "--baseline", FP32)
    here, there = found["results"]
    assert (here["title"], there["title"]) == ("Abacus fp32", "Top shelf · Abacus fp32 · rods · 2 threads")
    assert (found["baseline"], len(there["compute_ns"])) == (FP32, 40)
    runner = only(Comparison, [load_result(Path(found["saved"]))])[0].value.runs[1].runner
    assert (runner.facts["wood"], runner.mode) == ("oak", "rods · 2 threads · wobbly")
    told = found["conditions"]["devices"]
    assert told.keys() == {"shelf:top"}
    assert (told["shelf:top"]["title"], told["shelf:top"]["after"]["thermal_status"]) == ("Top shelf", 0)


def test_it_is_evaluated(capsys: pytest.CaptureFixture[str], digits: str) -> None:
    found = answer(capsys, "evaluate", *BOTH, "--data", digits)
    assert [(one["backend"], one["images"]) for one in found["results"]] == [("abacus-fp32", 3), (FP32, 3)]
    assert found["results"][1]["against_baseline"]["agreement"] == 1


def test_its_layers_are_looked_at_in_a_mode_that_has_some(capsys: pytest.CaptureFixture[str], picture: str) -> None:
    found = answer(capsys, "layers", *BOTH, "--repeats", "2", picture)
    assert [one["backend"] for one in found["results"]] == ["abacus-fp32", FP32]
    assert found["results"][1]["traced_as"] == "abacus-fp32:beads:2@shelf:top"
    assert found["results"][1]["layers"][-1]["output_shape"] == [10]


def test_a_device_that_is_gone_is_told_by_its_name(
    capsys: pytest.CaptureFixture[str], picture: str, made_up: Shelves
) -> None:
    made_up.gone.add("top")
    main(["classify", *BOTH, picture])
    assert "Top shelf is gone. Put the shelf back." in capsys.readouterr().out


def test_an_unknown_device_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str], picture: str) -> None:
    assert main(["classify", "--backend", "abacus-fp32@attic", picture]) == 2
    assert "@android[:SERIAL], @shelf[:NAME]" in capsys.readouterr().err


def test_what_was_kept_of_it_is_listed_compared_and_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    bench = ("bench", *BOTH, "--processes", "2", "--blocks", "2", "--runs", "40", "--save")
    first, second = (Path(answer(capsys, *bench)["saved"]) for _ in range(2))
    read = Path(answer(capsys, "evaluate", *BOTH, "--data", digits, "--save")["saved"])
    listed = {one["id"]: one for one in answer(capsys, "results")["results"]}
    assert listed.keys() == {first.stem, second.stem, read.stem}
    assert main(["compare", str(first), str(second)]) == 0
    assert "Top shelf · Abacus fp32" in capsys.readouterr().out
    report = tmp_path / "report.md"
    assert main(["report", str(first), str(read), "--out", str(report)]) == 0
    assert "Top shelf · Abacus fp32" in report.read_text()


def test_the_doctor_looks_at_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "doctor")
    assert {"name": "nails", "words": "two", "problem": False} in found["shelf"]
    assert any(one["name"] == "abacus-int8" for one in found["backends"])
