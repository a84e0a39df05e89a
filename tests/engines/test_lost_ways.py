"""What the engine makes of a runner that is out of reach, and of a start that takes time: real processes, cut off."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.device import Launch, never
from mnist_bench.devices.phone.device import AndroidPhone
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerTimedOut, RunnerUnreachable
from mnist_bench.network.network import PRECISIONS
from mnist_bench.protocol.ends import RunnerEnd
from tests.backends import NATIVE_INT8, on_phone
from tests.engines.conftest import DEADLINES, Misbehave, Misbehaving
from tests.networks import tiny_network

IMAGE = np.zeros((28, 28), np.uint8)


class Leash(SubprocessTransport):
    """The way to a phone, as far as an engine can tell: once it is cut, nobody knows what became of the runner."""

    is_cut = False

    def cut(self) -> None:
        self.is_cut = True
        self.abort()

    def end(self) -> RunnerEnd:
        return RunnerEnd("is out of reach: its phone was unplugged", unreachable=True) if self.is_cut else super().end()


@pytest.fixture
def leashed(misbehave: Misbehave) -> Callable[[str], Misbehaving]:
    """An engine that classifies over a leash, until its runner behaves as told."""

    def make(behaviour: str) -> Misbehaving:
        made = misbehave("classify", behaviour, deadlines=replace(DEADLINES, answer=0.4))

        def connect() -> SubprocessTransport:
            made.transports.append(Leash((*made.command, str(made.fifo))))
            return made.transports[-1]

        made.engine = InferenceEngine(made.engine.backend, deadlines=replace(DEADLINES, answer=0.4), connect=connect)
        made.engine.start()
        made.engine.load(tiny_network())
        return made

    return make


def _cut(made: Misbehaving) -> None:
    leash = made.transports[-1]
    assert isinstance(leash, Leash)
    leash.cut()


def test_a_lost_way_is_no_dead_runner_and_the_engine_comes_back(leashed: Callable[[str], Misbehaving]) -> None:
    made = leashed("hang_with_words")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(made.engine.classify, IMAGE)
        made.wait_until_it_hangs()
        _cut(made)
        lost = running.exception(10)
    assert isinstance(lost, RunnerUnreachable)
    assert str(lost) == "PyTorch fp32's runner is out of reach: its phone was unplugged. Connect the device again."
    assert not made.engine.is_running
    made.behave()
    made.engine.restart()
    assert made.engine.classify(IMAGE).digits.tolist() == [0]


def test_a_deadline_that_passes_since_the_way_is_gone_is_no_slow_runner(
    leashed: Callable[[str], Misbehaving],
) -> None:
    for is_cut, expected in ((True, RunnerUnreachable), (False, RunnerTimedOut)):
        made = leashed("hang")
        leash = made.transports[-1]
        assert isinstance(leash, Leash)
        leash.is_cut = is_cut  # nothing comes any more, and no end either
        with pytest.raises(expected):
            made.engine.classify(IMAGE)
        made.engine.close()
        assert made.is_gone()


class Slow(AndroidPhone):
    """A phone to which the runner must be brought first; that ends when it is given up."""

    begun: ClassVar = threading.Event()

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> Transport:
        self.begun.set()
        while not given_up():
            threading.Event().wait(0.001)
        raise Cancelled("Cancelled.")


@pytest.mark.parametrize("end", [InferenceEngine.cancel, InferenceEngine.close])
def test_a_start_that_takes_its_time_can_be_given_up(end: Callable[[InferenceEngine], None]) -> None:
    phone = Slow("x", "A phone")
    phone.begun.clear()
    engine = InferenceEngine(replace(NATIVE_INT8, device=phone))
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(engine.start)
        assert phone.begun.wait(10)
        end(engine)
        assert isinstance(starting.exception(10), Cancelled)
    assert not engine.is_running


def test_what_runs_on_one_phone_takes_turns_and_waits_for_nobody_else() -> None:
    fp32, int8 = (on_phone(f"native-{precision}", "a") for precision in PRECISIONS)
    assert fp32.lane is int8.lane
    assert on_phone("native-fp32", "b").lane is not fp32.lane
