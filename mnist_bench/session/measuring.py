"""Measures the selected backends: latency in a separate process, layers on separate engines; and how to, as chosen."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.base.progress import Progress
from mnist_bench.bench.jobs import Job
from mnist_bench.bench.latency.child import MeasurementRequest, measured, measuring_job
from mnist_bench.bench.latency.settings import (
    DEFAULT_BATCHES,
    MAX_PROCESSES,
    MAX_SAMPLES,
    MAX_SECONDS,
    Scenario,
    Settings,
    parse_batches,
)
from mnist_bench.bench.layers.analysis import with_reference
from mnist_bench.bench.layers.tracing import trace_layers
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.result import Kind
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.samples import sample_images
from mnist_bench.network.wire import network_hash
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.choices import Choices
from mnist_bench.session.inbox import Topic
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live, MakeEngine
from mnist_bench.session.networks import Networks
from mnist_bench.session.pad import Pad
from mnist_bench.session.results import AnyResult, Results

T = TypeVar("T")

_TELL_S = 0.3
_BATCHES = ",".join(map(str, DEFAULT_BATCHES))
_NOBODY = "No backend is ready yet."


class Measuring:
    """Begins measurements as jobs; what comes of them is kept, and shown.

    Attributes:
        kind: what is being measured now; None while nothing is.

    Topics:
        changed: `kind`, when it has changed.
        traced: a LayerComparison of what is known so far.
        estimated: the answer so far of the benchmark that runs, in a sentence.
    """

    def __init__(
        self,
        live: Live,
        jobs: Jobs,
        networks: Networks,
        results: Results,
        pad: Pad,
        make_engine: MakeEngine,
    ) -> None:
        self.kind: Kind | None = None
        self.changed: Topic[Kind | None] = Topic()
        self.traced: Topic[LayerComparison] = Topic()
        self.estimated: Topic[str] = Topic()
        self._live = live
        self._jobs = jobs
        self._networks = networks
        self._results = results
        self._pad = pad
        self._make_engine = make_engine
        jobs.progressed.subscribe(self._job_moved)

    def measure_latency(self, settings: Settings) -> None:
        """Measure the chosen backends, but for those known to be unable to."""
        if not (states := self._able()):
            return
        ids = tuple(state.id for state in states)
        titles = {state.backend.device.id: state.backend.device.title for state in states if state.backend.device.id}
        request = MeasurementRequest(
            ids,
            self._networks.chosen,
            settings,
            str(self._results.kept.folder),
            self._live.baseline_among(ids),
            titles,
        )
        job = measuring_job(request)

        def estimated(said: str) -> None:
            self._jobs.inbox.post(lambda: self.estimated.publish(said))

        def work(task: Task) -> tuple[AnyResult, InputError | None]:
            return measured(follow(task, job, "Benchmark", estimated))

        self._run("Benchmark", Kind.LATENCY, work, self._measured)

    def analyse_layers(self, *, pad: bool) -> None:
        """Trace the layers of the chosen backends, on what is on the `pad` or on the bundled samples."""
        network, pixels = self._live.network, self._pad.current().pixels
        if not (states := self._able()) or network is None:
            return
        if pad and pixels is None:
            self._jobs.message.publish("Draw a digit first, or choose the bundled samples.")
            return
        backends = with_reference([state.backend for state in states])
        model = self._networks.chosen

        def work(task: Task) -> LayerComparison:
            stop = Stop()
            task.call_when_cancelled(stop.set)
            images = pixels[np.newaxis] if pad and pixels is not None else sample_images()
            return trace_layers(
                [self._make_engine(backend) for backend in backends],
                network,
                images,
                model=model,
                on_progress=lambda done, total, words: task.report(words, done, total),
                on_known=self._now_and_then(),
                stop=stop,
            )

        self._run("Layers", Kind.LAYERS, work, self._results.keep)

    def explain(self, network_sha256: str) -> None:
        """Show the layers of the network of a benchmark; analyse them first unless they are shown already."""
        shown, network = self._results.shown.get(Kind.LAYERS, ()), self._live.network
        if shown and shown[0].value.conditions.network_sha256 == network_sha256:
            self._results.show(shown)
        elif network is None or network_hash(network) != network_sha256:
            self._jobs.message.publish("That was measured with another network. Choose it first to analyse its layers.")
        else:
            self.analyse_layers(pad=False)

    def _now_and_then(self) -> Callable[[Callable[[], LayerComparison]], None]:
        """What tells `traced` what is known so far, a few times a second; called on the job's thread."""
        next_at = time.monotonic() + _TELL_S

        def tell(known: Callable[[], LayerComparison]) -> None:
            nonlocal next_at
            if time.monotonic() >= next_at:
                self._jobs.inbox.post(partial(self.traced.publish, known()))
                next_at = time.monotonic() + _TELL_S

        return tell

    def _able(self) -> tuple[BackendState, ...]:
        able = self._live.able if self._live.network is not None else ()
        if not able:
            self._jobs.message.publish(_NOBODY)
        return able

    def _run(self, title: str, kind: Kind, work: Callable[[Task], T], then: Callable[[T], object]) -> None:
        if self._jobs.run(title, work, then, keeps_results=True):
            self._set_kind(kind)

    def _measured(self, done: tuple[AnyResult, InputError | None]) -> None:
        result, trouble = done
        if result.path is None:  # the process that measured found no place for it; what comes of this is told
            self._results.keep(result.value)
            return
        self._results.read()
        self._results.show((result,))
        if trouble is not None:
            self._jobs.failed.publish(trouble)
        is_whole = result.value.complete
        self._jobs.message.publish("Benchmark done." if is_whole else "Benchmark stopped early; its samples are kept.")

    def _job_moved(self, progress: Progress | None) -> None:
        if progress is None and self.kind is not None:
            self._set_kind(None)

    def _set_kind(self, kind: Kind | None) -> None:
        self.kind = kind
        self.changed.publish(kind)


