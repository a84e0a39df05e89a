"""What the engine makes of a runner that is out of reach, and of a start that takes time: real processes, cut off."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.engines.backend import never
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerTimedOut, RunnerUnreachable
from mnist_bench.engines.phones import PhoneBackend
from mnist_bench.engines.transport import SubprocessTransport, Transport
from mnist_bench.network.network import Precision
from mnist_bench.protocol.ends import RunnerEnd
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
    assert str(lost) == "PyTorch fp32's runner is out of reach: its phone was unplugged. Connect the phone again."
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


class Slow(PhoneBackend):
    """A phone to which the runner must be brought first; that ends when it is given up."""

    begun = threading.Event()

    def connect(self, given_up: Callable[[], bool] = never, *, awake: bool = False) -> Transport:  # noqa: ARG002
        self.begun.set()
        while not given_up():
            threading.Event().wait(0.001)
        raise Cancelled("Cancelled.")


@pytest.mark.parametrize("end", [InferenceEngine.cancel, InferenceEngine.close])
def test_a_start_that_takes_its_time_can_be_given_up(end: Callable[[InferenceEngine], None]) -> None:
    backend = Slow("x", "A phone", Precision.INT8)
    backend.begun.clear()
    engine = InferenceEngine(backend)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(engine.start)
        assert backend.begun.wait(10)
        end(engine)
        assert isinstance(starting.exception(10), Cancelled)
    assert not engine.is_running


def test_what_runs_on_one_phone_takes_turns_and_waits_for_nobody_else() -> None:
    fp32, int8 = (PhoneBackend("a", "Phone A", precision) for precision in Precision)
    assert fp32.lane is int8.lane
    assert PhoneBackend("b", "Phone B", Precision.FP32).lane is not fp32.lane
