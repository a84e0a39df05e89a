"""Commands beside a runner that is hostile in one field after the other: others keep their samples, nothing hangs."""

import json
import random
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.cli.app import main
from mnist_bench.network.model_file import write_model_file
from tests.hostile_kind import BACKEND, HostileKind
from tests.hostile_runner import KINDS, Case
from tests.hostile_runner import cases as all_cases
from tests.networks import tiny_network

pytestmark = pytest.mark.usefixtures("log_file")

OTHER = "native-fp32"
LATE_SECONDS = 30.0  # a start, deadlines and an end take 3 s; what hangs would take for ever
LONGEST = 1000  # characters of what went wrong
REPORT_EACH = 5  # cases


class Bench:
    """What a command is given beside its backends."""

    def __init__(self, folder: Path) -> None:
        self.kept = folder / "result.json"
        self._model, self._data = folder / "tiny.safetensors", folder / "digits.npz"
        write_model_file(self._model, tiny_network())
        labels = np.arange(10, dtype=np.uint8)
        np.savez(self._data, images=np.repeat(labels * 20, 784).reshape(10, 28, 28), labels=labels)

    def command(self, case: Case, number: int) -> list[str]:
        """One that asks for what the case is about."""
        shared = ["--model", str(self._model), "--backend", OTHER, "--backend", BACKEND, "--json"]
        shared += ["--save", str(self.kept), "--force"]
        short = ["--processes", "1", "--blocks", "1", "--runs", "3", "--warm-up-runs", "1"]
        if case.request == "trace":
            return ["layers", "--repeats", "1", *shared]
        if case.request == "time":
            return ["bench", "--scenario", "HotLoop", *short, *shared]
        if case.request == "classify" and number % 2:
            return ["bench", *short, *shared]
        return ["evaluate", "--data", str(self._data), *shared]


def check(said: Any, command: str) -> None:
    """The other backend has all that it was asked for, and what the hostile one did is a sentence or a result."""
    results = {one["backend"]: one for one in said.get("results", said.get("backends", []))}
    other = results[OTHER]
    match command:
        case "evaluate":
            assert other["images"] == 10
        case "bench":
            assert len(other["compute_ns"]) == 3
        case _:
            assert len(other["layers"]) == 3
    failure = said.get("failures", {}).get(BACKEND) or results.get(BACKEND, {}).get("error") or ""
    assert failure.isprintable(), failure
    assert len(failure) < LONGEST


@pytest.mark.parametrize("request_", KINDS.values())
def test_whatever_a_runner_answers_others_keep_their_samples(
    hostile: HostileKind, tmp_path: Path, capsys: pytest.CaptureFixture[str], request_: str, cases: int
) -> None:
    """Half as many as MNIST_BENCH_CASES in all."""
    bench = Bench(tmp_path)
    known = [case for case in all_cases() if case.request == request_]
    chosen = random.Random(request_).sample(known, min(max(cases // 12, 4), len(known)))  # noqa: S311 - nothing secret
    before = 0
    for number, hostile.case in enumerate(chosen):
        command = bench.command(hostile.case, number)
        began = time.monotonic()
        status = main(command)
        took = time.monotonic() - began
        told = capsys.readouterr()
        assert status == 0, (hostile.case, told)
        check(json.loads(told.out), command[0])
        assert all(line.isprintable() for line in told.err.splitlines())
        assert took < LATE_SECONDS, hostile.case
        if number % REPORT_EACH == 0:
            assert main(["report", str(bench.kept), "--out", str(tmp_path / "report.html"), "--force"]) == 0
            capsys.readouterr()
        before = before or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= 1.5 * before
