"""Turns on a lane: in the order in which they were asked for."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.lane import Lane
from tests.engines.conftest import wait_until


def test_turns_are_first_come_first_served() -> None:
    lane = Lane()
    order: list[int] = []

    def take(number: int) -> None:
        with lane.turn():
            order.append(number)

    with ThreadPoolExecutor(10) as pool, lane.turn():
        for number in range(10):
            pool.submit(take, number)
            wait_until(lambda expected=number + 2: len(lane._queue) == expected)  # type: ignore[misc]
        assert order == []
    assert order == list(range(10))


def test_one_at_a_time_and_the_one_who_leaves_does_not_come_first_again() -> None:
    lane = Lane()
    inside = 0
    order: list[str] = []

    def work(name: str) -> None:
        nonlocal inside
        for _ in range(50):
            with lane.turn():
                inside += 1
                assert inside == 1
                order.append(name)
                wait_until(lambda: len(lane._queue) == 2 or len(order) > 90)
                inside -= 1

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, name) for name in "ab"]:
            done.result()
    assert "aaa" not in "".join(order[5:90])
    assert "bbb" not in "".join(order[5:90])


def test_a_failure_ends_the_turn() -> None:
    lane = Lane()
    with pytest.raises(ValueError, match="inside"), lane.turn():
        raise ValueError("inside")
    with lane.turn():
        pass


def test_one_who_gives_up_leaves_the_queue_and_the_next_one_comes() -> None:
    lane = Lane()
    given_up = threading.Event()
    served = threading.Event()

    def impatient() -> None:
        with lane.turn(given_up.is_set):
            pytest.fail("It had given up.")

    def patient() -> None:
        with lane.turn():
            served.set()

    with ThreadPoolExecutor(2) as pool:
        with lane.turn():
            first = pool.submit(impatient)
            wait_until(lambda: len(lane._queue) == 2)
            second = pool.submit(patient)
            wait_until(lambda: len(lane._queue) == 3)
            given_up.set()
            lane.look_again()
            assert isinstance(first.exception(10), Cancelled)
            assert not served.is_set()
        second.result(10)
    assert served.is_set()


def test_one_who_has_given_up_before_gets_no_turn() -> None:
    lane = Lane()
    with pytest.raises(Cancelled), lane.turn(lambda: True):
        pytest.fail("It had given up.")
    with lane.turn():
        pass
