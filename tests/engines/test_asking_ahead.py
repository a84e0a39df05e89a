"""Two requests on their way to one runner: what fails, hangs or is cancelled then, and whose turn it is afterwards."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.lane import Lane
from mnist_bench.engines.connection import Connection, Request
from mnist_bench.engines.engine import Deadlines
from mnist_bench.engines.errors import RunnerDied, RunnerRefused, RunnerTimedOut
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import ClassifyAnswer, ClassifyRequest
from mnist_bench.protocol.tables import Kind
from tests.engines.conftest import DEADLINES, Misbehave, Misbehaving, wait_until
from tests.networks import tiny_network

IMAGES = np.zeros((1050, 28, 28), np.uint8)
PATIENT = Deadlines(start=20, load=20, answer=20, close=0.5, cancel=20)


@pytest.fixture(autouse=True)
def quick_enough_however_busy_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every runner be asked ahead, in turns that no slow answer ends."""
    monkeypatch.setattr("mnist_bench.engines.connection._QUICK_NS", 10**12)
    monkeypatch.setattr("mnist_bench.engines.connection._TURN_SECONDS", 60.0)


def ready(made: Misbehaving) -> Misbehaving:
    made.engine.start()
    made.engine.load(tiny_network())
    return made


def requests(count: int) -> Iterator[Request[ClassifyAnswer]]:
    payload = ClassifyRequest(IMAGES[:1]).encode()
    return (Request(payload, lambda answer: ClassifyAnswer.decode(answer, 1)) for _ in range(count))


def never() -> bool:
    return False


def test_answers_come_in_the_order_of_their_images() -> None:
    images = np.random.default_rng(4).integers(0, 256, (1050, 28, 28), np.uint8)
    with open_engine("native-int8", "digits-mlp") as engine:
        pieces = list(engine.classify_in_pieces(images))
        one_by_one = [engine.classify(images[start : start + 100]).logits for start in range(0, 1050, 100)]
    assert sum(timing.images for piece in pieces for timing in piece.timings) == 1050
    assert all(len(piece.logits) == sum(timing.images for timing in piece.timings) for piece in pieces)
    np.testing.assert_array_equal(np.concatenate([piece.logits for piece in pieces]), np.concatenate(one_by_one))


def test_a_round_trip_is_that_of_its_own_request_though_several_overlap() -> None:
    with open_engine("native-int8", "digits-mlp") as engine:
        start = time.perf_counter_ns()
        timings = engine.classify(IMAGES).timings
        took = time.perf_counter_ns() - start
    assert all(0 < timing.compute_ns < timing.round_trip_ns < took for timing in timings)


@pytest.mark.parametrize("nth", [2, 3, 4])
def test_a_runner_that_dies_with_two_on_their_way_is_told_with_its_last_words(misbehave: Misbehave, nth: int) -> None:
    made = ready(misbehave("classify", f"die@{nth}"))
    with pytest.raises(RunnerDied, match="ended with status 3") as caught:
        made.engine.classify(IMAGES)
    assert caught.value.last_words.endswith("Fatal: the kernels are broken")
    assert made.is_gone()
    made.behave()
    made.engine.restart()
    assert len(made.engine.classify(IMAGES).logits) == 1050


@pytest.mark.parametrize("behaviour", ["wrong_number", "short", "garbage", "a_request"])
def test_what_was_not_asked_is_a_breach_behind_sound_answers_too(misbehave: Misbehave, behaviour: str) -> None:
    made = ready(misbehave("classify", f"{behaviour}@3"))
    with pytest.raises(RunnerDied, match="violated the protocol"):
        made.engine.classify(IMAGES)
    assert made.is_gone()


@pytest.mark.parametrize("nth", [2, 3])
def test_each_answer_has_its_own_deadline(misbehave: Misbehave, nth: int) -> None:
    deadlines = Deadlines(start=20, load=20, answer=0.4, close=0.5)
    made = ready(misbehave("classify", f"hang@{nth}", deadlines=deadlines))
    start = time.monotonic()
    with pytest.raises(RunnerTimedOut, match=r"did not answer within 0\.4 s, and was stopped"):
        made.engine.classify(IMAGES)
    assert time.monotonic() - start >= 0.4
    assert made.is_gone()


@pytest.mark.parametrize("nth", [2, 3])
def test_a_cancel_with_two_on_their_way_ends_a_runner_that_hangs(misbehave: Misbehave, nth: int) -> None:
    made = ready(misbehave("classify", f"hang@{nth}", deadlines=DEADLINES))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(made.engine.classify, IMAGES)
        made.wait_until_it_hangs()
        made.engine.cancel()
        assert isinstance(running.exception(10), Cancelled)
    assert made.is_gone()


