"""`mnist-bench layers` in this process, over the native runner, which starts in milliseconds."""

import csv
import json
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_bench.bench.layers.analysis import LayerAnalysis
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.cli import app
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.layers import as_text
from tests.backends import NATIVE_INT8
from tests.bench.layers.scripted import comparison, layers

pytestmark = [
    pytest.mark.usefixtures("log_file"),
    pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner for this computer"),
]

NOWHERE = "native-fp32:core500"  # no computer that runs tests has that many
INT8 = ("layers", "--model", "digits-mlp", "--backend", "native-int8")


@pytest.fixture
def picture(tmp_path: Path) -> str:
    pixels = np.zeros((60, 60), np.uint8)
    pixels[10:50, 28:34] = 255
    Image.fromarray(pixels).save(tmp_path / "one.png")
    return str(tmp_path / "one.png")


def test_times_differences_and_a_sentence_are_printed(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main([*INT8, "--repeats", "3", picture]) == ExitStatus.OK
    shown = capsys.readouterr().out
    assert shown.startswith("digits-mlp, 1 image, median of 3 traces\n")
    assert "native-int8: layers one by one: " in shown
    assert "output against native-fp32\n" in shown
    for row in ("0 flatten ", "1–2 linear + relu         75,264 ", "5 linear ", "sum ", "whole "):
        assert f"\n{row}" in shown
    assert "\n\nMost time goes into linear " in shown
    assert "The error of Native int8 " in shown


def test_each_layers_share_of_the_peak_is_printed() -> None:
    native = replace(layers("native-fp32", (1, 1, 2)), peak=10**7)
    shown = as_text(comparison(layers("torch-fp32", (10, 10, 20)), native))
    assert "\nlayer         native-fp32\n" in shown
    assert "\n2 linear             50 %\nwhole                25 %\nnative-fp32: of 10.0 M multiply-adds" in shown


def test_a_picture_of_several_digits_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.zeros((60, 120), np.uint8)
    pixels[10:50, 28:34] = pixels[10:52, 88:94] = 255
    Image.fromarray(pixels).save(tmp_path / "eleven.png")
    assert app.main([*INT8, "--repeats", "1", str(tmp_path / "eleven.png")]) == ExitStatus.OK
    assert "eleven.png: The picture shows 2 separate digits; the largest was read.\n" in capsys.readouterr().err


def test_json_is_for_programs(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*INT8, "--backend", "native-fp32", "--backend", NOWHERE, "--json", "--repeats", "2"]
    assert app.main([*arguments, picture]) == ExitStatus.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["reference"], found["images"]) == ("digits-mlp", "native-fp32", 1)
    int8, fp32, nowhere = found["results"]
    assert (int8["backend"], int8["traces"], nowhere["backend"]) == ("native-int8", 2, NOWHERE)
    assert sum(layer["multiply_adds"] for layer in int8["layers"]) == 102_400
    assert sum(layer["share"] for layer in int8["layers"]) == pytest.approx(1)
    assert int8["layers"][-1]["output_shape"] == [10]
    assert 10 < int8["layers"][-1]["sqnr_db"] < 100
    assert fp32["layers"][-1]["sqnr_db"] is None
    assert nowhere["error"]


def test_csv_has_every_layer_of_every_backend(picture: str, tmp_path: Path) -> None:
    out = tmp_path / "layers.csv"
    out.write_text("old")
    assert app.main([*INT8, "--repeats", "1", "--csv", str(out), "--force", picture]) == ExitStatus.OK
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["backend"] for row in rows] == ["native-int8"] * 4 + ["native-fp32"] * 4


def test_a_file_that_exists_is_not_replaced_unasked(
    picture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "layers.csv"
    out.write_text("old")
    assert app.main([*INT8, "--csv", str(out), picture]) == ExitStatus.FAILED
    assert out.read_text() == "old"
    assert "--force" in capsys.readouterr().err


def test_the_first_test_images_of_a_data_set_can_be_traced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = np.random.default_rng(1).integers(0, 256, (5, 28, 28), np.uint8)
    np.savez(tmp_path / "digits.npz", images=images, labels=np.zeros(5, np.uint8))
    options = ["--data", str(tmp_path / "digits.npz"), "--images", "3", "--repeats", "1", "--json"]
    assert app.main([*INT8, *options]) == ExitStatus.OK
    assert json.loads(capsys.readouterr().out)["images"] == 3


@pytest.mark.parametrize("options", [["one.png", "--data", "x"], ["--images", "3"], ["--repeats", "0"]])
def test_what_cannot_be_meant_is_bad_usage(options: list[str]) -> None:
    try:
        status = app.main([*INT8, *options])
    except SystemExit as leaving:
        status = int(str(leaving.code))
    assert status == ExitStatus.USAGE


def test_if_no_backend_runs_it_says_why(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["layers", "--backend", NOWHERE, picture]) == ExitStatus.FAILED
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"mnist-bench: No backend could be traced. {NOWHERE}: ")


def test_an_interruption_shows_what_was_measured(
    picture: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = LayerAnalysis.run

    def interrupted(self: LayerAnalysis, _on_progress: object) -> LayerComparison:
        def interrupt(done: int, _total: int) -> None:
            if done == 2:
                signal.raise_signal(signal.SIGINT)

        return run(self, interrupt)

    monkeypatch.setattr(LayerAnalysis, "run", interrupted)
    assert app.main([*INT8, picture, "--repeats", "100000"]) == ExitStatus.CANCELLED
    output, errors = capsys.readouterr()
    traces = re.match(r"digits-mlp, 1 image, median of ([0-9]+) traces\n", output)
    assert traces is not None
    assert 20 <= int(traces[1]) < 100_000
    assert "this is what was measured so far" in errors
