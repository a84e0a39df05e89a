"""Comparisons to report on, measured by engines that do as the test says."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.bundled import load_network
from tests.bench.latency.scripted import ScriptedBench

BACKENDS = (
    "native-fp32",
    "native-int8",
    "torch-fp32",
    "qnnpack-int8",
    "torch-fp32:torchscript",
    "qnnpack-int8:torchscript",
)

Measure = Callable[..., Comparison]


@pytest.fixture
def measure() -> Measure:
    """Measures so many backends: the first takes 100 µs and a little more each time, native-int8 a quarter of that."""

    def make(
        count: int = 2,
        scenario: Scenario = Scenario.SINGLE_STREAM,
        *,
        failing: str = "",
        cancel_after: int = 0,
        model: str = "digits-mlp",
        **settings: Any,
    ) -> Comparison:
        bench = ScriptedBench(
            native_fp32=lambda _process, number: 100_000 + 100 * (number % 7),
            native_int8=lambda _process, number: 25_000 + 25 * (number % 5),
        )
        if failing:
            bench.failing[failing] = (0, RunnerUnavailable("It <does> not run here.", advice="Choose another."))
        measurement = Measurement(
            [find_backend(name) for name in BACKENDS[:count]],
            load_network("digits-mlp"),
            np.zeros((1, 28, 28), np.uint8),
            Settings(scenario, **{"processes": 2, "blocks": 2, "runs": 24, "warm_up_runs": 30, **settings}),
            model=model,
            make_engine=bench,
            clock=bench.clock,
            bare_loop=bench.bare_loop,
        )

        def cancel(asked: int) -> None:
            if cancel_after and asked >= cancel_after:
                measurement.cancel()

        bench.when_asked = cancel
        return measurement.run()

    return make
