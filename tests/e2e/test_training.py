"""`mnist-bench train`, `quantize` and `evaluate` on a handful of images, interruption included."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Run, RunAndInterrupt
from tests.e2e.test_classify import BACKENDS


def test_train_quantize_evaluate(run: Run, digits_npz: Path, one_png: Path, tmp_path: Path) -> None:
    trained = run("train", "digits-mlp", "--epochs", 1, "--data", digits_npz, "--out", "new.safetensors")
    assert trained.returncode == 0, trained.stderr
    assert "new.safetensors" in trained.stdout
    before = (tmp_path / "new.safetensors").read_bytes()

    answered = run("classify", "--json", "--model", "new.safetensors", one_png)
    assert answered.returncode == 0, "fp32 answers all the same"
    for answer in json.loads(answered.stdout)["results"][0]["answers"]:
        if answer["backend"].endswith("fp32"):
            assert "digit" in answer
        else:
            assert answer.keys() == {"backend", "error"}
            assert "int8" in answer["error"]

    quantized = run(
        "quantize", "--json", "--model", "new.safetensors", "--data", digits_npz, "--out", "int8.safetensors"
    )
    assert quantized.returncode == 0, quantized.stderr
    assert json.loads(quantized.stdout)["file"] == "int8.safetensors"
    assert (tmp_path / "new.safetensors").read_bytes() == before

    done = run("evaluate", "--json", "--model", "int8.safetensors", "--data", digits_npz)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    keys = {"model", "data", "order", "left_out", "notes", "other_order", "baseline", "results", "saved"}
    assert content.keys() == keys
    assert content["model"] == "int8.safetensors"
    assert content["data"] == str(digits_npz)
    assert [result["backend"] for result in content["results"]] == BACKENDS
    for result in content["results"]:
        assert result.keys() >= {"backend", "images", "correct", "accuracy", "seconds"}
        assert result["images"] == 200
        assert result["accuracy"] == result["correct"] / 200
        assert result["seconds"] > 0


@pytest.mark.parametrize("command", [("train", "digits-mlp"), ("quantize",)])
def test_nothing_is_written_over(run: Run, digits_npz: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "mine.safetensors").write_text("precious")

    done = run(*command, "--data", digits_npz, "--out", "mine.safetensors")
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert (tmp_path / "mine.safetensors").read_text() == "precious"


def test_interrupted_training_goes_on_with_resume(
    run: Run, run_and_interrupt: RunAndInterrupt, digits_npz: Path, tmp_path: Path
) -> None:
    training = ("train", "digits-mlp", "--epochs", "60", "--data", str(digits_npz), "--out", "long.safetensors")
    status, shown = run_and_interrupt(*training, once_shown="Epoch ")
    assert status == 130
    assert "--resume" in shown
    assert not (tmp_path / "long.safetensors").exists()

    resumed = run(*training, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "long.safetensors").exists()


def test_an_interrupted_evaluation_ends_its_runner_and_says_so(
    run_and_interrupt: RunAndInterrupt, digits_npz: Path
) -> None:
    status, shown = run_and_interrupt("evaluate", "--data", str(digits_npz), once_shown="PyTorch fp32: starting")
    assert status == 130
    assert "mnist-bench: Cancelled." in shown


def test_an_interrupted_evaluation_keeps_the_backends_that_are_done(
    run_and_interrupt: RunAndInterrupt, digits_npz: Path
) -> None:
    backends = ("--backend", "native-int8", "--backend", "torch-fp32")
    evaluation = ("evaluate", "--model", "digits-mlp", "--data", str(digits_npz), *backends)
    status, shown = run_and_interrupt(*evaluation, once_shown="PyTorch fp32: starting")
    assert status == 130
    assert "Interrupted; these are the results until then." in shown
    assert re.search(r"native-int8 .*%", shown, re.IGNORECASE)
    assert "torch-fp32: Cancelled." in shown
