"""What every test of the window needs: a display or none, settings and folders of its own, the theme."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings, QThreadPool
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.kit import export, theme
from mnist_bench.gui.kit.bridge import Bridge
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import Status
from mnist_bench.session.live import MakeEngine
from mnist_bench.session.session import Session
from tests.gui.answering import Answers
from tests.odd_engines import OddEngines
from tests.sessions import MakeSession

MakeWindow = Callable[..., MainWindow]


def pytest_configure(config: pytest.Config) -> None:
    # A remark of the platform without a display about every window; all other warnings of Qt fail a test.
    config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep a test away from the person's settings, kept drawings, cache and log; returns the folder that stands in."""
    home = tmp_path / "home"
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.delenv("MNIST_BENCH_DATA", raising=False)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home / "settings"))
    return home


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread of Python's or work in Qt's pool behind, and name it."""
    before = set(threading.enumerate())
    yield
    assert QThreadPool.globalInstance().waitForDone(5000), "work is still running in Qt's global thread pool"
    left = [t for t in threading.enumerate() if t not in before and not isinstance(t, threading._DummyThread)]
    left = [t for t in left if t.name != "watchdog"]  # the one of the engines, which stays for the whole process
    for thread in left:
        thread.join(2.0)
    assert not [t.name for t in left if t.is_alive()]


@pytest.fixture(scope="session")
def what_stays() -> None:
    """What was imported stays for good: collections need not look at it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_collected_here(what_stays: None) -> Iterator[None]:
    """Let Python's garbage be collected between tests, on the window's thread alone.

    Whichever thread happens to allocate collects otherwise; a widget in a cycle that is destroyed by the thread of an
    engine crashes Qt at some later moment (as pyqtgraph's GarbageCollector explains).
    """
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(params=["light"])
def themed(qapp: QApplication, request: pytest.FixtureRequest) -> QApplication:
    """The application in the light look; parametrize it with `["light", "dark"], indirect=True` for both."""
    theme.apply(qapp, theme.SchemeChoice(request.param))
    return qapp


@pytest.fixture
def make_session(qtbot: QtBot, themed: QApplication, make_session: MakeSession) -> MakeSession:
    """As for other tests, but Qt's event loop drains the inbox, as in a window."""
    bridges: list[Bridge] = []

    def make(engines: MakeEngine | None = None, **how: Any) -> Session:
        session = make_session(engines, **how)
        bridges.append(Bridge(session.inbox))
        return session

    return make


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    """One in which nothing has begun."""
    return make_session(ready=False)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the person answers when something is to be saved."""
    answers = Answers()
    monkeypatch.setattr(export, "ask_how", answers.how)
    monkeypatch.setattr(export, "ask_where", answers.where)
    return answers


@pytest.fixture
def make_window(qtbot: QtBot, themed: QApplication) -> Iterator[MakeWindow]:
    """Opens windows over odd runners and without other devices, and closes them after the test."""
    windows: list[MainWindow] = []

    def make(
        engines: OddEngines | None = None,
        *,
        ready: bool = True,
        backends: tuple[str, ...] = ("torch-fp32", "qnnpack-int8"),
    ) -> MainWindow:
        session = Session(make_engine=engines or OddEngines(), access={})
        if not session.choices.texts("backends") or not windows:
            session.live.choose([find_backend(text) for text in backends])
        window = MainWindow(session)
        windows.append(window)
        qtbot.addWidget(window)
        window.painted.connect(window.begin)
        window.show()
        if ready:
            qtbot.waitUntil(lambda: window.tabs.is_complete and is_ready(window), timeout=20_000)
        return window

    yield make
    for window in windows:
        window.close()


def is_ready(window: MainWindow) -> bool:
    """Whether every backend has said what it can do."""
    return all(state.status in (Status.READY, Status.FAILED) for state in window.session.live.backends)
