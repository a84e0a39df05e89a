import threading
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.worker import Worker


def test_the_last_asked_wins(qtbot: QtBot) -> None:
    background = Worker()
    answers: list[object] = []
    background.answered.connect(answers.append)
    gate = threading.Event()
    background.ask(lambda: gate.wait(5))
    for number in range(5):
        background.ask(partial(int, number))
    assert background.is_busy
    gate.set()
    qtbot.waitUntil(lambda: not background.is_busy)
    assert answers == [4]


def test_what_is_not_wanted_any_more_is_not_told(qtbot: QtBot) -> None:
    background = Worker()
    answers: list[object] = []
    background.answered.connect(answers.append)
    done = threading.Event()
    background.ask(done.set)
    background.forget()
    assert done.wait(5)
    background.ask(lambda: "second")
    qtbot.waitUntil(lambda: answers == ["second"])


def test_work_is_done_off_the_windows_thread_and_told_on_it(qtbot: QtBot) -> None:
    background = Worker()
    told_on: list[threading.Thread] = []
    background.answered.connect(lambda worked_on: told_on.extend([worked_on, threading.current_thread()]))
    background.ask(threading.current_thread)
    qtbot.waitUntil(lambda: len(told_on) == 2)
    assert told_on[0] is not threading.main_thread()
    assert told_on[1] is threading.main_thread()


def test_an_exception_is_told_with_its_traceback(qtbot: QtBot) -> None:
    background = Worker()
    with qtbot.waitSignal(background.failed) as failed:
        background.ask(lambda: 1 / 0)
    assert isinstance(failed.args[0], ZeroDivisionError)
    assert failed.args[0].__traceback__ is not None


def test_it_may_go_while_it_works(qtbot: QtBot) -> None:
    started, gate = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        gate.wait(5)

    background = Worker()
    background.ask(work)
    assert started.wait(5)
    threading.Timer(0.02, gate.set).start()
    background.deleteLater()
    QCoreApplication.sendPostedEvents(background, QEvent.Type.DeferredDelete.value)


def test_a_queue_does_every_job_in_order_and_tells_of_each_before_the_end(qtbot: QtBot) -> None:
    queue = Worker()
    told: list[object] = []
    queue.answered.connect(told.append)
    queue.failed.connect(lambda error: told.append(type(error)))
    gate = threading.Event()
    for job in (partial(gate.wait, 5), lambda: int("no number"), lambda: "last"):
        queue.do(job)
    gate.set()
    queue.finish()
    assert told == [True, ValueError, "last"]
