"""Runners that keep their core awake between two requests, as they do while they are measured."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from tests.backends import NATIVE_FP32, TORCH_FP32
from tests.engines.conftest import wait_until
from tests.networks import tiny_network

IMAGE = np.zeros((28, 28), np.uint8)
REQUESTS = 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells what a process is doing")


def busy_ns(backend: Backend, *, awake: bool) -> int:
    """Processor time of a runner for some requests, each of which follows once it has gone to sleep; proc(5)."""
    with InferenceEngine(backend, awake=awake) as engine:
        engine.load(tiny_network())
        assert engine._connection is not None
        transport = engine._connection._transport
        assert isinstance(transport, SubprocessTransport)
        process = Path(f"/proc/{transport.pid}")

        def is_asleep() -> bool:
            return (process / "stat").read_text().rpartition(")")[2].split()[0] == "S"

        wait_until(is_asleep)
        before = int((process / "schedstat").read_text().split()[0])
        for _ in range(REQUESTS):
            engine.classify(IMAGE)
            wait_until(is_asleep)
        return int((process / "schedstat").read_text().split()[0]) - before


@pytest.mark.parametrize("backend", [TORCH_FP32, NATIVE_FP32], ids=lambda backend: backend.id)
def test_an_awake_runner_looks_for_the_next_request_for_a_while_and_sleeps_then(backend: Backend) -> None:
    assert busy_ns(backend, awake=True) > busy_ns(backend, awake=False) + REQUESTS * 1_000_000
