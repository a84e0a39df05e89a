"""`mnist-bench layers` as installed, on every backend of this computer."""

import csv
import json
from pathlib import Path

from tests.e2e.conftest import Run


def test_every_backend_of_this_computer_is_traced(run: Run, tmp_path: Path) -> None:
    command = ("layers", "--model", "digits-mlp", "--repeats", "3", "--csv", "layers.csv")
    done = run(*command, "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert (content["model"], content["reference"]) == ("digits-mlp", "torch-fp32")
    assert "int8" in content["sentence"]
    assert [one["backend"] for one in content["results"]] == [
        "torch-fp32",
        "qnnpack-int8",
        "native-fp32",
        "native-int8",
    ]
    for one in content["results"]:
        assert one["traces"] == 3 * content["images"]
        assert one["layers"][-1]["output_shape"] == [10]
        assert sum(layer["multiply_adds"] for layer in one["layers"]) == 784 * 96 + 96 * 256 + 256 * 10
    qnnpack, native = content["results"][1], content["results"][3]
    assert qnnpack["layers"][-1]["sqnr_db"] == native["layers"][-1]["sqnr_db"] > 10, "bit for bit the same logits"
    with (tmp_path / "layers.csv").open(newline="") as file:
        assert {row["backend"] for row in csv.DictReader(file)} == {one["backend"] for one in content["results"]}
    again = run(*command)
    assert again.returncode == 1
    assert "layers.csv" in again.stderr
    assert run(*command, "--force").returncode == 0
