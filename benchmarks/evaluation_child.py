"""A child with the real window: it evaluates, and the event loop's stalls and the answer to a cancel are timed.

`python -m benchmarks.evaluation_child DATA` answers each line {"cancel_after_s": null or seconds} on standard input
with {"images", "seconds", "steps", "longest_stall_ms", "p99_stall_ms", "cancel_s"}.
"""

import json
import sys
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks.window_child import ProbedWindow, open_window, rest, wait_for
from mnist_bench.base.progress import Progress
from mnist_bench.gui.kit.containers import timer

_TICK_MS = 2
_MOST_S = 300.0


class StallProbe(QObject):
    """A timer that looks how much later than the last time it is called: what a click or a key would have to wait."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = timer(self, self._tick, _TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticks_ns: list[int] = []

    def start(self) -> None:
        """Begin to look."""
        self._ticks_ns = [perf_counter_ns()]
        self._timer.start()

    def stop(self) -> list[float]:
        """Each wait in ms, the timer's own interval taken off."""
        self._timer.stop()
        self._tick()
        waits: list[float] = (np.diff(self._ticks_ns) / 1e6 - _TICK_MS).tolist()
        return waits

    def _tick(self) -> None:
        self._ticks_ns.append(perf_counter_ns())


def evaluate(window: ProbedWindow, probe: StallProbe, cancel_after_s: float | None) -> dict[str, Any]:
    """Evaluate as the tool bar's button does, to the end or until it is cancelled."""
    moments: list[Progress] = []
    cancelled_at = 0.0

    def cancel() -> None:
        nonlocal cancelled_at
        cancelled_at = perf_counter()
        window.status.cancel_requested.emit()

    jobs = window.session.jobs
    end = jobs.progressed.subscribe(lambda moment: moments.append(moment) if moment is not None else None)
    probe.start()
    started_at = perf_counter()
    window.session.evaluations.evaluate_mnist()
    wait_for(jobs.progressed, lambda: jobs.is_busy, _MOST_S)  # MNIST's folder is looked at first, on another thread
    if cancel_after_s is not None:
        QTimer.singleShot(round(cancel_after_s * 1000), window, cancel)
    wait_for(jobs.progressed, lambda: not jobs.is_busy, _MOST_S)
    ended_at = perf_counter()
    rest(0.2)  # what follows the end counts as well
    waits = probe.stop()
    end()
    return {
        "images": max((moment.done for moment in moments), default=0),
        "seconds": ended_at - started_at,
        "steps": len(moments),
        "longest_stall_ms": max(waits),
        "p99_stall_ms": float(np.percentile(waits, 99)),
        "cancel_s": ended_at - cancelled_at if cancelled_at else None,
    }


def main(data: str) -> None:
    """Answer until the input ends."""
    with open_window(Path(data)) as window:
        probe = StallProbe()
        rest(1.0)  # the chart's library arrives after the window; that is not what is measured here
        for line in sys.stdin:
            print(json.dumps(evaluate(window, probe, json.loads(line)["cancel_after_s"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
