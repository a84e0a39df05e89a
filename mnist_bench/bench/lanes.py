"""Runs the same work on several engines: one after another on one device, in parallel on different ones."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

from mnist_bench.base.errors import Cancelled
from mnist_bench.bench.stop import Stop
from mnist_bench.devices.lane import Lane
from mnist_bench.engines.engine import InferenceEngine

_Result = TypeVar("_Result")

_LOOK_SECONDS = 0.05


def in_lanes(
    engines: Sequence[InferenceEngine], work: Callable[[InferenceEngine], _Result], stop: Stop | None = None
) -> list[_Result]:
    """What `work` makes of each engine, in their order. However it ends, the engines are closed.

    `stop` (which raises Cancelled), an interruption, or an error that `work` lets through, ends what runs and does not
    begin what has not begun.
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

    wish: Future[None] = Future()
    with (
        ThreadPoolExecutor(max_workers=max(len(lanes), 1)) as pool,
        (stop or Stop()).calling(partial(wish.set_result, None)),
    ):
        if wish.done():
            raise Cancelled("Cancelled.")
        running = [pool.submit(run, places) for places in lanes.values()]
        try:
            _wait(running, wish)
        finally:
            stopped.set()
            while wait(running, _LOOK_SECONDS).not_done:
                for engine in engines:  # again and again: one may have been about to start
                    engine.close()
    return [results[place] for place in range(len(engines))]


def _wait(running: Sequence[Future[None]], wish: Future[None]) -> None:
    """Until all have ended; raises what the first of them raises, and Cancelled once there is the wish."""
    left: set[Future[Any]] = set(running)
    while left:
        ended = wait({*left, wish}, return_when=FIRST_COMPLETED).done
        for one in ended - {wish}:
            one.result()
        left -= ended
        if wish in ended and left:
            raise Cancelled("Cancelled.")
