"""`mnist-bench bench` and `compare`, run as a person or a program runs them."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.conftest import COMMAND, Run, RunAndInterrupt, heed_signals

SHORT = ("--model", "digits-mlp", "--processes", "2", "--blocks", "2")
NATIVE = ("--backend", "native-fp32", "--backend", "native-int8")


def bench(run: Run, *arguments: object) -> dict[str, Any]:
    done = run("bench", "--json", *SHORT, *arguments)
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def test_every_backend_of_this_computer_is_measured(run: Run) -> None:
    content = bench(run, "--processes", 5, "--runs", 40)
    assert content.keys() >= {"model", "scenario", "conditions", "baseline", "results"}
    assert (content["model"], content["scenario"], content["baseline"]) == ("digits-mlp", "SingleStream", "torch-fp32")
    assert [result["backend"] for result in content["results"]] == [
        "torch-fp32",
        "qnnpack-int8",
        "native-fp32",
        "native-int8",
    ]
    for result in content["results"]:
        assert len(result["compute_ns"]) == len(result["round_trip_ns"]) == 40
        for name in ("compute", "round_trip"):
            samples = np.array(result[f"{name}_ns"]) / 1000
            for share in (50, 90, 99):
                assert result[f"{name}_us"][f"p{share}"] == pytest.approx(np.percentile(samples, share))
        assert result["ratio_low"] <= result["ratio"] <= result["ratio_high"]
        assert "too few samples" in [warning["kind"] for warning in result["warnings"]]
    first, *_, last = content["results"]
    assert (first["ratio"], first["verdict"]) == (1, "baseline")
    assert last["ratio"] < 0.5, "the C runner against eager PyTorch"
    assert last["verdict"] == "faster"
    assert content["conditions"]["cores"] >= 1


@pytest.mark.parametrize("scenario", ["HotLoop", "live", "offline"])
def test_the_other_scenarios(run: Run, scenario: str) -> None:
    content = bench(run, *NATIVE, "--scenario", scenario, "--runs", 8)
    for result in content["results"]:
        assert len(result["compute_ns"]) == 8
        assert len(result["round_trip_ns"]) == (0 if scenario == "HotLoop" else 8)
    batches = [result["batch"] for result in content["results"]]
    assert batches == ([1, 10, 100] * 2 if scenario == "offline" else [1, 1])


def test_a_condition_that_holds_fails_the_command(run: Run) -> None:
    command = ("bench", *SHORT, *NATIVE, "--runs", 40)
    good = run(*command, "--fail-if", "native-int8 > 100 * baseline")
    assert good.returncode == 0, good.stderr
    assert "native-fp32" in good.stdout
    bad = run(*command, "--fail-if", "native-int8 > 0.0001 * baseline")
    assert bad.returncode == 1
    assert bad.stderr.startswith("mnist-bench: native-int8 > 0.0001 * baseline: ")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--fail-if", "native-int8 is slow"),
        ("--scenario", "Server"),
        ("--batch", "1,ten"),
        ("--batch", "10"),
        ("--baseline", "torch-fp32"),
        ("--processes", "0"),
        ("--seconds", "nan"),
        ("--scenario", "HotLoop", "--by", "round-trip"),
        ("--fail-if", "nativ-int8 > baseline"),
        ("--runs", "1000001"),
    ],
)
def test_bad_usage_is_told_before_anything_is_measured(run: Run, wrong: tuple[str, ...]) -> None:
    done = run("bench", *NATIVE, *wrong)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


def test_saved_runs_are_listed_and_compared(run: Run, tmp_path: Path) -> None:
    assert "No results are kept yet" in run("results").stdout
    for _ in range(2):
        bench(run, *NATIVE, "--runs", 40, "--save")
    saved = [one["id"] for one in json.loads(run("results", "--json").stdout)["results"]]
    assert len(saved) == 2
    bench(run, *NATIVE, "--runs", 40, "--save", "mine.json")
    assert run("bench", *NATIVE, "--save", "mine.json").returncode == 1, "it is there already"
    rows = json.loads(run("compare", "--json", saved[0], "mine.json").stdout)["results"]
    assert [(row["backend"], row["side_by_side"]) for row in rows] == [
        ("native-fp32", True),
        ("native-int8", True),
        ("native-fp32", False),
        ("native-int8", False),
    ]
    shown = run("compare", saved[0], "mine.json", "--by", "round-trip").stdout
    assert "round-trip p50" in shown
    assert "Not measured side by side" in shown
    assert re.search(r"^warning: mine\.json, Native int8: .*too few samples", shown, re.MULTILINE)
    (tmp_path / "own.csv").write_text("somebody's own")
    for name in ("own.json", "own.csv", "missing/own.json"):
        assert run("bench", *NATIVE, "--save", name).returncode == 1
    assert (tmp_path / "own.csv").read_text() == "somebody's own"
    (tmp_path / "mine.json").write_text("{}")
    done = run("compare", "mine.json")
    assert done.returncode == 1
    assert "is not a kept result" in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_keeps_what_was_measured(run_and_interrupt: RunAndInterrupt, name: str) -> None:
    number = getattr(signal, name)
    status, shown = run_and_interrupt(
        "bench", *NATIVE, "--save", "part.json", once_shown="process 2 of 10", number=number
    )
    assert status == 128 + number
    assert "Cancelled; these are the samples until then." in shown
    assert "Native int8" in shown
    assert "Saved part.json" in shown


def test_a_terminal_that_is_closed_costs_no_samples(environment: dict[str, str], tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [str(COMMAND), "bench", *map(str, NATIVE), "--save", "part.json"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=theirs, stderr=theirs, preexec_fn=heed_signals
    ) as process:
        os.close(theirs)
        shown = b""
        while b"process 2 of 10" not in shown:
            shown += os.read(ours, 4096)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
    assert json.loads((tmp_path / "part.json").read_text())["kind"] == "latency"