def test_a_cancel_with_two_on_their_way_waits_for_both_answers_and_the_runner_goes_on(misbehave: Misbehave) -> None:
    made = ready(misbehave("classify", "answer_when_told@2", deadlines=PATIENT))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(made.engine.classify, IMAGES)
        made.wait_until_it_hangs()
        made.engine.cancel()
        made.let_it_answer()
        assert isinstance(running.exception(10), Cancelled)
    assert made.engine.trace(IMAGES[0])[0].name == "flatten"
    assert len(made.engine.classify(IMAGES).logits) == 1050
    assert len(made.transports) == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_refusal_leaves_no_answer_behind_for_the_next_request(misbehave: Misbehave, nth: int) -> None:
    made = ready(misbehave("classify", f"refuse@{nth}"))
    with pytest.raises(RunnerRefused, match="It did not work"):
        made.engine.classify(IMAGES)
    assert len(made.engine.classify(IMAGES).logits) == 1050
    assert len(made.transports) == 1


def test_a_turn_ends_for_those_who_wait_once_what_is_on_its_way_is_answered(misbehave: Misbehave) -> None:
    made = misbehave("classify", "answer_when_told@2")
    connection, lane = Connection("x", made.connect()), Lane()
    with ThreadPoolExecutor(2) as pool:
        asking = pool.submit(connection.ask_some, Kind.CLASSIFY, requests(50), 20, never, lane)
        made.wait_until_it_hangs()
        live = pool.submit(connection.ask, Kind.CLASSIFY, next(requests(1)), 20, never, lane)
        wait_until(lambda: connection._turns.is_wanted)
        made.let_it_answer()
        assert len(asking.result(10)) == 3
        live.result(10)
    connection.close(1)


@pytest.mark.parametrize(("is_quick", "on_their_way"), [(True, 3), (False, 2)])
def test_a_slow_runner_is_not_asked_ahead_since_a_live_drawing_would_wait_for_two(
    misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch, is_quick: bool, on_their_way: int
) -> None:
    if not is_quick:
        monkeypatch.setattr("mnist_bench.engines.connection._QUICK_NS", 0)
    made = misbehave("classify", "answer_when_told@2")
    connection = Connection("x", made.connect())
    taken = []

    def noted() -> Iterator[Request[ClassifyAnswer]]:
        for request in requests(5):
            taken.append(request)
            yield request

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(connection.ask_some, Kind.CLASSIFY, noted(), 20, never)
        made.wait_until_it_hangs()
        try:
            assert len(taken) == on_their_way
        finally:
            made.let_it_answer()
        asking.result(10)
    connection.close(1)


def test_what_a_turn_has_learnt_of_the_runner_holds_for_the_next_until_another_network_may_be_there(
    misbehave: Misbehave,
) -> None:
    connection = Connection("x", misbehave("close", "sound").connect())
    payload = ClassifyRequest(IMAGES[:1]).encode()
    load = Request(encode_network(tiny_network(), Precision.FP32), LoadResult.decode)

    def answered_before_each_is_taken() -> list[int]:
        answered: list[ClassifyAnswer] = []
        before: list[int] = []

        def noted() -> Iterator[Request[ClassifyAnswer]]:
            for _ in range(4):
                before.append(len(answered))
                yield Request(payload, decode)

        def decode(answer: bytes) -> ClassifyAnswer:
            answered.append(ClassifyAnswer.decode(answer, 1))
            return answered[-1]

        connection.ask_some(Kind.CLASSIFY, noted(), 20, never)
        return before

    connection.ask(Kind.LOAD, load, 20, never)
    assert answered_before_each_is_taken() == [0, 1, 1, 2]
    assert answered_before_each_is_taken() == [0, 0, 1, 2]
    connection.ask(Kind.LOAD, load, 20, never)
    assert answered_before_each_is_taken() == [0, 1, 1, 2]
    connection.close(1)


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_one_who_pauses_between_two_pieces_keeps_nobody_waiting(misbehave: Misbehave) -> None:
    lane = Lane()
    first, second = (ready(misbehave("close", "sound", lane=lane)).engine for _ in range(2))
    pieces = first.classify_in_pieces(IMAGES)
    next(pieces)
    assert len(second.classify(IMAGES).logits) == 1050
    assert len(first.classify(IMAGES).logits) == 1050
    assert len(list(pieces)) == 10
