"""Long work on a thread of its own."""

import threading
from collections.abc import Iterator

import pytest
from mnist_bench.gui.work.task import Task, wait_for_tasks
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.base.progress import Progress


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds up a work until it is set."""
    gate = threading.Event()
    yield gate
    gate.set()
    assert wait_for_tasks(2.0)
    QCoreApplication.processEvents()


def test_progress_and_answer_are_told_and_the_task_goes(qtbot: QtBot) -> None:
    def work(task: Task) -> str:
        task.report("half", 1, 2)
        return "all"

    task = Task("work", work)
    told: list[object] = []
    task.progressed.connect(lambda progress: told.append(progress.title))
    task.succeeded.connect(told.append)
    with qtbot.waitSignal(task.destroyed):
        task.start()
    assert told == ["half", "all"]
    assert wait_for_tasks(0)


def test_what_it_raises_is_told(qtbot: QtBot) -> None:
    def work(_task: Task) -> None:
        raise InputError("It is damaged.")

    task = Task("work", work)
    with qtbot.waitSignal(task.failed) as failed:
        task.start()
    assert isinstance(failed.args[0], InputError)


def test_who_cancels_is_answered_at_once_and_hears_no_more_of_it(qtbot: QtBot, gate: threading.Event) -> None:
    def work(task: Task) -> str:
        task.report("begun", 0, 2)
        gate.wait(10)
        return "too late"

    task = Task("work", work)
    told: list[object] = []
    for signal in (task.progressed, task.succeeded, task.failed):
        signal.connect(told.append)
    with qtbot.waitSignal(task.progressed):
        task.start()
    task.cancel()
    task.cancel()
    assert [type(thing) for thing in told] == [Progress, Cancelled]
    assert not wait_for_tasks(0)
    with qtbot.waitSignal(task.destroyed):
        gate.set()
    assert len(told) == 2


def test_work_that_keeps_its_results_ends_by_itself_and_is_heard(qtbot: QtBot, gate: threading.Event) -> None:
    def work(task: Task) -> str:
        gate.wait(10)
        task.report("still at it", 1, 2)
        return "a part"

    task = Task("work", work, keeps_its_results=True)
    told: list[object] = []
    task.progressed.connect(lambda progress: told.append(progress.title))
    task.failed.connect(told.append)
    task.succeeded.connect(told.append)
    task.start()
    task.call_when_cancelled(gate.set)
    with qtbot.waitSignal(task.destroyed):
        task.cancel()
    assert told[-1] == "a part"
    assert not any(isinstance(one, Cancelled) for one in told)
