"""What `bench` tells where something goes wrong behind the measurement."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.results import rescue
from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.cli import bench


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench.add_parser(parser.add_subparsers())
    short = ("--model", "digits-mlp", "--backend", "native-int8", "--processes", "1", "--runs", "10")
    return parser.parse_args(["bench", *short, *arguments])


def test_figures_that_cannot_be_saved_are_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A fault stands in for a disk that fills up while it is measured."""

    def full(path: Path, _result: Any) -> None:
        raise InputError(f"{path} cannot be written: no space left on device.")

    monkeypatch.setattr(rescue, "save_result", full)
    with pytest.raises(InputError, match="no space left"):
        bench.run(options("--json", "--save", str(tmp_path / "run.json")))
    told = json.loads(capsys.readouterr().out)
    assert len(told["results"][0]["compute_ns"]) == 10
    assert told["saved"] is None


@pytest.mark.parametrize("runs", [1, 3])
def test_few_runs_are_as_many_as_were_asked_for(capsys: pytest.CaptureFixture[str], runs: int) -> None:
    bench.run(options("--json", "--backend", "native-fp32", "--processes", "10", "--runs", str(runs)))
    told = json.loads(capsys.readouterr().out)
    assert [len(result["compute_ns"]) for result in told["results"]] == [runs, runs]


def test_the_fastest_backend_ends_the_text_and_is_told_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    three = ("--backend", "native-int8:core0", "--backend", "native-fp32", "--runs", "300", "--processes", "5")
    bench.run(options(*three))
    answer, advice = capsys.readouterr().out.rstrip().splitlines()[-2:]
    assert "Native fp32" in answer, "how it stands to the baseline comes first"
    assert advice.startswith("Fastest on this computer: Native ")
    bench.run(options(*three, "--json"))
    told = json.loads(capsys.readouterr().out)
    (fastest,), (int8,) = told["advice"]["fastest"], told["advice"]["int8"]
    assert fastest["backends"][0] in ("native-int8", "native-int8:core0", "native-fp32")
    assert (int8["int8"], int8["fp32"]) == ("native-int8", "native-fp32")
    assert int8["verdict"] in list(Verdict)
