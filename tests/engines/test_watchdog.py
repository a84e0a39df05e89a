"""Deadlines: on time, in order, and none after it is disarmed."""

import logging
import threading
import time

import pytest

from mnist_bench.engines.watchdog import Watchdog

LATE_S = 1.0  # what a busy machine may add


class Bell:
    """An action that tells when it was called."""

    def __init__(self) -> None:
        self.rung = threading.Event()
        self.at = 0.0

    def __call__(self) -> None:
        self.at = time.monotonic()
        self.rung.set()


def test_a_deadline_passes_on_time() -> None:
    watchdog, bell = Watchdog(), Bell()
    start = time.monotonic()
    watch = watchdog.arm(0.05, bell)
    assert bell.rung.wait(10)
    assert 0.05 <= bell.at - start < 0.05 + LATE_S
    assert watchdog.disarm(watch)


def test_a_disarmed_deadline_never_passes() -> None:
    watchdog, never, after = Watchdog(), Bell(), Bell()
    watch = watchdog.arm(0.03, never)
    assert not watchdog.disarm(watch)
    watchdog.arm(0.06, after)
    assert after.rung.wait(10)
    assert not never.rung.is_set()
    assert not watchdog.disarm(watch)


def test_an_earlier_deadline_wakes_the_thread_that_waits_for_a_later_one() -> None:
    watchdog, late, early = Watchdog(), Bell(), Bell()
    later = watchdog.arm(60, late)
    threading.Event().wait(0.01)  # it may be asleep by now
    start = time.monotonic()
    watchdog.arm(0.03, early)
    assert early.rung.wait(10)
    assert early.at - start < 0.03 + LATE_S
    assert not watchdog.disarm(later)


def test_many_deadlines_pass_each_on_its_own() -> None:
    watchdog = Watchdog()
    bells = [Bell() for _ in range(20)]
    start = time.monotonic()
    for index, bell in enumerate(reversed(bells)):
        watchdog.arm(0.005 * (20 - index), bell)
    for index, bell in enumerate(bells):
        assert bell.rung.wait(10)
        assert bell.at - start >= 0.005 * (index + 1)


def test_an_action_that_fails_takes_no_other_deadline_with_it(caplog: pytest.LogCaptureFixture) -> None:
    watchdog, bell = Watchdog(), Bell()

    def fail() -> None:
        raise OSError("cannot be ended")

    with caplog.at_level(logging.ERROR):
        watchdog.arm(0.01, fail)
        watchdog.arm(0.02, bell)
        assert bell.rung.wait(10)
    assert "cannot be ended" in caplog.text


def test_a_deadline_that_must_not_be_waited_for_passes_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_bench.engines.watchdog.LOOK_SECONDS", 0.02)
    watchdog, bell, never = Watchdog(), Bell(), Bell()
    answers = iter((False, False, True))
    watch = watchdog.arm(60, bell, lambda: next(answers))
    other = watchdog.arm(60, never, lambda: False)
    assert bell.rung.wait(10)
    assert watch.was_seen
    assert not never.rung.is_set()
    assert not watchdog.disarm(other)


def test_time_in_which_the_program_was_stopped_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_s = 0.0
    clock = time.monotonic
    monkeypatch.setattr("mnist_bench.engines.watchdog.time.monotonic", lambda: clock() + stopped_s)
    watchdog, short, long, after = Watchdog(), Bell(), Bell(), Bell()
    watchdog.arm(0.1, short)
    watch = watchdog.arm(50, long)
    stopped_s = 100.0
    assert short.rung.wait(10)
    watchdog.arm(0.01, after)
    assert after.rung.wait(10)
    assert not long.rung.is_set()
    assert not watchdog.disarm(watch)
