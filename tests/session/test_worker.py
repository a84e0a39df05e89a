"""Short work on a thread of its own, told on the session's."""

import threading
from collections.abc import Iterator

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.session.inbox import Inbox, Worker

LIMIT_S = 10.0


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def worker(inbox: Inbox) -> Iterator[Worker]:
    worker = Worker(inbox, "test")
    yield worker
    assert worker.close(LIMIT_S)


def unexpected(error: Exception) -> None:
    raise error


def test_jobs_follow_one_another_off_this_thread_and_are_told_here(worker: Worker, inbox: Inbox) -> None:
    told: list[tuple[str, int]] = []

    def job() -> int:
        return threading.get_ident()

    worker.do(job, lambda ident: told.append(("first", ident)), unexpected)
    worker.do(job, lambda ident: told.append(("second", ident)), unexpected)
    assert worker.is_busy
    assert inbox.wait_until(lambda: len(told) == 2, LIMIT_S)
    assert [name for name, _ in told] == ["first", "second"]
    assert told[0][1] == told[1][1] != threading.get_ident()
    assert not worker.is_busy


def test_a_job_that_fails_is_told_and_the_next_one_is_done(worker: Worker, inbox: Inbox) -> None:
    failures: list[Exception] = []
    told: list[int] = []

    def fail() -> int:
        raise InputError("It broke.")

    worker.do(fail, told.append, failures.append)
    worker.do(lambda: 2, told.append, failures.append)
    assert inbox.wait_until(lambda: told == [2], LIMIT_S)
    assert [str(error) for error in failures] == ["It broke."]


def test_of_several_the_last_one_is_told_and_none_that_was_forgotten(worker: Worker, inbox: Inbox) -> None:
    told: list[int] = []
    for number in range(3):
        worker.do_latest(lambda number=number: number, told.append, unexpected)  # type: ignore[misc]
    assert inbox.wait_until(lambda: not worker.is_busy, LIMIT_S)
    assert told == [2]
    worker.do_latest(lambda: 3, told.append, unexpected)
    worker.forget()
    assert inbox.wait_until(lambda: not worker.is_busy, LIMIT_S)
    assert told == [2]


def test_closing_does_what_was_asked_and_tells_nobody(inbox: Inbox) -> None:
    worker = Worker(inbox, "closing")
    done: list[int] = []
    told: list[None] = []
    for number in range(3):
        worker.do(lambda number=number: done.append(number), told.append, unexpected)  # type: ignore[misc]
    assert worker.close(LIMIT_S)
    inbox.drain()
    assert (done, told) == ([0, 1, 2], [])
    worker.do(lambda: done.append(3), told.append, unexpected)
    assert done == [0, 1, 2]
