"""Engines on a real adbd: a phone that is lost is no dead runner, and a restart goes on when it is back."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base.errors import UsageError
from mnist_bench.devices.phone.adb import this_adb
from mnist_bench.devices.phone.errors import PhoneGone, PhoneUnauthorized
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backends
from mnist_bench.engines.engine import Deadlines, InferenceEngine
from mnist_bench.engines.errors import RunnerDied, RunnerUnreachable
from mnist_bench.network.bundled import load_network
from tests.backends import on_phone
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

MODEL = "digits-mlp"
SAMPLES = bundled_samples()
PIXELS = np.stack([sample.pixels for sample in SAMPLES])
LAST_WORDS_SECONDS = 1.8  # the longest that a phone may be waited for once its runner is lost, on a busy machine
RUNS = 100_000  # of a hot loop: more than any test waits for


@pytest.fixture
def engine(phone: VirtualPhone) -> Iterator[InferenceEngine]:
    """An engine on the phone that has the network."""
    with InferenceEngine(on_phone("native-int8", phone.serial)) as started:
        started.load(load_network(MODEL))
        yield started


def _lost_while_timing(engine: InferenceEngine, lose: Callable[[], object]) -> BaseException | None:
    """What a hot loop raises that `lose` breaks off."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.time, PIXELS[0], 0, RUNS)
        wait_until(lambda: engine.is_running and not running.done())
        lose()
        return running.exception(30)


def _is_there(serial: str) -> bool:
    return any(phone.serial == serial and phone.is_ready for phone in this_adb().phones())


def test_both_precisions_answer_as_the_same_program_does_here(phone: VirtualPhone) -> None:
    with ExitStack() as stack:
        backends = find_backends("native@android")
        assert [backend.id for backend in backends] == [
            f"native-{precision}@android:{phone.serial}" for precision in ("fp32", "int8")
        ]
        assert backends[0].title == "Pixel 7 · Native fp32"
        fp32, int8 = (stack.enter_context(InferenceEngine(backend)) for backend in backends)
        native = stack.enter_context(open_engine("native-int8", MODEL))
        for engine in (fp32, int8):
            engine.load(load_network(MODEL))
            assert engine.info.facts["abi"] == "arm64-v8a"
            assert engine.classify(PIXELS).digits.tolist() == [sample.label for sample in SAMPLES]
        np.testing.assert_array_equal(int8.classify(PIXELS).logits, native.classify(PIXELS).logits)
        assert int8.time(PIXELS[0], 1, 3).shape == (3,)
        assert int8.trace(PIXELS[0])[-1].output.shape == (10,)
    wait_until(lambda: not phone.commands())


def test_the_only_phone_is_meant_where_none_is_named(phone: VirtualPhone, make_phone: MakePhone) -> None:
    with open_engine("native-int8@android", MODEL) as engine:
        assert engine.backend.id == f"native-int8@android:{phone.serial}"
    other = make_phone(connected=True)
    with pytest.raises(UsageError) as caught:
        find_backends("native@android")
    assert phone.serial in str(caught.value)
    assert other.serial in str(caught.value)


@pytest.mark.usefixtures("adb")
def test_without_a_phone_it_says_how_to_get_one() -> None:
    with pytest.raises(UsageError, match="There is no phone"):
        find_backends("native-int8@android")
    with pytest.raises(PhoneGone), open_engine("native-int8@android:nowhere", MODEL):
        pytest.fail("it started")


def test_an_unplugged_phone_is_unreachable_and_comes_back(
    engine: InferenceEngine, phone: VirtualPhone, adb: AdbServer
) -> None:
    lost = _lost_while_timing(engine, phone.unplug)
    assert isinstance(lost, RunnerUnreachable)
    assert not engine.is_running
    with pytest.raises(Exception, match=phone.serial):
        engine.restart()
    phone.boot()
    adb("disconnect", phone.serial)
    adb("connect", phone.serial)
    wait_until(lambda: _is_there(phone.serial))
    engine.restart()
    assert engine.classify(PIXELS).digits.tolist() == [sample.label for sample in SAMPLES]


