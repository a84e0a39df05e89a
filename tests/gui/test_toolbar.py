"""The tool bar's menus."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.libraries.install import Choice
from mnist_bench.gui import toolbar
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.session.session import Session
from tests.engine_packages import tiny
from tests.networks import tiny_network
from tests.odd_engines import OddEngines


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session(make_engine=OddEngines(), access={})
    yield session
    session.close()


@pytest.fixture
def tools(qtbot: QtBot, themed: QApplication, session: Session) -> ToolBar:
    tools = ToolBar(session, DevicesButton(session))
    qtbot.addWidget(tools)
    tools.show()
    return tools


def menu(tools: ToolBar, name: str) -> QMenu:
    button = next(button for button in tools.findChildren(QToolButton) if button.accessibleName().startswith(name))
    return button.menu()


def action(tools: ToolBar, name: str, words: str) -> QAction:
    return next(action for action in menu(tools, name).actions() if action.text() == words)


def submenu_action(tools: ToolBar, title: str, words: str) -> QAction:
    submenu = next(action.menu() for action in menu(tools, "Menu").actions() if action.text() == title)
    assert isinstance(submenu, QMenu)
    return next(action for action in submenu.actions() if action.text() == words)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_backends_are_checked_and_unchecked_and_the_menu_stays_open(tools: ToolBar, session: Session) -> None:
    session.live.choose([find_backend("torch-fp32"), find_backend("qnnpack-int8")])
    backends = menu(tools, "Backends")
    backends.popup(tools.mapToGlobal(tools.rect().bottomLeft()))
    where = backends.actionGeometry(action(tools, "Backends", "PyTorch fp32 · TorchScript · 1 thread")).center()
    QTest.mouseClick(backends, Qt.MouseButton.LeftButton, pos=where)
    ids = [state.id for state in session.live.backends]
    assert ids == ["torch-fp32", "qnnpack-int8", "torch-fp32:torchscript"]
    assert backends.isVisible()
    backends.close()


def test_what_this_processor_lacks_is_told_and_cannot_be_chosen(tools: ToolBar, session: Session) -> None:
    menu(tools, "Backends").aboutToShow.emit()
    assert action(tools, "Backends", "Native fp16 · C · 1 thread").isEnabled(), "no native runner has told what it can"
    session.live.choose([find_backend("torch-fp32"), find_backend("native-int8")])
    session.live.use_network(tiny_network())
    assert session.inbox.wait_until(lambda: session.live.lacks(find_backend("native-fp16")) != "", 20.0)
    menu(tools, "Backends").aboutToShow.emit()
    needs = action(tools, "Backends", "Native fp16 · needs a processor that computes in fp16 (arm64 with FEAT_FP16)")
    assert not needs.isEnabled()
    assert action(tools, "Backends", "PyTorch fp16 · eager · 1 thread").isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_more_threads_have_a_menu_of_their_own(
    tools: ToolBar, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbar, "offered_threads", lambda: (1, 2))
    session.live.choose([find_backend("torch-fp32")])
    backends = menu(tools, "Backends")
    for _ in range(2):  # it is made anew whenever it opens
        backends.popup(tools.mapToGlobal(tools.rect().bottomLeft()))
    part = action(tools, "Backends", "2 threads").menu()
    assert isinstance(part, QMenu)
    part.popup(backends.mapToGlobal(backends.rect().bottomRight()))
    where = part.actionGeometry(part.actions()[0]).center()
    QTest.mouseClick(part, Qt.MouseButton.LeftButton, pos=where)
    assert [state.id for state in session.live.backends] == ["torch-fp32", "torch-fp32:eager:2"]
    assert part.isVisible()
    part.close()
    backends.close()


def test_at_least_one_backend_and_at_most_six(tools: ToolBar, session: Session) -> None:
    session.live.choose([find_backend("torch-fp32")])
    menu(tools, "Backends").aboutToShow.emit()  # it is open from here on
    assert not action(tools, "Backends", "PyTorch fp32 · eager · 1 thread").isEnabled()
    six = [find_backend(f"torch-fp32:{mode}:{threads}") for mode in ("eager", "torchscript") for threads in (1, 2, 4)]
    session.live.choose(six)
    assert action(tools, "Backends", "PyTorch fp32 · eager · 1 thread").isEnabled()
    assert not action(tools, "Backends", "QNNPACK int8 · eager · 1 thread").isEnabled()


def test_models_and_opened_files_can_be_picked(
    tools: ToolBar, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = "/home/me/a-very-long-name-of-a-model-file.safetensors"
    session.networks.files = (file,)
    session.networks.changed.publish("digits-cnn")
    chosen: list[str] = []
    monkeypatch.setattr(session.networks, "choose", chosen.append)
    assert action(tools, "Network", "digits-cnn").isChecked()
    action(tools, "Network", "a-very-long-name-of-a-model-file.safetensors").trigger()
    assert chosen == [file]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/home/me/other.safetensors", ""))
    action(tools, "Network", "Open a model file …").trigger()
    assert chosen[1:] == ["/home/me/other.safetensors"]


def test_light_or_dark(qtbot: QtBot, tools: ToolBar) -> None:
    with qtbot.waitSignal(tools.look_chosen) as chosen:
        submenu_action(tools, "Appearance", "Dark").trigger()
    assert chosen.args == ["theme", "dark"]
    tools.show_look(SchemeChoice.SYSTEM, 125)
    assert submenu_action(tools, "Appearance", "Follow system").isChecked()


def test_the_size_of_the_text(qtbot: QtBot, tools: ToolBar) -> None:
    with qtbot.waitSignal(tools.look_chosen) as chosen:
        submenu_action(tools, "Text size", "150 %").trigger()
    assert chosen.args == ["text size", "150"]
    tools.show_look(SchemeChoice.SYSTEM, 125)
    assert submenu_action(tools, "Text size", "125 %").isChecked()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_an_engine_is_offered_until_it_is_installed(
    tools: ToolBar, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = tiny(b"")
    there, asked = [choice], list[Choice]()
    monkeypatch.setattr(session.engines, "missing", lambda: tuple(there))
    monkeypatch.setattr(session.engines, "install", asked.append)
    backends = menu(tools, "Backends")
    backends.popup(tools.mapToGlobal(tools.rect().bottomLeft()))
    words = f"Install Tiny Engine 1.5 ({choice.terms})"
    action(tools, "Backends", words).trigger()
    assert asked == [choice]
    backends.close()
    there.clear()
    backends.popup(tools.mapToGlobal(tools.rect().bottomLeft()))
    assert words not in [each.text() for each in backends.actions()]
    checked = [each for each in backends.actions() if each.isChecked()]
    assert len(checked) == len(session.live.backends)
    backends.close()
