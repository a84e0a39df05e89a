"""What children with the real window share: opening it as the program does, and waiting for it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QTimer, Signal, SignalInstance

from mnist_bench.devices.access import OnSeen, OnTrouble
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.app import GarbageCollection, make_application
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.window import MainWindow
from mnist_bench.runners.host import peak_memory_bytes
from mnist_bench.session.backend_state import Status
from mnist_bench.session.inbox import Topic
from mnist_bench.session.session import Session

_START_S = 120.0


class ProbedWindow(MainWindow):
    """The real window, which also tells when it has been painted.

    Signals:
        repainted: all that had changed is on the screen, `perf_counter_ns`.
    """

    repainted = Signal(object)

    def event(self, event: QEvent) -> bool:
        """Qt paints everything that wants it while it handles an update request."""
        handled = super().event(event)
        if event.type() is QEvent.Type.UpdateRequest:
            self.repainted.emit(perf_counter_ns())
        return handled


class NoPhones(PhoneAccess):
    """A computer without phones: no adb server is started beside what is measured, nor left behind."""

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> "NoPhones":  # noqa: ARG002
        """Follows nothing."""
        return self

    def start(self) -> None:
        """There is nothing to follow."""

    def close(self, _limit_s: float) -> None:
        """Nothing runs."""


class TooLate(Exception):
    """Something did not happen in time."""


@contextmanager
def open_window(data: Path | None = None) -> Iterator[ProbedWindow]:
    """The window with both of PyTorch's backends ready; everything it started is ended afterwards.

    A new person has a third card where there is a native runner; the figures stay those of two.
    """
    app = make_application()
    theme.apply(app, SchemeChoice.LIGHT)
    session = Session(data=data, access={"android": NoPhones()})
    session.live.choose((find_backend("torch-fp32"), find_backend("qnnpack-int8")))
    window = ProbedWindow(session)
    window.painted.connect(window.begin)
    window.show()
    garbage = GarbageCollection()
    try:
        wait_until_ready(session)
        wait_for(window.tabs.completed, lambda: window.tabs.is_complete)
        yield window
    finally:
        window.close()
        garbage.end()


def wait_until_ready(session: Session) -> None:
    """Run the event loop until every chosen backend is ready."""
    wait_for(session.live.changed, lambda: all(state.status is Status.READY for state in session.live.backends))


def wait_for(told: Topic[Any] | SignalInstance, holds: Callable[[], bool], limit_s: float = _START_S) -> None:
    """Run the event loop until `holds`, which is asked whenever `told` tells of something; TooLate after `limit_s`."""
    loop = QEventLoop()

    def look(*_: object) -> None:
        if holds():
            loop.quit()

    if holds():
        return
    end = told.subscribe(look) if isinstance(told, Topic) else _connect(told, look)
    limit = timer(loop, lambda: loop.exit(1), once=True)
    limit.start(round(limit_s * 1000))
    too_late = loop.exec()
    end()
    if too_late:
        raise TooLate(f"The window did not do in {limit_s:.0f} s what it was asked.")


def _connect(signal: SignalInstance, look: Callable[..., None]) -> Callable[[], object]:
    signal.connect(look)
    return lambda: signal.disconnect(look)


def rest(seconds: float) -> None:
    """Run the event loop for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop, loop.quit)
    loop.exec()


def own_peak_memory_bytes() -> int:
    """The largest resident set of this process so far, its children apart."""
    if sys.platform == "linux":
        # Not getrusage's, which begins with the memory of the process that started this one.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return peak_memory_bytes()
