"""Ctrl+C while something must be ended in an orderly way."""

import signal
import threading

import pytest

from mnist_bench.cli.interrupts import on_interrupt, signals_like_ctrl_c

needs_hangups = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")


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


@needs_hangups
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_do_what_ctrl_c_does(name: str) -> None:
    number = getattr(signal, name)
    stopped = threading.Event()
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with signals_like_ctrl_c() as came:
            with on_interrupt(stopped.set):
                signal.raise_signal(number)
                assert stopped.wait(20)
            assert came == [number]
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


@needs_hangups
def test_what_ignores_a_signal_goes_on_to_do_so() -> None:
    """A shell's `nohup` ignores SIGHUP; a script's `&` ignores SIGINT, but not SIGTERM."""
    ctrl_c = signal.signal(signal.SIGINT, signal.SIG_IGN)
    hangup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_like_ctrl_c() as came:
            signal.raise_signal(signal.SIGHUP)
            assert came == []
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGINT, ctrl_c)
        signal.signal(signal.SIGHUP, hangup)
