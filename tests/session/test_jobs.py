"""Long work: one at a time, with progress, cancelled at once, ended before the session is."""

import threading
from collections.abc import Iterator

import pytest

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.base.progress import Progress
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.jobs import Jobs, Task

LIMIT_S = 10.0


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def jobs(inbox: Inbox) -> Iterator[Jobs]:
    jobs = Jobs(inbox)
    yield jobs
    assert jobs.close(LIMIT_S)


def test_work_tells_its_progress_and_what_came_of_it(jobs: Jobs, inbox: Inbox) -> None:
    told: list[Progress | None] = []
    came: list[str] = []
    jobs.progressed.subscribe(told.append)

    def work(task: Task) -> str:
        task.report("Counting", 1, 2)
        return "two"

    assert jobs.run("Counting", work, came.append)
    assert jobs.is_busy
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    assert came == ["two"]
    assert [one and (one.title, one.done, one.total) for one in told] == [("Counting", 0, 0), ("Counting", 1, 2), None]


def test_only_one_thing_runs_at_a_time(jobs: Jobs, inbox: Inbox) -> None:
    release = threading.Event()
    said: list[str] = []
    jobs.message.subscribe(said.append)
    assert jobs.run("First", lambda _: release.wait(LIMIT_S))
    assert not jobs.run("Second", lambda _: None)
    assert said == ["Something else is running."]
    release.set()
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    assert jobs.run("Third", lambda _: None)


def test_a_failure_is_told_and_a_cancel_is_none(jobs: Jobs, inbox: Inbox) -> None:
    failures: list[Exception] = []
    said: list[str] = []
    jobs.failed.subscribe(failures.append)
    jobs.message.subscribe(said.append)

    def fail(_task: Task) -> None:
        raise InputError("It broke.")

    def give_up(_task: Task) -> None:
        raise Cancelled("Cancelled by itself.")

    jobs.run("Failing", fail)
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    jobs.run("Giving up", give_up)
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    assert [str(error) for error in failures] == ["It broke."]
    assert said == ["Cancelled by itself."]


def test_a_cancel_answers_at_once_and_nobody_hears_of_the_rest(jobs: Jobs, inbox: Inbox) -> None:
    begun, release = threading.Event(), threading.Event()
    came: list[object] = []

    def work(task: Task) -> str:
        begun.set()
        release.wait(LIMIT_S)
        task.report("Still at it", 1, 2)
        return "too late"

    jobs.run("Slow", work, came.append)
    assert begun.wait(LIMIT_S)
    jobs.cancel()
    assert not jobs.is_busy
    assert jobs.progress is None
    release.set()
    assert jobs.close(LIMIT_S)
    inbox.drain()
    assert came == []


def test_work_that_keeps_its_results_ends_by_itself(jobs: Jobs, inbox: Inbox) -> None:
    begun = threading.Event()
    stopped = threading.Event()
    came: list[str] = []

    def work(task: Task) -> str:
        task.call_when_cancelled(stopped.set)
        begun.set()
        stopped.wait(LIMIT_S)
        task.report("Finishing", 1, 2)  # is no reason to end it
        return "a part"

    jobs.run("Keeping", work, came.append, keeps_results=True)
    assert begun.wait(LIMIT_S)
    jobs.cancel()
    assert jobs.is_busy
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    assert came == ["a part"]


def test_what_is_called_on_a_cancel_is_called_once(jobs: Jobs, inbox: Inbox) -> None:
    calls: list[str] = []
    begun, cancelled = threading.Event(), threading.Event()

    def work(task: Task) -> None:
        task.call_when_cancelled(lambda: calls.append("before"))
        begun.set()
        cancelled.wait(LIMIT_S)
        task.call_when_cancelled(lambda: calls.append("behind"))

    jobs.run("Twice", work, keeps_results=True)
    assert begun.wait(LIMIT_S)
    jobs.cancel()
    jobs.cancel()
    cancelled.set()
    assert inbox.wait_until(lambda: not jobs.is_busy, LIMIT_S)
    assert calls == ["before", "behind"]
