"""Engines of different lanes work at the same time, those of one lane in turn, and an interruption ends them all."""

import threading

import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.bench.lanes import in_lanes
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from tests.backends import NATIVE_FP32, NATIVE_INT8, on_phone


@pytest.fixture
def engines() -> list[InferenceEngine]:
    """Two of this computer, two of one phone, one of another; none is ever started."""
    phones = [on_phone(f"native-int8:core{core}", serial) for serial, core in (("a", 0), ("b", 0), ("a", 1))]
    backends: tuple[Backend, ...] = NATIVE_FP32, phones[0], NATIVE_INT8, *phones[1:]
    return [InferenceEngine(backend) for backend in backends]


def test_lanes_run_side_by_side_and_each_in_order(engines: list[InferenceEngine]) -> None:
    all_lanes = threading.Barrier(3)
    begun: list[str] = []

    def work(engine: InferenceEngine) -> str:
        begun.append(engine.backend.id)
        if engine.backend.id in ("native-fp32", "native-int8:core0@android:a", "native-int8:core0@android:b"):
            all_lanes.wait(10)  # breaks unless one of each lane is at work
        return engine.backend.id

    assert in_lanes(engines, work) == [engine.backend.id for engine in engines]
    assert set(begun[3:]) == {"native-int8", "native-int8:core1@android:a"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_error_ends_what_runs_and_begins_nothing_more(
    engines: list[InferenceEngine], error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, at_work = threading.Event(), threading.Event()
    begun: list[str] = []
    monkeypatch.setattr(engines[0], "close", closed.set)

    def work(engine: InferenceEngine) -> None:
        begun.append(engine.backend.id)
        if engine is engines[0]:
            at_work.set()
            assert closed.wait(10)  # as a request of a real engine ends when it is closed
            raise Cancelled("Cancelled.")
        assert at_work.wait(10)
        raise error

    with pytest.raises(error):
        in_lanes(engines, work)
    assert "native-int8" not in begun
    assert "native-int8:core1@android:a" not in begun


def test_nothing_to_do_is_nothing_done() -> None:
    assert in_lanes([], lambda engine: engine.backend.id) == []
