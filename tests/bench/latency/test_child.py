"""The process that measures for a window, called in this one."""

import json
import threading
from pathlib import Path

import pytest

from mnist_bench.bench.encoding import to_object
from mnist_bench.bench.latency import child
from mnist_bench.bench.latency.child import MeasurementRequest
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.result import only


@pytest.mark.usefixtures("made_up")
def test_titles_of_devices_reach_the_progress_and_the_saved_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address is all that a device's id may say; who asks for the measurement knows its title."""
    monkeypatch.setattr("mnist_bench.protocol.job_process._INTERVAL_S", 0.0)
    backends = ("abacus-fp32", "abacus-fp32@shelf:a.10:5555")
    settings = Settings(processes=1, blocks=1, runs=2, warm_up_runs=0)
    titles = {"shelf:a.10:5555": "Top shelf"}
    request = MeasurementRequest(backends, "digits-mlp", settings, str(tmp_path), None, titles)
    stop = threading.Event()
    child.main([json.dumps(to_object(request))], stop)
    stop.set()
    *progress, done = map(json.loads, capsys.readouterr().out.splitlines())
    assert any("Top shelf · Abacus fp32" in one["message"] for one in progress)
    assert not any("a.10:5555" in one["message"] for one in progress)
    (result,) = only(Comparison, [load_result(Path(done["path"]))])
    comparison = result.value
    assert [run.title for run in comparison.runs] == ["Abacus fp32", "Top shelf · Abacus fp32"]
    assert comparison.conditions.devices["shelf:a.10:5555"].title == "Top shelf"


@pytest.mark.usefixtures("made_up")
def test_estimates_are_told_from_the_second_process_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The blocks of one process alone would make the interval too narrow."""
    told = []
    for processes in (1, 2):
        settings = Settings(processes=processes, blocks=2, runs=20, warm_up_runs=0)
        request = MeasurementRequest(("abacus-fp32", "native-fp32"), "digits-mlp", settings, str(tmp_path))
        stop = threading.Event()
        child.main([json.dumps(to_object(request))], stop)
        stop.set()
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        told.append([event["message"] for event in events if event["event"] == "estimate"])
    assert not told[0]
    assert len(told[1]) == 1
    assert "than Abacus fp32 (" in told[1][0] or "from Abacus fp32 (" in told[1][0]
