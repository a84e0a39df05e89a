"""The grammar of --fail-if, and what makes a condition true."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.fail_if import parse_condition
from mnist_bench.bench.statistics.summary import summarize


def result(backend: str, *times_us: float, baseline: bool = False, batch: int = 1) -> Any:
    compute = summarize(np.array(times_us) * 1000) if times_us else None
    run = SimpleNamespace(backend=backend, batch=batch)
    return SimpleNamespace(run=run, compute=compute, is_baseline=baseline)


RESULTS = [
    result("torch-fp32", 100, 100, 100, baseline=True),
    result("native-int8:core0", 50, 60, 200),
    result("native-int8@android:127.0.0.1:6601", 70, 70, 70),
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
        ("native-int8@android:127.0.0.1:6601.p90 > 69.9 us", True),
        ("1.5 * native-int8:core0 < torch-fp32", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    told = parse_condition(text).judge(RESULTS)
    assert bool(told) is holds
    assert all(reason.startswith(text) for reason in told)


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


@pytest.mark.parametrize("name", ["native-fp32", "native-int8:core0.p10"])
def test_what_is_not_measured_is_told_before_it_could_be(name: str) -> None:
    backends = [result.run.backend for result in RESULTS]
    with pytest.raises(UsageError, match="There are: baseline, torch-fp32, native-int8:core0"):
        parse_condition(f"1 us > {name}").check(backends)
    parse_condition("baseline > native-int8:core0.p90").check(backends)


def test_a_backend_without_times_is_no_success() -> None:
    (reason,) = parse_condition("qnnpack-int8 > 1 us").judge(RESULTS)
    assert reason == "qnnpack-int8 > 1 us: 'qnnpack-int8' has no time to judge."


def test_every_batch_size_is_judged_by_itself() -> None:
    batches = [
        result("torch-fp32", 100, baseline=True),
        result("native-int8", 60),
        result("torch-fp32", 1000, baseline=True, batch=10),
        result("native-int8", 1200, batch=10),
    ]
    (reason,) = parse_condition("native-int8 > 1.1 * baseline").judge(batches)
    assert reason == "native-int8 > 1.1 * baseline (batch 10): 1.20 ms > 1.10 ms."


def test_two_times_that_read_alike_are_told_with_what_lies_between_them() -> None:
    (reason,) = parse_condition("native-int8 > torch-fp32").judge(
        [result("torch-fp32", 1101, baseline=True), result("native-int8", 1104)]
    )
    assert reason == "native-int8 > torch-fp32: 1.10 ms > 1.10 ms, by 3.00 µs."
