"""Measurements as jobs: latency in a process of its own, layers on engines of their own; what comes of them is kept."""

import threading
from collections.abc import Callable

import pytest

from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.layers import tracing
from mnist_bench.bench.layers.analysis import LayerAnalysis
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.result import Kind, only
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import load_network
from mnist_bench.session import measuring
from mnist_bench.session.live import MakeEngine
from mnist_bench.session.session import Session
from tests.backends import NATIVE_INT8
from tests.odd_engines import OddEngines, image_of, without_quantization
from tests.sessions import MakeSession, heard, settle, until

pytestmark = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")

NETWORK = load_network("digits-mlp")
Make = Callable[..., Session]


@pytest.fixture
def make(make_session: MakeSession) -> Make:
    """Sessions that run digits-mlp on these backends, by default on real runners."""

    def session_of(*backend_ids: str, engines: MakeEngine = InferenceEngine) -> Session:
        session = make_session(engines, ready=False)
        session.live.choose([find_backend(backend_id) for backend_id in backend_ids])
        session.networks.chosen = "digits-mlp"
        session.live.use_network(NETWORK)
        return session

    return session_of


def finish(session: Session) -> None:
    """Wait until what runs is over, and kept."""
    until(session, lambda: not session.jobs.is_busy)
    settle(session, session.results.rows)


def latency(session: Session) -> Comparison:
    (shown,) = only(Comparison, session.results.shown[Kind.LATENCY])
    return shown.value


def layers(session: Session) -> LayerComparison:
    (shown,) = only(LayerComparison, session.results.shown[Kind.LAYERS])
    return shown.value


def kinds(session: Session) -> list[Kind | None]:
    return [row.overview.kind if row.overview else None for row in session.results.rows.rows.values()]


def test_a_benchmark_is_measured_shown_and_kept(make: Make) -> None:
    session = make("native-fp32", "native-int8", engines=OddEngines())
    session.live.set_baseline("native-int8")
    changed, said, progress = (
        heard(one) for one in (session.measuring.changed, session.message, session.jobs.progressed)
    )
    session.measuring.measure_latency(Settings(processes=2, seconds=0.2))
    assert session.measuring.kind is Kind.LATENCY
    finish(session)
    found = latency(session)
    assert (found.settings.processes, found.conditions.model, found.baseline) == (2, "digits-mlp", "native-int8")
    assert [run.backend for run in found.runs] == ["native-fp32", "native-int8"]
    assert found.complete
    assert kinds(session) == [Kind.LATENCY]
    assert changed == [Kind.LATENCY, None]
    assert said == ["Benchmark done."]
    titles = {one.title for one in progress if one is not None}
    assert titles > {"Benchmark"}
    assert all(title.startswith("Benchmark") for title in titles)


def test_a_cancelled_benchmark_keeps_what_was_measured(make: Make) -> None:
    session = make("native-fp32", "native-int8", engines=OddEngines())
    said, progress = heard(session.message), heard(session.jobs.progressed)
    session.measuring.measure_latency(Settings(seconds=60))
    until(session, lambda: progress[-1].done >= 6)
    session.cancel()
    finish(session)
    assert not latency(session).complete
    assert kinds(session) == [Kind.LATENCY]
    assert said == ["Benchmark stopped early; its samples are kept."]
    assert session.measuring.kind is None


def test_a_failure_of_the_measuring_process_is_told(make: Make) -> None:
    session = make("native-fp32", engines=OddEngines())
    folder = session.results.kept.folder
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    failed = heard(session.failed)
    session.measuring.measure_latency(Settings(processes=1, seconds=0.1))
    until(session, lambda: bool(failed))
    assert "runs" in str(failed[0])
    assert (session.jobs.is_busy, session.measuring.kind) == (False, None)


def test_the_samples_are_traced_beside_an_fp32_reference(make: Make) -> None:
    engines: list[InferenceEngine] = []

    def make_engine(backend: Backend) -> InferenceEngine:
        engines.append(InferenceEngine(backend))
        return engines[-1]

    session = make("native-int8", engines=make_engine)
    live = len(engines)
    session.measuring.analyse_layers(pad=False)
    assert session.measuring.kind is Kind.LAYERS
    finish(session)
    found = layers(session)
    assert [one.backend_id for one in found.backends] == ["native-int8", "native-fp32"]
    assert (found.images, found.reference_id, found.backends[0].traces) == (31, "native-fp32", 217)
    assert found.conditions.model == "digits-mlp"
    own = engines[live:]
    assert len(own) == 2
    assert not any(engine.is_running for engine in own)


