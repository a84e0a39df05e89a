"""Doing the same with several engines: those that share a processor one after the other, others at the same time."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.lane import Lane
from mnist_bench.engines.engine import InferenceEngine

_Result = TypeVar("_Result")

_LOOK_SECONDS = 0.05


def in_lanes(engines: Sequence[InferenceEngine], work: Callable[[InferenceEngine], _Result]) -> list[_Result]:
    """What `work` makes of each engine, in their order. However it ends, the engines are closed.

    An interruption, or an error that `work` lets through, ends what runs and does not begin what has not begun.
    """
    lanes: dict[Lane, list[int]] = {}
    for place, engine in enumerate(engines):
        lanes.setdefault(engine.backend.lane, []).append(place)
    results: dict[int, _Result] = {}
    stopped = threading.Event()

    def run(places: list[int]) -> None:
        for place in places:
            if stopped.is_set():
                raise Cancelled("Cancelled.")
            try:
                results[place] = work(engines[place])
            finally:
                engines[place].close()

    with ThreadPoolExecutor(max_workers=max(len(lanes), 1)) as pool:
        running = [pool.submit(run, places) for places in lanes.values()]
        try:
            for ended in wait(running, return_when=FIRST_EXCEPTION).done:
                ended.result()
        finally:
            stopped.set()
            while wait(running, _LOOK_SECONDS).not_done:
                for engine in engines:  # again and again: one may have been about to start
                    engine.close()
    return [results[place] for place in range(len(engines))]
