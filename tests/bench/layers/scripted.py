"""Engines that answer what a test wrote down, and comparisons with round figures."""

from collections.abc import Callable, Sequence

import numpy as np

from mnist_bench.bench.layers.segments import common_segments
from mnist_bench.bench.layers.values import BackendLayers, Difference, LayerComparison, LayerEntry, Segment
from mnist_bench.engines.answers import Classification, Timing
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tracing import LayerTrace
from tests.comparisons import CALM
from tests.networks import tiny_network

Output = Callable[[int], Sequence[float]]
"""The last layer's output for an image whose first pixel is this."""


class ScriptedEngine:
    """Traces the tiny network: pooling and flatten as one where `fused`, then linear.

    The n-th trace takes `step * n` ns for the first entry and `1000 * n` for the last; a classify takes 5,000 ns. All
    that it is asked goes to `asked`.
    """

    def __init__(
        self,
        backend_id: str,
        output: Output = lambda pixel: [float(pixel)] * 10,
        *,
        fused: bool = False,
        step: int = 100,
        asked: list[str] | None = None,
    ) -> None:
        self.backend: Backend = find_backend(backend_id)
        self.output = output
        self.fused = fused
        self.step = step
        self.asked = [] if asked is None else asked
        self.traces = 0
        self.fail_at = 0
        self.error: Exception = AssertionError("unscripted")
        self.was_cancelled = False
        self.per_second = 0
        self.rewrite: Callable[[tuple[LayerTrace, ...]], tuple[LayerTrace, ...]] = lambda entries: entries

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        return self.rewrite(self._trace(pixels))

    def _trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        self.traces += 1
        self.asked.append(f"{self.backend.id} {pixels[0, 0]}")
        if self.traces == self.fail_at:
            raise self.error
        one = np.array([pixels[0, 0]], np.float32)
        logits = np.array(self.output(int(pixels[0, 0])), np.float32)
        last = LayerTrace("linear", 2, 2, 1000 * self.traces, logits)
        if self.fused:
            return LayerTrace("max_pool2d + flatten", 0, 1, self.step * self.traces, one), last
        pool = LayerTrace("max_pool2d", 0, 0, self.step * self.traces, one.reshape(1, 1, 1))
        return pool, LayerTrace("flatten", 1, 1, 10, one), last

    def classify(self, images: Pixels) -> Classification:
        del images
        return Classification(np.zeros((1, 10), np.float32), (Timing(5_000, 9_000),), 0)

    def peak(self) -> int:
        return self.per_second

    def cancel(self) -> None:
        self.was_cancelled = True


def pictures(*pixels: int) -> Pixels:
    """Images with these first pixels."""
    images = np.zeros((len(pixels), 28, 28), np.uint8)
    images[:, 0, 0] = pixels
    return images


def layers(
    backend_id: str,
    times_us: Sequence[float],
    sqnr_db: Sequence[float] | None = None,
    *,
    whole_us: float | None = None,
    multiply_adds: Sequence[int] = (0, 0, 10),
) -> BackendLayers:
    """A backend whose entries are the single layers of the tiny network, with these times and SQNRs."""
    backend = find_backend(backend_id)
    names = [layer.kind for layer in tiny_network().operators]
    figures = [None] * 3 if sqnr_db is None else [Difference(figure, 0.5, 0.25) for figure in sqnr_db]
    total = sum(times_us)
    entries = tuple(
        LayerEntry(name, place, place, 1000 * time, 900 * time, 1200 * time, time / total, adds, (1,), figure)
        for place, (name, time, adds, figure) in enumerate(zip(names, times_us, multiply_adds, figures, strict=True))
    )
    return BackendLayers(
        backend_id,
        backend.title,
        backend.precision,
        200,
        1000 * (total if whole_us is None else whole_us),
        entries,
        traced_as="" if backend.traced_as == backend else backend.traced_as.id,
        compiled_id="" if backend.compiled == backend else backend.compiled.id,
        mode=backend.mode.words,
    )


def comparison(*backends: BackendLayers, reference: str = "torch-fp32") -> LayerComparison:
    """These backends' layers of the tiny network."""
    segments: tuple[Segment, ...] = common_segments(tiny_network(), [one.entries for one in backends])
    return LayerComparison(CALM, "tiny", 31, "cd34" * 16, reference, backends, segments)
