"""Runners that somebody stops (SIGSTOP): noticed, told, and ended at once by a cancel."""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.processes import is_stopped
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.engines.watchdog import LOOK_SECONDS
from tests.engines.conftest import Misbehave, Misbehaving, wait_until
from tests.networks import tiny_network

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nobody can stop a process on Windows")

IMAGE = np.zeros((28, 28), np.uint8)
LATE_S = 3.0  # what a busy machine may add


def stopped(made: Misbehaving) -> InferenceEngine:
    """Its engine, which has a network and whose runner is stopped."""
    made.engine.start()
    made.engine.load(tiny_network())
    pid = made.transports[-1].pid
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: is_stopped(pid))
    return made.engine


def test_a_runner_that_is_stopped_is_told_and_can_be_started_again(misbehave: Misbehave) -> None:
    engine = stopped(misbehave("close", "sound"))
    began = time.monotonic()
    with pytest.raises(RunnerDied, match="was stopped by a signal"):
        engine.classify(IMAGE)
    assert time.monotonic() - began < LOOK_SECONDS + LATE_S, "long before the 20 s that it has to answer"
    engine.restart()
    assert engine.classify(IMAGE).logits.shape == (1, 10)


def test_a_cancel_ends_a_runner_that_is_stopped(misbehave: Misbehave) -> None:
    made = misbehave("close", "sound")
    engine = stopped(made)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(engine.classify, IMAGE)
        began = time.monotonic()
        while not asked.done():  # it may not have asked yet
            engine.cancel()
        assert isinstance(asked.exception(), Cancelled)
        assert time.monotonic() - began < LATE_S
    assert made.is_gone()


def test_closing_ends_a_runner_that_is_stopped(misbehave: Misbehave) -> None:
    made = misbehave("close", "sound")
    engine = stopped(made)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < LATE_S
    assert made.is_gone()