def follow(task: Task, job: Job, words: str, on_estimate: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run a job in a process of its own as a part of a task; `words` come before its own."""
    task.call_when_cancelled(job.cancel)
    return job.run(
        lambda moved: task.report(f"{words}: {moved.title}".rstrip(": "), moved.done, moved.total), on_estimate
    )


def remember_settings(choices: Choices, settings: Settings) -> None:
    """Keep what the window offers of them."""
    choices.put("latency scenario", str(settings.scenario))
    choices.put("latency processes", settings.processes)
    choices.put("latency seconds", settings.seconds or 0)
    choices.put("latency runs", settings.runs or 0)
    choices.put("latency cool-down", settings.cool_down_s)
    if settings.scenario is Scenario.OFFLINE:
        choices.put("latency batches", ",".join(map(str, settings.batches)))


def remembered_settings(choices: Choices) -> Settings:
    """What was kept, with the default for whatever cannot be read."""
    usual = Settings()
    return Settings(
        scenario=Scenario(choices.text("latency scenario", usual.scenario, among=tuple(Scenario))),
        processes=int(choices.number("latency processes", usual.processes, 1, MAX_PROCESSES)),
        seconds=choices.number("latency seconds", 0, 0, MAX_SECONDS) or None,
        runs=int(choices.number("latency runs", 0, 0, MAX_SAMPLES)) or None,
        cool_down_s=choices.number("latency cool-down", 0, 0, MAX_SECONDS),
    )


def remembered_batches(choices: Choices) -> tuple[int, ...]:
    """The batch sizes that were chosen last, for Offline."""
    try:
        return Settings(
            scenario=Scenario.OFFLINE, batches=parse_batches(choices.text("latency batches", _BATCHES))
        ).batches
    except UsageError:
        return DEFAULT_BATCHES