def test_an_adb_server_that_ends_is_no_dead_runner(
    engine: InferenceEngine, phone: VirtualPhone, adb: AdbServer
) -> None:
    lost = _lost_while_timing(engine, adb.kill)
    assert isinstance(lost, RunnerUnreachable)
    adb.start()
    adb("connect", phone.serial)
    engine.restart()
    engine.classify(PIXELS)


def test_a_phone_that_falls_silent_is_unreachable_at_the_deadline(phone: VirtualPhone) -> None:
    backend = on_phone("native-int8", phone.serial)
    with InferenceEngine(backend, deadlines=replace(Deadlines(), answer=0.5, per_run=0)) as engine:
        engine.load(load_network(MODEL))
        began = time.monotonic()
        with phone.frozen(), pytest.raises(RunnerUnreachable):
            engine.classify(PIXELS)
        assert time.monotonic() - began < 0.5 + LAST_WORDS_SECONDS
        engine.restart()
        engine.classify(PIXELS[0])


def test_a_killed_runner_died_and_left_its_phone_alone(engine: InferenceEngine, phone: VirtualPhone) -> None:
    def kill() -> None:
        this_adb().shell(phone.serial, "pkill", "-9", "mnist-bench-run")

    lost = _lost_while_timing(engine, kill)
    assert isinstance(lost, RunnerDied)
    assert "signal 9" in str(lost)
    engine.restart()
    engine.classify(PIXELS)


def test_a_core_that_is_not_there_is_named_by_the_runner(phone: VirtualPhone) -> None:
    with (
        pytest.raises(RunnerDied, match="1023"),
        InferenceEngine(on_phone("native-fp32:core1023", phone.serial)),
    ):
        pytest.fail("it started")


def test_a_phone_that_asks_first_is_told_and_can_be_used_once_it_is_allowed(
    secure_phone: VirtualPhone, adb: AdbServer
) -> None:
    adb("connect", secure_phone.serial)
    engine = InferenceEngine(on_phone("native-int8", secure_phone.serial))
    with pytest.raises(PhoneUnauthorized) as caught:
        engine.start()
    assert "Allow" in caught.value.advice
    secure_phone.allow()
    wait_until(lambda: _is_there(secure_phone.serial))
    with engine:
        engine.load(load_network(MODEL))
        engine.classify(PIXELS)


def test_a_cancel_of_a_hot_loop_ends_the_runner_on_the_phone(engine: InferenceEngine, phone: VirtualPhone) -> None:
    lost = _lost_while_timing(engine, engine.cancel)
    assert "Cancelled" in str(lost)
    wait_until(lambda: not phone.commands())
    engine.restart()
    engine.classify(PIXELS)


def test_a_cancel_does_not_wait_for_a_phone_out_of_reach(engine: InferenceEngine, phone: VirtualPhone) -> None:
    began: list[float] = []

    def cancel() -> None:
        began.append(time.monotonic())
        engine.cancel()

    with phone.frozen():
        assert "Cancelled" in str(_lost_while_timing(engine, cancel))
        assert time.monotonic() - began[0] < LAST_WORDS_SECONDS


def test_two_phones_work_at_the_same_time(phone: VirtualPhone, second_phone: VirtualPhone) -> None:
    """Each is in its own lane: a hot loop on one does not keep the other from answering."""
    first, second = (InferenceEngine(on_phone("native-int8", each.serial)) for each in (phone, second_phone))
    with first, second:
        for engine in (first, second):
            engine.load(load_network(MODEL))
        answered: list[int] = []

        def ask_the_second() -> None:
            answered.extend(second.classify(PIXELS).digits.tolist())
            first.cancel()

        assert "Cancelled" in str(_lost_while_timing(first, ask_the_second))
    assert answered == [sample.label for sample in SAMPLES]
