"""The Layers tab in a session: what it begins, and what it shows of what runs, was kept, or is compared."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mnist_bench.bench.results.result import Result
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.layers.view import LayersView
from mnist_bench.network.bundled import load_network
from mnist_bench.session.session import Session
from tests.backends import NATIVE_INT8
from tests.bench.results.measured import traced
from tests.odd_engines import without_quantization
from tests.sessions import MakeSession, heard


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session(InferenceEngine, ready=False)


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> LayersView:
    view = LayersView(session)
    qtbot.addWidget(view)
    view.resize(1100, 400)
    view.show()
    return view


@pytest.fixture
def fronts(view: LayersView) -> list[None]:
    """Grows by one each time that the tab wants to be in front."""
    fronts: list[None] = []
    view.wanted.connect(lambda: fronts.append(None))
    return fronts


def said_instead(view: LayersView) -> str:
    """What it says while there is no result."""
    return "".join(label.text() for label in view.findChildren(QLabel) if label.property("role") == "empty")


def titles(view: LayersView) -> list[str]:
    """The names of the columns of times."""
    model = view.table.model()
    header = (model.headerData(column, Qt.Orientation.Horizontal) for column in range(1, model.columnCount() - 3))
    return [str(title).replace("\n", " · ") for title in header]


@pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")
def test_it_analyses_and_names_what_cannot_run(
    qtbot: QtBot, session: Session, view: LayersView, fronts: list[None]
) -> None:
    session.live.choose([find_backend("native-int8"), find_backend("native-fp32")])
    session.live.use_network(without_quantization(load_network("digits-mlp")))
    view.analyse_button.click()
    assert not view.analyse_button.isEnabled()
    assert len(fronts) == 1
    assert "is running the network layer by layer" in said_instead(view)
    qtbot.waitUntil(lambda: len(fronts) == 2, timeout=20_000)
    assert view.analyse_button.isEnabled()
    found = view.comparison
    assert found is not None
    assert (found.images, found.backends[0].traces) == (31, 217)
    assert "Native int8: " in view.sentence.text()
    assert "Press “Analyse layers”" in said_instead(view)


def test_what_is_known_so_far_is_shown(session: Session, view: LayersView) -> None:
    session.measuring.traced.publish(traced())
    assert titles(view) == ["PyTorch fp32", "QNNPACK int8"]


def test_the_pads_digit_is_asked_for(session: Session, view: LayersView) -> None:
    said = heard(session.message)
    view.source.setCurrentIndex(view.source.findData(True))
    view.analyse_button.click()
    assert said == ["No backend is ready yet."]


def test_a_kept_analysis_comes_to_the_front(session: Session, view: LayersView, fronts: list[None]) -> None:
    kept = session.results.kept.add(traced())
    session.results.show([kept])
    assert len(fronts) == 1
    assert view.comparison is kept.value


def test_kept_analyses_are_compared_side_by_side(session: Session, view: LayersView) -> None:
    session.results.show([Result(traced()), Result(traced(20))])
    assert titles(view) == ["#1 PyTorch fp32", "#1 QNNPACK int8", "#2 PyTorch fp32", "#2 QNNPACK int8"]
    styles = [style for column in view.table._model.columns if (style := column.style) is not None]
    assert [style.color for style in styles[:2]] == [style.color for style in styles[2:]]
    assert [style.is_filled for style in styles] == [True, True, False, False]
