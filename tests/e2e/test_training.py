"""`mnist-bench train`, `quantize` and `evaluate` on a handful of images, interruption included."""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.e2e.conftest import COMMAND, Run


def test_train_quantize_evaluate(run: Run, digits_npz: Path, tmp_path: Path) -> None:
    trained = run("train", "digits-mlp", "--epochs", 1, "--data", digits_npz, "--out", "new.safetensors")
    assert trained.returncode == 0, trained.stderr
    assert "new.safetensors" in trained.stdout
    before = (tmp_path / "new.safetensors").read_bytes()

    quantized = run(
        "quantize", "--json", "--model", "new.safetensors", "--data", digits_npz, "--out", "int8.safetensors"
    )
    assert quantized.returncode == 0, quantized.stderr
    assert json.loads(quantized.stdout)["file"] == "int8.safetensors"
    assert (tmp_path / "new.safetensors").read_bytes() == before

    done = run("evaluate", "--json", "--model", "int8.safetensors", "--data", digits_npz)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content.keys() == {"model", "data", "results"}
    assert content["model"] == "int8.safetensors"
    assert content["data"] == str(digits_npz)
    assert [result["backend"] for result in content["results"]] == ["torch-fp32", "qnnpack-int8"]
    for result in content["results"]:
        assert result.keys() == {"backend", "images", "correct", "accuracy", "seconds"}
        assert result["images"] == 200
        assert result["accuracy"] == result["correct"] / 200
        assert result["seconds"] > 0


def test_a_network_without_int8_still_answers_in_fp32(run: Run, digits_npz: Path, one_png: Path) -> None:
    run("train", "digits-mlp", "--epochs", 1, "--data", digits_npz, "--out", "fp32.safetensors")

    done = run("classify", "--json", "--model", "fp32.safetensors", one_png)
    assert done.returncode == 0
    fp32, int8 = json.loads(done.stdout)["results"][0]["answers"]
    assert "digit" in fp32
    assert int8.keys() == {"backend", "error"}
    assert "int8" in int8["error"]
    assert (
        run("evaluate", "--model", "fp32.safetensors", "--backend", "qnnpack-int8", "--data", digits_npz).returncode
        == 1
    )


@pytest.mark.parametrize("command", [("train", "digits-mlp"), ("quantize",)])
def test_nothing_is_written_over(run: Run, digits_npz: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "mine.safetensors").write_text("precious")

    done = run(*command, "--data", digits_npz, "--out", "mine.safetensors")
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert (tmp_path / "mine.safetensors").read_text() == "precious"


def test_interrupted_training_goes_on_with_resume(
    run: Run, environment: dict[str, str], digits_npz: Path, tmp_path: Path
) -> None:
    training = ("train", "digits-mlp", "--epochs", "60", "--data", str(digits_npz), "--out", "long.safetensors")
    ours, theirs = os.openpty()
    with (
        subprocess.Popen(
            [COMMAND, *training],
            cwd=tmp_path,
            env={**environment, "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as process,
        os.fdopen(ours, "rb", buffering=0) as terminal,
    ):
        os.close(theirs)
        shown = _read_until(terminal, b"Epoch ")
        process.send_signal(signal.SIGINT)
        shown += _read_until(terminal, b"--resume")
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == b""
    assert not (tmp_path / "long.safetensors").exists()

    resumed = run(*training, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "long.safetensors").exists()


def _read_until(terminal: BinaryIO, text: bytes) -> bytes:
    """What a terminal shows up to `text`, or to its end, which Linux tells as an error."""
    shown = b""
    with contextlib.suppress(OSError):
        while text not in shown and (piece := terminal.read(4096)):
            shown += piece
    assert text in shown, shown
    return shown
