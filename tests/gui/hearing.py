"""Waiting for signals that another thread emits.

pytest-qt's own receivers are no QObjects: an emission still on its way from another thread when the wait is over meets
whatever lies in the receiver's memory by then. A QObject's pending calls go with it.
"""

from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance

from mnist_bench.session.inbox import Topic

_KEPT: list[QObject] = []


class _Relay(QObject):
    heard = Signal(object)

    def hear(self, *values: object) -> None:
        self.heard.emit(values[0] if len(values) == 1 else values)


def heard(signal: SignalInstance) -> SignalInstance:
    """The same signal, told on the thread of the test: for `qtbot.waitSignal(heard(worker.loaded))`."""
    relay = _Relay()
    _KEPT.append(relay)
    signal.connect(relay.hear)
    return relay.heard


def topic(of: Topic[Any]) -> SignalInstance:
    """A signal for each value that a topic brings: for `qtbot.waitSignal(topic(session.message))`."""
    relay = _Relay()
    _KEPT.append(relay)
    of.subscribe(relay.hear)
    return relay.heard
