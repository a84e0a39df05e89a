"""What an engine makes of runners that hang, die, or do not keep to the protocol: real child processes all of them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.lane import Lane
from mnist_bench.engines.connection import Connection, Request
from mnist_bench.engines.engine import Deadlines, InferenceEngine
from mnist_bench.engines.errors import (
    EngineError,
    RunnerDied,
    RunnerRefused,
    RunnerTimedOut,
)
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.protocol.tables import Kind
from tests.engines.conftest import DEADLINES, Misbehave, Misbehaving, wait_until
from tests.networks import tiny_network

IMAGES = np.zeros((250, 28, 28), np.uint8)
LATE_S = 3.0  # what a busy machine may add to a deadline

VERBS: dict[str, Callable[[InferenceEngine], object]] = {
    "hello": lambda engine: engine.start(),
    "load": lambda engine: engine.load(tiny_network()),
    "classify": lambda engine: engine.classify(IMAGES[0]),
    "time": lambda engine: engine.time(IMAGES[0], 1, 5),
    "trace": lambda engine: engine.trace(IMAGES[0]),
}


def ready(made: Misbehaving, request: str) -> InferenceEngine:
    """Its engine, as far as it gets before it is asked for `request`."""
    for name in ("hello", "load"):
        if name == request:
            break
        VERBS[name](made.engine)
    return made.engine


def test_a_runner_that_keeps_to_the_protocol_is_a_backend(misbehave: Misbehave) -> None:
    made = misbehave("close", "sound")
    with made.engine as engine:
        assert engine.info.program == "misbehaving"
        assert engine.load(tiny_network()).network_bytes == engine.loaded.network_bytes == 2
        classification = engine.classify(IMAGES)
        assert classification.logits.shape == (250, 10)
        assert [timing.images for timing in classification.timings] == [100, 150]
        assert engine.time(IMAGES[0], 1, 5).tolist() == [5] * 5
        assert engine.trace(IMAGES[0])[0].name == "flatten"
        assert engine.is_running
    assert not engine.is_running
    assert made.is_gone()


@pytest.mark.parametrize("request_", ["hello", "classify"])
@pytest.mark.parametrize(
    ("behaviour", "sentence", "last_word"),
    [
        ("die", "runner ended with status 3. Its last output:", "Fatal: the kernels are broken"),
        ("crash", "runner was killed by signal 9 (Killed), as a system does that runs out of memory.", ""),
        ("close_output", "closed its output but did not end. Its last output:", "That is all"),
        ("die_inside_a_frame", "ended with status 4. Its last output:", "No more"),
        ("garbage", "stopped: Something other than a frame", "Talking"),
        ("another_version", "A frame of protocol version 9 arrived", ""),
        ("too_long", "67,108,865 bytes long; the limit is ", ""),
        ("wrong_number", "something it was not asked", ""),
        ("wrong_kind", "something it was not asked", ""),
        ("a_request", "something it was not asked", ""),
        ("short", "A payload is shorter than it should be", ""),
        ("long", "A payload is longer than it should be", ""),
        ("refuse_another", "something it was not asked", ""),
        ("refuse_with_garbage", "A payload is shorter than it should be", ""),
        ("framing", "It could not read a request: What is this?", ""),
    ],
)
def test_a_lost_runner_is_told_with_its_last_words_and_can_be_started_again(
    misbehave: Misbehave, request_: str, behaviour: str, sentence: str, last_word: str
) -> None:
    made = misbehave(request_, behaviour)
    engine = ready(made, request_)
    with pytest.raises(RunnerDied) as caught:
        VERBS[request_](engine)
    assert sentence in str(caught.value)
    assert "PyTorch fp32" in str(caught.value)
    assert caught.value.last_words.endswith(last_word)
    assert last_word in str(caught.value)
    assert caught.value.advice == "Start it again."
    assert not engine.is_running
    assert made.is_gone()
    if request_ == "classify":
        with pytest.raises(RunnerDied, match="is not running"):
            engine.classify(IMAGES[0])
        made.behave()
        engine.restart()
        assert engine.classify(IMAGES[0]).digits.tolist() == [0]


@pytest.mark.parametrize("behaviour", ["hang_with_words", "trickle"])
@pytest.mark.parametrize("request_", VERBS)
def test_a_runner_that_takes_too_long_is_ended_at_its_deadline(
    misbehave: Misbehave, request_: str, behaviour: str
) -> None:
    seconds = 0.4
    of_request = {"hello": "start", "load": "load"}.get(request_, "answer")
    deadlines = Deadlines(**{"start": 20, "load": 20, "answer": 20, "per_run": 0, of_request: seconds})
    made = misbehave(request_, behaviour, deadlines=deadlines)
    engine = ready(made, request_)
    start = time.monotonic()
    with pytest.raises(RunnerTimedOut, match=r"did not answer within 0\.4 s, and was stopped") as caught:
        VERBS[request_](engine)
    assert seconds <= time.monotonic() - start < seconds + LATE_S
    assert not engine.is_running
    assert made.is_gone()
    if behaviour == "hang_with_words" and request_ != "hello":
        assert caught.value.last_words == "Waiting for the moon"


def test_what_a_runner_leaves_behind_does_not_keep_anybody_waiting(misbehave: Misbehave) -> None:
    made = misbehave("classify", "leave_a_child", deadlines=Deadlines(start=20, load=20, answer=0.4))
    engine = ready(made, "classify")
    start = time.monotonic()
    with pytest.raises(RunnerTimedOut):
        engine.classify(IMAGES[0])
    assert time.monotonic() - start < 0.4 + LATE_S


def test_a_refusal_leaves_the_runner_as_it_is(misbehave: Misbehave) -> None:
    made = misbehave("trace", "refuse")
    engine = ready(made, "trace")
    with pytest.raises(RunnerRefused, match="It did not work") as caught:
        engine.trace(IMAGES[0])
    assert caught.value.code == 8
    assert engine.is_running
    engine.classify(IMAGES[0])
    assert len(made.transports) == 1


def test_a_backend_that_is_not_there_says_why_and_leaves_nothing(misbehave: Misbehave) -> None:
    made = misbehave("hello", "unavailable")
    with pytest.raises(RunnerUnavailable, match=r"PyTorch fp32 cannot run: The library is missing\."):
        made.engine.start()
    assert not made.engine.is_running
    assert made.is_gone()


def test_a_program_that_is_not_there_is_an_unavailable_backend(misbehave: Misbehave) -> None:
    made = misbehave("hello", "sound")
    made.command = ("/no/such/program",)
    with pytest.raises(RunnerUnavailable, match="/no/such/program cannot be started: No such file"):
        made.engine.start()


def test_logits_that_are_not_numbers_are_not_passed_on(misbehave: Misbehave) -> None:
    engine = ready(misbehave("classify", "not_finite"), "classify")
    with pytest.raises(RunnerDied, match="not a finite number"):
        engine.classify(IMAGES[0])


@pytest.mark.parametrize("request_", ["load", "classify"])
def test_a_flood_of_words_stops_nothing(misbehave: Misbehave, request_: str) -> None:
    made = misbehave(request_, "flood")
    engine = ready(made, request_)
    VERBS[request_](engine)
    assert engine.is_running
    assert len(made.transports[0].last_words()) < 20_000


def test_a_stubborn_runner_is_gone_after_a_close(misbehave: Misbehave) -> None:
    for request in ("close", "classify"):
        made = misbehave(request, "stubborn")
        engine = ready(made, "classify")
        engine.classify(IMAGES[0])
        start = time.monotonic()
        engine.close()
        assert time.monotonic() - start < 2 * DEADLINES.close + LATE_S
        assert made.is_gone()
        engine.close()


def test_a_close_breaks_off_what_runs(misbehave: Misbehave) -> None:
    made = misbehave("classify", "hang")
    engine = ready(made, "classify")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.classify, IMAGES[0])
        made.wait_until_it_hangs()
        engine.close()
        assert isinstance(running.exception(10), Cancelled)
    assert made.is_gone()


@pytest.mark.parametrize("request_", VERBS)
def test_a_cancel_ends_a_request_that_hangs_within_a_fifth_of_a_second(misbehave: Misbehave, request_: str) -> None:
    took = []
    for _ in range(3):  # the machine may be busy
        made = misbehave(request_, "hang", deadlines=Deadlines())
        engine = ready(made, request_)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(VERBS[request_], engine)
            made.wait_until_it_hangs()
            start = time.monotonic()
            engine.cancel()
            caught = running.exception(10)
            took.append(time.monotonic() - start)
        assert isinstance(caught, Cancelled)
        assert not engine.is_running
        assert made.is_gone()
        made.behave()
        engine.restart()
        if took[-1] < 0.2:
            break
    assert min(took) < 0.2


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_a_cancel_between_two_pieces_leaves_the_runner_as_it_is(misbehave: Misbehave) -> None:
    made = misbehave("close", "sound")
    engine = ready(made, "classify")
    pieces = engine.classify_in_pieces(IMAGES)
    next(pieces)
    engine.cancel()
    with pytest.raises(Cancelled):
        next(pieces)
    assert engine.is_running
    assert len(engine.classify(IMAGES).timings) == 3
    assert len(made.transports) == 1


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_a_cancel_reaches_every_call_that_runs_and_none_that_comes_later(misbehave: Misbehave) -> None:
    engine = ready(misbehave("close", "sound"), "classify")
    first, second = engine.classify_in_pieces(IMAGES), engine.classify_in_pieces(IMAGES)
    next(first)
    next(second)
    engine.cancel()
    engine.classify(IMAGES[0])
    for pieces in (first, second):
        with pytest.raises(Cancelled):
            next(pieces)


def test_a_call_that_begins_meanwhile_does_not_undo_a_cancel(misbehave: Misbehave) -> None:
    made = misbehave("time", "hang")
    engine = ready(made, "classify")
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(engine.time, IMAGES[0], 0, 5)
        made.wait_until_it_hangs()
        engine.cancel()
        later = pool.submit(engine.classify, IMAGES[0])
        assert isinstance(running.exception(10), Cancelled)
        assert isinstance(later.exception(10), RunnerDied)  # its runner was ended


def test_a_cancel_while_a_request_waits_for_its_turn_does_not_end_the_runner(misbehave: Misbehave) -> None:
    lane = Lane()
    made = misbehave("close", "sound", lane=lane)
    engine = ready(made, "classify")
    with ThreadPoolExecutor(2) as pool, lane.turn():
        waiting: list[Future[Any]] = [
            pool.submit(engine.time, IMAGES[0], 0, 5),
            pool.submit(engine.classify, IMAGES[0]),
        ]
        wait_until(lambda: len(lane._queue) == 2 and len(engine._calls) == 2)
        engine.cancel()
        for each in waiting:
            assert isinstance(each.exception(10), Cancelled)
    engine.classify(IMAGES[0])
    assert len(made.transports) == 1


def test_a_cancelled_request_that_is_answered_in_time_does_not_end_the_runner(misbehave: Misbehave) -> None:
    made = misbehave("classify", "answer_when_told", deadlines=Deadlines(cancel=20))
    engine = ready(made, "classify")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.classify, IMAGES[0])
        made.wait_until_it_hangs()
        engine.cancel()
        made.let_it_answer()
        assert isinstance(running.exception(10), Cancelled)
    assert engine.is_running
    engine.trace(IMAGES[0])


def test_a_request_that_is_given_up_at_the_last_moment_is_not_sent(misbehave: Misbehave) -> None:
    made = misbehave("close", "sound")
    connection = Connection("x", made.connect())
    last_moment = iter([False, True])
    hello = Request(b"", RunnerInfo.decode)
    with pytest.raises(Cancelled):
        connection.ask(Kind.HELLO, hello, 20, lambda: next(last_moment))
    assert connection.ask(Kind.HELLO, hello, 20, lambda: False).value.program == "misbehaving"
    connection.close(1)


def test_a_cancel_when_nothing_runs_changes_nothing(misbehave: Misbehave) -> None:
    engine = misbehave("close", "sound").engine
    engine.cancel()
    ready_engine = ready(misbehave("close", "sound"), "classify")
    ready_engine.cancel()
    ready_engine.classify(IMAGES[0])


def test_engines_share_a_lane(misbehave: Misbehave) -> None:
    lane = Lane()
    engines = [ready(misbehave("close", "sound", lane=lane), "classify") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        with lane.turn():
            answers = [pool.submit(engine.classify, IMAGES[0]) for engine in engines]
            wait_until(lambda: len(lane._queue) == 3)
            assert not any(answer.done() for answer in answers)
        assert all(answer.result(10).digits.tolist() == [0] for answer in answers)


def test_an_interruption_in_a_request_ends_the_runner(misbehave: Misbehave) -> None:
    """As Ctrl+C does, which Python raises wherever the program is."""
    made = misbehave("close", "sound")
    engine = ready(made, "classify")
    transport = made.transports[0]
    read = transport.read

    def interrupted(size: int, /) -> bytes:
        transport.read = read  # type: ignore[method-assign]
        raise KeyboardInterrupt

    transport.read = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        engine.classify(IMAGES[0])
    assert not engine.is_running
    assert made.is_gone()
    engine.restart()
    engine.classify(IMAGES[0])


def test_before_a_start_there_is_nothing_to_ask(misbehave: Misbehave) -> None:
    engine = misbehave("close", "sound").engine
    assert not engine.is_running
    for ask in (lambda: engine.info, lambda: engine.loaded, lambda: engine.classify(IMAGES[0])):
        with pytest.raises(EngineError):
            ask()
    engine.close()


def test_many_threads_may_ask_one_engine(misbehave: Misbehave) -> None:
    engine = ready(misbehave("close", "sound"), "classify")
    start = threading.Barrier(4)

    def ask() -> int:
        start.wait(10)
        return sum(len(engine.classify(IMAGES[: 1 + count % 3]).digits) for count in range(30))

    with ThreadPoolExecutor(4) as pool:
        assert [each.result(60) for each in [pool.submit(ask) for _ in range(4)]] == [60] * 4
