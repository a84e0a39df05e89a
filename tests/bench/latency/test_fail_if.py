"""The grammar of --fail-if, and what makes a condition true."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mnist_bench.bench.latency.fail_if import parse_condition
from mnist_bench.bench.statistics.summary import summarize
from mnist_bench.errors import InputError, UsageError


def result(backend: str, *times_us: float, baseline: bool = False) -> Any:
    compute = summarize(np.array(times_us) * 1000) if times_us else None
    return SimpleNamespace(run=SimpleNamespace(backend=backend), compute=compute, is_baseline=baseline)


RESULTS = [
    result("torch-fp32", 100, 100, 100, baseline=True),
    result("native-int8:core0", 50, 60, 200),
    result("android:127.0.0.1:6601:int8", 70, 70, 70),
    result("qnnpack-int8"),
]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("native-int8:core0 > 0.5 * baseline", True),
        ("native-int8:core0>0.6*baseline", False),
        ("native-int8:core0 >= 0.6 * baseline", True),
        ("native-int8:core0.p99 > baseline", True),
        ("native-int8:core0.minimum < 50 us", False),
        ("native-int8:core0.minimum <= 50 µs", True),
        ("0.1 ms <= torch-fp32", True),
        ("android:127.0.0.1:6601:int8.p90 > 69.9 us", True),
        ("1.5 * native-int8:core0 < torch-fp32", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    told = parse_condition(text).judge(RESULTS)
    assert (told is not None) is holds
    assert told is None or told.startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "native-int8",
        "native-int8 > ",
        "> 3 us",
        "a == b",
        "a > b > c",
        "native-int8 > 1.1",
        "native-int8 > -1 * baseline",
        "native-int8 > 1e9 * baseline",
        "a > 1 * 2 * b",
        "a > __import__('os').system('true')  * 3",
        "a > " + "9" * 400 + " * b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_condition(text)


@pytest.mark.parametrize("name", ["native-fp32", "qnnpack-int8", "native-int8:core0.p10"])
def test_a_backend_without_times_is_an_error_and_no_success(name: str) -> None:
    with pytest.raises(InputError, match="Measured were: torch-fp32, native-int8:core0"):
        parse_condition(f"{name} > 1 us").judge(RESULTS)
