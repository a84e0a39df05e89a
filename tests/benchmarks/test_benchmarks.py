"""The benchmarks run and print their table; what they measure here means nothing."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmarks.__main__ import PEN_DIGITS_VARIABLE, main
from mnist_bench.digits.samples import labelled_digits, labelled_digits_file
from mnist_bench.engines.backends import local_backends
from mnist_bench.network.bundled import bundled_names
from mnist_bench.network.network import PRECISIONS


def test_without_data_a_figure_says_why_it_was_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PEN_DIGITS_VARIABLE, raising=False)
    assert main(["accuracy", "evaluation", "pen_digits", "normalisation", "retraining", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("not measured. There are no labelled digits") == 3
    assert "not measured. No file of pen digits was given" in printed
    assert "not measured. No folder of other programs' models was given" in printed
    assert "processor: " in printed


def test_a_benchmark_that_breaks_is_told_and_gives_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pens = tmp_path / "pens"
    pens.write_text(".SEGMENT DIGIT\n.COMMENT 3 1 1\n.PEN_DOWN\n1 1\n.PEN_UP\n")  # of no writer that is held out
    assert main(["pen_digits", "--pen-digits", str(pens)]) == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.slow
def test_the_normalisation_of_each_model_in_a_folder_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = labelled_digits()
    means = np.stack([digits.images[digits.labels == digit].mean(axis=0) for digit in range(10)]).reshape(10, -1) / 255
    weights = {"fc.weight": 2 * means, "fc.bias": -(means**2).sum(axis=1)}  # the nearest mean of pixels / 255
    save_file({name: values.astype(np.float32) for name, values in weights.items()}, tmp_path / "fc.safetensors")
    (tmp_path / "README.md").write_text("no model")
    options = ["--models", str(tmp_path), "--data", str(labelled_digits_file()), "--quick", "--json"]
    assert main(["normalisation", *options]) == 0
    printed = capsys.readouterr()
    (figure,) = json.loads(printed.out)["figures"]
    assert figure["what"] == "normalisation of fc.safetensors, below the best"
    assert figure["value"] == 0
    assert figure["detail"].startswith("255 (digits, ")
    assert "README.md: " in printed.err


@pytest.mark.slow
def test_the_figures_of_the_runners_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transport", "compute", "--quick", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["figures"]) == len(local_backends()) + len(bundled_names())
    assert all(figure["value"] > 0 for figure in printed["figures"])
    assert printed["not_measured"] == []


@pytest.mark.slow
def test_the_figures_of_the_window_are_printed_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start_up", "--quick"]) == 0
    printed = capsys.readouterr().out
    assert "modules of torch in its process  0 modules  <= 0 modules  yes" in printed
    assert "first paint against its imports" in printed


@pytest.mark.slow
def test_the_native_runners_memory_stays_within_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["native_memory", "--quick", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert len(figures) == len(bundled_names()) * len(PRECISIONS)
    assert all(figure["ok"] for figure in figures), figures


@pytest.mark.slow
@pytest.mark.phone
@pytest.mark.usefixtures("phone_system")
def test_the_way_to_a_phone_is_measured_on_a_test_phone(capsys: pytest.CaptureFixture[str]) -> None:
    before = dict(os.environ)
    assert main(["phone", "--quick", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [figure["unit"] for figure in printed["figures"]] == ["", "", "s", "s"]
    assert all(figure["value"] > 0 for figure in printed["figures"])
    assert os.environ == before
