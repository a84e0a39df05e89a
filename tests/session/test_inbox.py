"""The inbox: calls from any thread, made in order on the owner's."""

import threading

import pytest

from mnist_bench.session.inbox import Inbox


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_made_in_order_on_the_thread_that_drains() -> None:
    inbox = Inbox()
    made: list[tuple[int, int]] = []

    def post(number: int) -> None:
        inbox.post(lambda: made.append((number, threading.get_ident())))

    thread = threading.Thread(target=lambda: list(map(post, range(3))))
    thread.start()
    thread.join()
    assert made == []
    inbox.drain()
    assert made == [(number, threading.get_ident()) for number in range(3)]


def test_the_owner_is_woken_once_for_many_calls() -> None:
    woken: list[float] = []
    inbox = Inbox(woken.append)
    for _ in range(5):
        inbox.post(lambda: None)
    assert woken == [0.0]
    inbox.drain()
    inbox.post(lambda: None)
    assert woken == [0.0, 0.0]


def test_a_call_that_raises_leaves_the_next_ones_for_the_next_time() -> None:
    woken: list[float] = []
    inbox = Inbox(woken.append)
    made: list[str] = []
    inbox.post(lambda: 1 / 0)
    inbox.post(lambda: made.append("second"))
    with pytest.raises(ZeroDivisionError):
        inbox.drain()
    assert woken == [0.0, 0.0]
    inbox.drain()
    assert made == ["second"]


def test_a_long_queue_leaves_turns_to_others() -> None:
    clock = Clock()
    woken: list[float] = []
    inbox = Inbox(woken.append, clock)
    made: list[int] = []

    def slow(number: int) -> None:
        made.append(number)
        clock.now += 0.006

    for number in range(4):
        inbox.post(lambda number=number: slow(number))  # type: ignore[misc]
    inbox.drain()
    assert made == [0, 1]
    assert woken == [0.0, 0.0]  # it asks to be drained again
    inbox.drain()
    assert made == [0, 1, 2, 3]


def test_timers_are_due_in_their_order_and_can_be_cancelled() -> None:
    clock = Clock()
    woken: list[float] = []
    inbox = Inbox(woken.append, clock)
    made: list[str] = []
    inbox.later(2.0, lambda: made.append("later"))
    inbox.later(1.0, lambda: made.append("sooner"))
    dropped = inbox.later(1.5, lambda: made.append("never"))
    dropped.cancel()
    assert woken == [2.0, 1.0, 1.5]
    inbox.drain()
    assert made == []
    clock.now = 3.0
    inbox.drain()
    assert made == ["sooner", "later"]


def test_a_closed_inbox_takes_nothing() -> None:
    inbox = Inbox()
    made: list[str] = []
    inbox.post(lambda: made.append("before"))
    inbox.close()
    inbox.post(lambda: made.append("behind"))
    inbox.drain()
    assert made == []


def test_waiting_drains_what_other_threads_post_and_gives_up_in_time() -> None:
    inbox = Inbox()
    made: list[str] = []
    thread = threading.Thread(target=lambda: inbox.post(lambda: made.append("there")))
    thread.start()
    assert inbox.wait_until(lambda: bool(made), 10.0)
    thread.join()
    assert not inbox.wait_until(lambda: False, 0.01)
