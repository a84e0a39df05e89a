"""Traces the same images on several engines in turn, and turns their answers into values."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench import conditions
from mnist_bench.bench.layers.noise import Noise
from mnist_bench.bench.layers.segments import common_segments, multiply_adds
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, LayerEntry
from mnist_bench.engines.answers import Classification
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import quickest
from mnist_bench.engines.errors import EngineError
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tracing import LayerTrace

LEAST_TRACES = 200
"""How many traces of a backend there are at least, so that its medians can be believed."""
_LEAST_REPEATS = 5
_BLOCK = 10  # traces of one image in a row, before it is the next backend's turn
_FIRST_WARM_UP = 10  # traces of a fresh runner that are not counted
_WARM_UP = 1  # traces at the start of each later turn that are not counted: the others emptied the caches

OnProgress = Callable[[int, int], None]


class Traceable(Protocol):
    """What is asked of an engine: InferenceEngine is one, started and loaded."""

    @property
    def backend(self) -> Backend:
        """What it stands for."""

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        """Each layer's output and time for one image uint8 (28, 28)."""

    def peak(self) -> int:
        """The most multiply-adds that its core makes in a second, in its precision; 0 where it does not know."""

    def classify(self, images: Pixels) -> Classification:
        """Logits and times for uint8 (28, 28)."""

    def cancel(self) -> None:
        """End what it does now, from any thread."""


