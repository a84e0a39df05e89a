"""`export` and `import`: the files they write, what they say, and their exit status."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base import locations
from mnist_bench.cli.app import main
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.network.model_file import read_model_file
from mnist_bench.network.network import Precision
from tests.formats.own_runtimes import by_litert, by_onnx_runtime, by_this_program

SAMPLE = str(next((locations.resources_dir() / "samples").glob("*.json")))


def test_an_exported_file_is_imported_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, again = tmp_path / "digits.tflite", tmp_path / "again.safetensors"
    assert main(["export", "digits-mlp", "--format", "tflite", "--int8", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Wrote {out}.\n"
    assert main(["import", str(out), "--out", str(again), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"format", "operators", "normalisation", "guessed", "notes", "out"} <= told.keys()
    assert (told["format"], told["guessed"], told["out"]) == ("TFLite", [], str(again))
    assert (told["normalisation"]["name"], told["normalisation"]["source"]) == ("255", "file")
    images = labelled_digits().images[:20]
    expected = by_this_program(read_model_file(again).network, Precision.INT8, images)
    np.testing.assert_allclose(by_litert(out.read_bytes(), images), expected, atol=1)


def test_another_programs_file_is_classified_quantized_and_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign, again = str(tmp_path / "digits.onnx"), tmp_path / "again.onnx"
    assert main(["export", "digits-mlp", "--format", "onnx", "--out", foreign]) == 0
    assert main(["classify", "--model", foreign, SAMPLE, "--backend", "native-int8", "--json"]) == 0
    told = capsys.readouterr()
    assert "as the file says" in told.err
    digits = tmp_path / "digits.npz"
    source = labelled_digits()
    np.savez(digits, images=source.images, labels=source.labels)
    quantized = str(tmp_path / "quantized.safetensors")
    assert main(["quantize", "--model", foreign, "--data", str(digits), "--out", quantized]) == 0
    assert "calibration digits as fp32 does" in capsys.readouterr().out
    assert main(["export", foreign, "--format", "onnx", "--out", str(again)]) == 0
    images = source.images[:20]
    found, expected = (by_onnx_runtime(Path(file).read_bytes(), images) for file in (again, foreign))
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_file_is_replaced_with_force_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "digits.onnx"
    out.write_bytes(b"kept")
    command = ["export", "digits-mlp", "--format", "onnx", "--out", str(out)]
    assert main(command) != 0
    assert "--force" in capsys.readouterr().err
    assert out.read_bytes() == b"kept"
    assert main([*command, "--force"]) == 0
    assert out.read_bytes() != b"kept"


def test_what_is_no_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader")
    assert main(["import", str(path), "--out", str(tmp_path / "out.safetensors")]) != 0
    assert "cannot be imported" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]
