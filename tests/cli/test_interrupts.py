"""Ctrl+C while something must be ended in an orderly way."""

import signal
import threading

import pytest

from mnist_bench.cli.interrupts import on_interrupt


def test_what_stops_may_need_a_lock_that_the_main_thread_holds() -> None:
    lock, stopped = threading.Lock(), threading.Event()

    def stop() -> None:
        with lock:
            stopped.set()

    with on_interrupt(stop):
        with lock:
            signal.raise_signal(signal.SIGINT)
        assert stopped.wait(20)


def test_a_second_one_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    with on_interrupt(lambda: None):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_one_nothing_is_stopped() -> None:
    stopped = threading.Event()
    with on_interrupt(stopped.set):
        pass
    assert not stopped.is_set()
