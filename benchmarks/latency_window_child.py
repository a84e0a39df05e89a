"""A child with the real window: it benchmarks as its tool bar does, and the event loop's stalls are timed.

`python -m benchmarks.latency_window_child` answers each line {"processes": number} on standard input with
{"longest_stall_ms", "p99_stall_ms", "medians_ns": {backend: median of compute}}.
"""

import json
import sys
from typing import Any

import numpy as np

from benchmarks.evaluation_child import StallProbe
from benchmarks.window_child import ProbedWindow, open_window, rest, wait_for, wait_until_ready
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.latency.view import LatencyView

_MOST_S = 600.0


def benchmark(window: ProbedWindow, probe: StallProbe, processes: int) -> dict[str, Any]:
    """Benchmark to the end, and look at the outcome as it comes."""
    latency = window.tabs.views["Latency"]
    assert isinstance(latency, LatencyView)
    latency.fields.processes.setValue(processes)
    before = latency.shown.outcome
    probe.start()
    window.tools.benchmark_requested.emit()
    wait_for(latency.wanted, lambda: latency.shown.outcome is not before, _MOST_S)
    rest(0.5)  # what follows the end counts as well
    waits = probe.stop()
    outcome = latency.shown.outcome
    assert outcome is not None
    medians = {line.run.backend: line.compute.p50 for line in outcome.lines if line.compute is not None}
    return {"longest_stall_ms": max(waits), "p99_stall_ms": float(np.percentile(waits, 99)), "medians_ns": medians}


def main() -> None:
    """Answer until the input ends."""
    with open_window() as window:
        window.session.live.choose((find_backend("torch-fp32"), find_backend("native-int8")))
        wait_until_ready(window.session)
        probe = StallProbe()
        rest(1.0)  # the charts' library arrives after the window; that is not what is measured here
        for line in sys.stdin:
            print(json.dumps(benchmark(window, probe, json.loads(line)["processes"])), flush=True)


if __name__ == "__main__":
    main()
