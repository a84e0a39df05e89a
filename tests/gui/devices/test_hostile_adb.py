"""A window beside an adb server that lists other phones thousands of times a second: it lives on, and stays small."""

import resource
import threading
import time
from itertools import count
from socket import socket

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import Status
from mnist_bench.session.session import Session
from tests.devices.phone.scripted_adb import ScriptedAdb
from tests.gui.devices.scripted_window import devices_view
from tests.gui.heartbeat import BUSY_S, Heartbeat
from tests.odd_engines import OddEngines

FLOOD_SECONDS = 1.5
PHONES = 64  # more are not listed


def test_a_flood_of_lists_holds_up_nothing(qtbot: QtBot, themed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()
    numbers = count()

    def listed(round_: int) -> bytes:
        states = ("device", "offline", "unauthorized", "no permissions")
        lines = (f"P{next(numbers)}-{'x' * 90} {states[(row + round_) % 4]} model:Model_{row}" for row in range(PHONES))
        text = "\n".join(lines).encode()
        return b"%04x%s" % (len(text), text)

    def flood(client: socket) -> None:
        client.sendall(b"OKAY")

        def send() -> None:
            begun.wait()
            end = time.monotonic() + FLOOD_SECONDS
            for round_ in count():
                client.sendall(listed(round_))
                if time.monotonic() > end:
                    break
            client.sendall(b"000bLAST device")
            ended.set()

        threading.Thread(target=send, daemon=True).start()

    with ScriptedAdb({"host:track-devices-l": flood, "host:": lambda client: client.close()}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        session = Session(make_engine=OddEngines(), access={"android": PhoneAccess()})
        session.live.choose([find_backend("torch-fp32")])
        window = MainWindow(session)
        qtbot.addWidget(window)
        window.painted.connect(window.begin)
        window.show()
        qtbot.waitUntil(lambda: window.tabs.is_complete, timeout=20_000)
        window.tabs.setCurrentWidget(devices_view(window))
        qtbot.waitUntil(lambda: session.live.backends[0].status is Status.READY, timeout=20_000)
        heartbeat = Heartbeat(window)
        heartbeat.begin()
        begun.set()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        qtbot.waitUntil(
            lambda: ended.is_set() and [one.seen.serial for one in session.devices.states] == ["LAST"], timeout=60_000
        )
        print(f"longest stall {heartbeat.longest_s:.3f} s, work {heartbeat.busiest_s:.3f} s")
        assert heartbeat.busiest_s < BUSY_S
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1.5 * before
        assert len(session.devices.titles) <= 101
        window.close()