def default_repeats(images: int) -> int:
    """How often each image is traced: 200 traces of a backend at least, five of an image."""
    return max(_LEAST_REPEATS, -(-LEAST_TRACES // images))


def with_reference(backends: Sequence[Backend]) -> tuple[Backend, ...]:
    """`backends` with an fp32 one among them, behind the others if it had to be added."""
    if any(one.precision is Precision.FP32 for one in backends):
        return tuple(backends)
    return *backends, quickest(Precision.FP32)


class LayerAnalysis:
    """One analysis of `network` over `images`, uint8 (N, 28, 28), on engines that have loaded it.

    The first fp32 engine is the reference. A backend that fails is named in the result, the others go on. Each counted
    trace is followed by a `classify` of the same image, so that the layers can be held against the whole. `model`: the
    network's bundled name or file.

    Raises InputError without images or engines.
    """

    def __init__(
        self,
        engines: Sequence[Traceable],
        network: Network,
        images: Pixels,
        repeats: int | None = None,
        *,
        model: str | None = None,
    ) -> None:
        if len(images) == 0 or not engines:
            raise InputError("There is nothing to analyse.", advice="Give at least one image and one backend.")
        self._network = network
        self._model = model or network.name
        self._images = images
        self._images_sha256 = sha256_hex(images.tobytes())
        self._backends = [engine.backend for engine in engines]
        self._before = conditions.read_moment(self._backends)
        self._conditions = self._gathered(self._before)
        self._is_whole = False
        self._repeats = default_repeats(len(images)) if repeats is None else repeats
        self._runs = [_Run(engine, network) for engine in engines]
        self._reference = next((run for run in self._runs if run.backend.precision is Precision.FP32), None)
        self._seen = 0
        self._cancelled = threading.Event()

    def run(self, on_progress: OnProgress | None = None) -> LayerComparison:
        """Trace everything; `on_progress(done, total)` follows each turn of all backends and may ask for `result`.

        Raises:
            Cancelled: `cancel` was called; `result` has what was there by then.
            EngineError: every backend has failed; the first one's error.
        """
        blocks = [min(_BLOCK, self._repeats - start) for start in range(0, self._repeats, _BLOCK)]
        self._find_peaks()
        turns = [(block, image, count) for block, count in enumerate(blocks) for image in range(len(self._images))]
        for turn, (block, image, count) in enumerate(turns):
            start = turn % len(self._runs)  # nobody always follows the same one
            for run in self._runs[start:] + self._runs[:start]:
                self._take_turn(run, self._images[image], count)
            if block == 0:
                self._compare()
                self._seen += 1
            if on_progress is not None:
                on_progress(turn + 1, len(turns))
        self._conditions = self._gathered(conditions.read_moment(self._backends))
        self._is_whole = True
        return self.result()

    def cancel(self) -> None:
        """End `run`, from any thread."""
        self._cancelled.set()
        for run in self._runs:
            run.engine.cancel()

    def result(self) -> LayerComparison:
        """What is known so far; on the thread of `run`, or once that has ended."""
        layers = [run.layers() for run in self._runs if run.times]
        return LayerComparison(
            conditions=self._conditions,
            network=self._network.name,
            images=self._seen,
            images_sha256=self._images_sha256,
            reference_id="" if self._reference is None else self._reference.backend.id,
            backends=tuple(layers),
            segments=common_segments(self._network, [one.entries for one in layers]),
            failures={run.backend.id: str(run.failure) for run in self._runs if run.failure is not None},
            cancelled=not self._is_whole,
        )

    def _gathered(self, after: conditions.Moment) -> conditions.Conditions:
        """What it was measured under; it hashes the network, so not for each turn."""
        return conditions.gather(self._model, self._network, self._backends, self._before, after)

    def _find_peaks(self) -> None:
        """Asks each engine; one that does not know is held against the native one on the same core."""
        for run in self._runs:
            self._attempt(run, run.find_peak)
        known = {run.core: run.peak for run in self._runs if run.peak}
        for run in self._runs:
            run.peak = run.peak or known.get(run.core, 0)

    def _take_turn(self, run: "_Run", image: Pixels, count: int) -> None:
        def turn() -> None:
            warm_up = _WARM_UP if run.times else _FIRST_WARM_UP
            for number in range(warm_up + count):
                if self._cancelled.is_set():
                    raise Cancelled("Cancelled.")
                run.trace(image, counted=number >= warm_up)

        self._attempt(run, turn)

    def _attempt(self, run: "_Run", work: Callable[[], None]) -> None:
        if run.failure is not None:
            return
        try:
            work()
        except EngineError as error:
            run.failure = error
            if all(one.failure is not None for one in self._runs):
                raise next(one.failure for one in self._runs if one.failure is not None) from error

    def _compare(self) -> None:
        """Adds the differences of the image that all have just traced."""
        reference = self._reference
        if reference is None or reference.failure is not None:
            return
        exact = {layer.last: layer.output for layer in reference.newest}
        for run in self._runs:
            if run is reference or run.failure is not None:
                continue
            for layer in run.newest:
                twin = exact.get(layer.last)
                if twin is not None and twin.shape == layer.output.shape:
                    run.noise.setdefault(layer.last, Noise()).add(twin, layer.output)


class _Run:
    """One engine's part: its times, its last outputs, and how far they are from the reference's."""

    def __init__(self, engine: Traceable, network: Network) -> None:
        self.engine = engine
        self.backend = engine.backend
        self.newest: tuple[LayerTrace, ...] = ()
        self.noise: dict[int, Noise] = {}
        self.times: list[list[int]] = []
        self.failure: EngineError | None = None
        self.peak = 0
        self._wholes: list[int] = []
        self._network = network

    @property
    def core(self) -> tuple[str, Precision, int, int | None]:
        """Where it computes and in what: backends with the same have the same peak."""
        backend = self.backend
        return backend.device.id, backend.precision, backend.threads, backend.core

    def find_peak(self) -> None:
        """Asks for the peak of the core."""
        self.peak = self.engine.peak()

    def trace(self, image: Pixels, *, counted: bool) -> None:
        """One trace of an image, and one classification."""
        layers = self.engine.trace(image)
        whole_ns = self.engine.classify(image).timings[0].compute_ns
        self._check(layers)
        self.newest = layers
        if counted:
            self.times.append([layer.compute_ns for layer in layers])
            self._wholes.append(whole_ns)

    def _check(self, layers: Sequence[LayerTrace]) -> None:
        """What follows relies on layers that are always the same; that the network has them, the engine has checked."""
        if self.newest and [layer.last for layer in self.newest] != [layer.last for layer in layers]:
            raise EngineError(f"{self.backend.title} traced different layers than before.")

    def layers(self) -> BackendLayers:
        """The values; there must be a counted trace."""
        low, median, high = np.percentile(np.array(self.times, np.int64), (10, 50, 90), axis=0)
        total = float(median.sum())
        entries = [
            LayerEntry(
                name=layer.name,
                first=layer.first,
                last=layer.last,
                compute_ns=float(median[place]),
                p10_ns=float(low[place]),
                p90_ns=float(high[place]),
                share=float(median[place]) / total if total else 0.0,
                multiply_adds=multiply_adds(self._network, layer.first, layer.last),
                output_shape=tuple(layer.output.shape),
                difference=self.noise[layer.last].difference() if layer.last in self.noise else None,
            )
            for place, layer in enumerate(self.newest)
        ]
        return BackendLayers(
            backend_id=self.backend.id,
            title=self.backend.title,
            precision=self.backend.precision,
            traces=len(self.times),
            whole_ns=float(np.median(self._wholes)),
            entries=tuple(entries),
            traced_as=_other_id(self.backend, self.backend.traced_as),
            compiled_id=_other_id(self.backend, self.backend.compiled),
            mode=self.backend.mode.words,
            timed_by=self.backend.kind.timed_by,
            peak=self.peak,
        )


def _other_id(backend: Backend, other: Backend) -> str:
    """The id of `other`, empty where that is `backend` itself."""
    return other.id if other != backend else ""
