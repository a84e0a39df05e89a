"""The Layers tab at work: real native runners, and odd ones."""

import threading
from collections.abc import Callable, Iterator

import pytest
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.layers.controller import LayersController
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.pad.digit_input import DigitInput
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import Task, wait_for_tasks
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.bench.layers import tracing
from mnist_bench.bench.layers.analysis import LayerAnalysis
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.layers import controller as layers_controller
from mnist_bench.gui.layers.layers_tab import Source
from mnist_bench.network.bundled import load_network
from tests.backends import NATIVE_INT8
from tests.odd_engines import OddEngines, image_of, without_quantization

pytestmark = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")

NETWORK = load_network("digits-mlp")
Made = tuple[LayersController, LongWork, LiveController]
Make = Callable[..., Made]


@pytest.fixture
def make(qtbot: QtBot, themed: QApplication) -> Iterator[Make]:
    made: list[tuple[LiveController, LongWork, QWidget]] = []

    def controller(make_engine: MakeEngine, *backend_ids: str) -> Made:
        window = QWidget()
        qtbot.addWidget(window)
        work = LongWork(window)
        live = LiveController(LiveSamples(), make_engine, window)
        live.choose([find_backend(backend_id) for backend_id in backend_ids])
        layers = LayersController(live, work, make_engine, window)
        layers.use_network(NETWORK)
        made.append((live, work, window))
        return layers, work, live

    yield controller
    for live, work, _ in made:
        work.cancel()
        assert wait_for_tasks(10)
        live.close(5)


def test_the_samples_are_traced_beside_an_fp32_reference(qtbot: QtBot, make: Make) -> None:
    engines: list[InferenceEngine] = []

    def make_engine(backend: Backend) -> InferenceEngine:
        engines.append(InferenceEngine(backend))
        return engines[-1]

    layers, work, live = make(make_engine, "native-int8")
    busy: list[bool] = []
    work.busy_changed.connect(busy.append)
    layers.tab.analyse_button.click()
    assert not layers.tab.analyse_button.isEnabled()
    qtbot.waitUntil(lambda: busy == [True, False], timeout=20_000)
    found = layers.tab.comparison
    assert found is not None
    assert [one.backend_id for one in found.backends] == ["native-int8", "native-fp32"]
    assert (found.images, found.reference_id, found.backends[0].traces) == (31, "native-fp32", 217)
    assert layers.tab.analyse_button.isEnabled()
    own = engines[len(live.places) :]
    assert len(own) == 2
    assert not any(engine.is_running for engine in own)


def test_the_digit_on_the_pad_is_traced(qtbot: QtBot, make: Make) -> None:
    layers, work, _ = make(InferenceEngine, "native-int8")
    with qtbot.waitSignal(layers.message) as told:
        layers.analyse(Source.PAD)
    assert told.args == ["Draw a digit first, or choose the bundled samples."]
    layers.show_digit(DigitInput(None, image_of(3), None, 0))
    layers.analyse(Source.PAD)
    qtbot.waitUntil(lambda: not work.is_busy, timeout=20_000)
    assert layers.tab.comparison is not None
    assert (layers.tab.comparison.images, layers.tab.comparison.backends[0].traces) == (1, 200)


def test_what_is_known_is_shown_while_it_runs_and_kept_when_it_is_cancelled(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    class Waiting(LayerAnalysis):
        """Goes on after its first result only when the test says so."""

        told = 0

        def result(self) -> LayerComparison:
            self.told += 1
            assert self.told == 1 or go_on.wait(20)
            return super().result()

    monkeypatch.setattr(layers_controller, "_TELL_SECONDS", 0)
    monkeypatch.setattr(tracing, "LayerAnalysis", Waiting)
    layers, work, _ = make(InferenceEngine, "native-int8")
    layers.analyse(Source.SAMPLES)
    qtbot.waitUntil(lambda: layers.tab.comparison is not None, timeout=20_000)
    with qtbot.waitSignal(work.message) as told:
        work.cancel()
    assert told.args == ["Cancelled."]
    go_on.set()
    assert wait_for_tasks(10)
    assert layers.tab.comparison is not None
    assert 1 <= layers.tab.comparison.images < 31


def test_a_runner_that_hangs_is_ended_by_cancelling(qtbot: QtBot, make: Make) -> None:
    layers, work, _ = make(OddEngines(torch_fp32=("--hang",)), "torch-fp32")
    titles: list[str] = []
    work.progressed.connect(lambda progress: titles.append(progress.title))
    layers.analyse(Source.SAMPLES)
    qtbot.waitUntil(lambda: "Starting the backends" in titles, timeout=20_000)
    work.cancel()
    assert wait_for_tasks(10)
    assert layers.tab.comparison is None


def test_a_backend_that_cannot_run_is_named_beside_the_others(qtbot: QtBot, make: Make) -> None:
    layers, work, _ = make(InferenceEngine, "native-int8", "native-fp32")
    layers.use_network(without_quantization(NETWORK))
    layers.analyse(Source.SAMPLES)
    qtbot.waitUntil(lambda: not work.is_busy, timeout=20_000)
    found = layers.tab.comparison
    assert found is not None
    assert list(found.failures) == ["native-int8"]
    assert "int8" in layers.tab.sentence.text()


def test_a_runner_whose_trace_makes_no_sense_is_a_failure(qtbot: QtBot, make: Make) -> None:
    layers, work, _ = make(OddEngines(), "torch-fp32")
    with qtbot.waitSignal(work.failed, timeout=20_000) as failed:
        layers.analyse(Source.SAMPLES)
    assert "traced layers that the network does not have" in str(failed.args[0])


def test_nothing_begins_beside_other_work_or_without_a_backend(qtbot: QtBot, make: Make) -> None:
    layers, work, live = make(InferenceEngine, "native-int8")
    done: list[object] = []
    work.run(Task("Other work", lambda _: 1), done.append)
    with qtbot.waitSignal(layers.message) as told:
        layers.analyse(Source.SAMPLES)
    assert told.args == ["Something else is running."]
    qtbot.waitUntil(lambda: bool(done))
    live.places[0].state = CardState.FAILED
    with qtbot.waitSignal(layers.message) as told:
        layers.analyse(Source.SAMPLES)
    assert told.args == ["No backend is ready yet."]