def test_layers_are_kept_and_can_be_shown_again(make: Make, make_session: MakeSession) -> None:
    session = make("native-int8")
    session.measuring.analyse_layers(pad=False)
    finish(session)
    found = layers(session)
    session.close()
    again = make_session(ready=False)
    again.results.read()
    settle(again, again.results.rows)
    assert kinds(again) == [Kind.LAYERS]
    again.results.load_ids(list(again.results.rows.rows), again.results.show)
    settle(again, again.results.rows)
    assert layers(again).backends == found.backends


def test_the_digit_on_the_pad_is_traced(make: Make) -> None:
    session = make("native-int8")
    said = heard(session.message)
    session.measuring.analyse_layers(pad=True)
    assert said == ["Draw a digit first, or choose the bundled samples."]
    assert not session.jobs.is_busy
    session.pad.put_image(DigitImage(image_of(3), None, None, ""))
    session.measuring.analyse_layers(pad=True)
    finish(session)
    assert (layers(session).images, layers(session).backends[0].traces) == (1, 200)


def test_what_is_known_is_told_while_it_runs_and_kept_when_it_is_cancelled(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    class Waiting(LayerAnalysis):
        """Goes on after its first result only when the test says so."""

        told = 0

        def result(self) -> LayerComparison:
            self.told += 1
            assert self.told == 1 or go_on.wait(20)
            return super().result()

    monkeypatch.setattr(measuring, "_TELL_S", 0)
    monkeypatch.setattr(tracing, "LayerAnalysis", Waiting)
    session = make("native-int8")
    traced: list[LayerComparison] = heard(session.measuring.traced)
    session.measuring.analyse_layers(pad=False)
    until(session, lambda: bool(traced))
    assert traced[0].images >= 1
    session.cancel()
    assert session.jobs.progress is not None
    assert session.jobs.progress.title == "Cancelling"
    go_on.set()
    finish(session)
    assert 1 <= layers(session).images < 31
    assert kinds(session) == [Kind.LAYERS]


def test_a_runner_that_hangs_is_ended_by_cancelling(make: Make) -> None:
    session = make("torch-fp32", engines=OddEngines(torch_fp32=("--hang",)))
    progress, said = heard(session.jobs.progressed), heard(session.message)
    session.measuring.analyse_layers(pad=False)
    until(session, lambda: "Starting the backends" in [one.title for one in progress])
    session.cancel()
    finish(session)
    assert said == ["Cancelled."]
    assert not session.results.shown


def test_a_backend_that_cannot_run_is_named_beside_the_others(make: Make) -> None:
    session = make("native-int8", "native-fp32")
    session.live.use_network(without_quantization(NETWORK))
    session.measuring.analyse_layers(pad=False)
    finish(session)
    assert list(layers(session).failures) == ["native-int8"]
    assert "int8" in layers(session).failures["native-int8"]


def test_a_runner_whose_trace_makes_no_sense_is_a_failure(make: Make) -> None:
    session = make("torch-fp32", engines=OddEngines())
    failed = heard(session.failed)
    session.measuring.analyse_layers(pad=False)
    finish(session)
    assert "A trace has 0 entries" in str(failed[0])


def test_nothing_begins_beside_other_work_or_without_a_backend(make: Make) -> None:
    session = make("native-int8", engines=OddEngines(native_int8=("--unavailable",)))
    said = heard(session.message)
    release = threading.Event()
    session.jobs.run("Other work", lambda _task: release.wait(20))
    session.measuring.analyse_layers(pad=False)
    measure(session)
    assert said == ["Something else is running."] * 2
    assert session.measuring.kind is None
    release.set()
    until(session, lambda: not session.jobs.is_busy and not session.live.able)
    said.clear()
    session.measuring.analyse_layers(pad=False)
    measure(session)
    assert said == ["No backend is ready yet."] * 2


def measure(session: Session) -> None:
    session.measuring.measure_latency(Settings(processes=1, seconds=0.1))
