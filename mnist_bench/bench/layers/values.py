"""The value of a layer analysis: each backend's layers with their units; nothing here measures."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from mnist_bench.base import words
from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.encoding import NON_FINITE
from mnist_bench.network.layers import Shape
from mnist_bench.network.network import Precision

ACCOUNTED = 0.5
"""From which share of the whole on an engine's profiler tells where the time goes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a backend's output of a layer is from the reference's, over all images.

    Attributes:
        sqnr_db: signal-to-quantization-noise ratio in dB, 10 log10(sum ref^2 / sum (ref - q)^2); inf for identical
            outputs, -inf where the reference is zero everywhere and the other is not, NaN where a value is no number.
        largest, mean: of |ref - q|, in the unit of the layer's output.
    """

    sqnr_db: Annotated[float, NON_FINITE]
    largest: Annotated[float, NON_FINITE]
    mean: Annotated[float, NON_FINITE]

    @property
    def is_identical(self) -> bool:
        """Whether every value is the reference's."""
        return self.sqnr_db == math.inf


def difference_figures(difference: Difference | None) -> tuple[str, str, str]:
    """SQNR, largest and mean difference as people read them."""
    if difference is None:
        return words.NO_FIGURE, words.NO_FIGURE, words.NO_FIGURE
    return words.decibels(difference.sqnr_db), words.difference(difference.largest), words.difference(difference.mean)


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One layer on one backend, or several that it executes as one: from `first` to `last`, places in the network.

    Attributes:
        name: the runner's own words, such as "conv2d + relu".
        compute_ns: median over all counted traces; `p10_ns` and `p90_ns` by NumPy's default rule.
        share: of the sum of the backend's medians, 0 to 1.
        multiply_adds: of these layers, for one image.
        output_shape: without a batch axis.
        difference: from the reference's output; None for the reference itself, and where that has no entry that ends
            at the same layer.
    """

    name: str
    first: int
    last: int
    compute_ns: float
    p10_ns: float
    p90_ns: float
    share: float
    multiply_adds: int
    output_shape: Shape
    difference: Difference | None = None

    @property
    def label(self) -> str:
        """The name with its position, such as "3–4 conv2d + relu"."""
        return f"{places(self.first, self.last)} {self.name}"


@dataclass(frozen=True, slots=True)
class BackendLayers:
    """One backend's layers.

    Attributes:
        traces: how many were counted.
        whole_ns: median compute of a `classify` of the same images, one at a time, between the traces.
        traced_as: for a mode that has no layers to look at, such as TorchScript: the id of the backend whose layers
            these really are; else empty.
        compiled_id: the id of the same backend in a mode that makes one program of all layers; empty where there is
            none, or this is it.
        mode: how it executes the network, as people write it.
        timed_by: who timed the layers, if not the runner itself, such as "ONNX Runtime's profiler".
        peak: the most multiply-adds in a second that its core makes in its precision, as the native runner measured it
            at the start; 0 where that is not known.
    """

    backend_id: str
    title: str
    precision: Precision
    traces: int
    whole_ns: float
    entries: tuple[LayerEntry, ...]
    traced_as: str = ""
    compiled_id: str = ""
    mode: str = ""
    timed_by: str = ""
    peak: int = 0

    def of_peak(self, multiply_adds: int, nanoseconds: float) -> float | None:
        """What share of its core's peak this is; more than 1 where fewer multiplications are made than the layer has,
        as by Winograd's algorithm. None without a peak or multiply-adds, and for a layer whose time is too coarse.
        """
        if self.peak <= 0 or nanoseconds <= 0 or multiply_adds == 0:
            return None
        if self.is_coarse and nanoseconds < self.whole_ns:
            return None
        return multiply_adds / nanoseconds * 1e9 / self.peak

    def of_peak_words(self, multiply_adds: int, nanoseconds: float) -> str:
        """The same as people read it: "62 %"."""
        share = self.of_peak(multiply_adds, nanoseconds)
        return words.NO_FIGURE if share is None else words.share(share)

    def time_words(self, multiply_adds: int, nanoseconds: float) -> str:
        """A time, and the share of the peak where that is known: "4.03 µs · 62 % of peak"."""
        share = self.of_peak(multiply_adds, nanoseconds)
        return words.duration(nanoseconds) + ("" if share is None else f" · {words.share(share)} of peak")

    @property
    def sum_ns(self) -> float:
        """The sum of the layers' medians."""
        return sum(entry.compute_ns for entry in self.entries)

    @property
    def sum_to_whole(self) -> float:
        """The sum of the layers divided by the whole network's compute; 1 if they agree."""
        return self.sum_ns / self.whole_ns if self.whole_ns else math.nan

    @property
    def is_coarse(self) -> bool:
        """Whether an engine's own profiler, which counts whole µs, finds less than half of the time in its layers:
        then it doesn't tell where the time goes.
        """
        return bool(self.timed_by) and self.sum_ns < ACCOUNTED * self.whole_ns

    @property
    def sum_words(self) -> str:
        """How the layers add up: "layers one by one: 0.850 x the whole"; and what was traced, if another mode was."""
        how = f"layers by {self.timed_by}" if self.timed_by else "layers one by one"
        text = f"{how}: {words.ratio(self.sum_to_whole)} the whole"
        if not self.traced_as:
            return text
        return f"{text} (traced as {self.traced_as}: {self.mode} has no layers left to look at)"

    def within(self, segment: "Segment") -> tuple[LayerEntry, ...]:
        """The entries of this segment."""
        return tuple(entry for entry in self.entries if segment.first <= entry.first and entry.last <= segment.last)

    def segment_ns(self, segment: "Segment") -> float:
        """The time of this segment: the sum of its entries' medians."""
        return sum(entry.compute_ns for entry in self.within(segment))

    def segment_difference(self, segment: "Segment") -> Difference | None:
        """The difference from the reference after this segment."""
        inside = self.within(segment)
        return inside[-1].difference if inside else None


@dataclass(frozen=True, slots=True)
class Segment:
    """Layers `first` to `last` of the network: the fewest after which every backend has an output."""

    name: str
    first: int
    last: int
    multiply_adds: int
    output_shape: Shape

    @property
    def label(self) -> str:
        """The name with its position, such as "0–2 conv2d + relu + max_pool2d"."""
        return f"{places(self.first, self.last)} {self.name}"

    @property
    def short(self) -> str:
        """Its first layer's name with its position, for a sentence: "conv2d 0–2"."""
        return f"{self.name.partition(' ')[0]} {places(self.first, self.last)}"


@dataclass(frozen=True)
class LayerComparison:
    """The layers of several backends, for the same images.

    Attributes:
        network: its name.
        images: how many have been traced.
        images_sha256: of all images that were given, in hexadecimal.
        reference_id: the id of the backend that the others' outputs are compared with; empty if none is fp32.
        backends: in the order in which they were given.
        segments: what can be compared across all of them.
        failures: by the id of each backend that failed, a sentence that says why.
        cancelled: whether traces are missing because a person ended it early, or because it is still running.
    """

    conditions: Conditions
    network: str
    images: int
    images_sha256: str
    reference_id: str
    backends: tuple[BackendLayers, ...]
    segments: tuple[Segment, ...]
    failures: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def complete(self) -> bool:
        """Whether it has every trace of every backend."""
        return not self.cancelled and not self.failures

    @property
    def titles(self) -> dict[str, str]:
        """Each backend's title by its id; for a backend without traces, its id."""
        return {**{one: one for one in self.failures}, **{one.backend_id: one.title for one in self.backends}}

    @property
    def notes(self) -> tuple[str, ...]:
        """How some layers were traced, each once: in another mode, by an engine's own profiler; and the peaks."""
        modes = (f"{one.mode} traced as {one.traced_as}" for one in self.backends if one.traced_as)
        profilers = (f"times by {one.timed_by}" for one in self.backends if one.timed_by)
        peaks = (f"peak in {one.precision}: {words.multiply_adds(one.peak)}/s" for one in self.with_peak)
        return tuple(dict.fromkeys((*modes, *profilers, *peaks)))

    @property
    def multiply_adds(self) -> int:
        """Of all layers, for one image."""
        return sum(segment.multiply_adds for segment in self.segments)

    @property
    def with_peak(self) -> tuple[BackendLayers, ...]:
        """Those of the backends whose cores' peaks are known."""
        return tuple(one for one in self.backends if one.peak > 0)

    def of_peak_rows(self, whole: str) -> list[tuple[str, ...]]:
        """A row for each part of the network, and one called `whole`: which share of its core's peak each of those
        `with_peak` reaches. None without any.
        """
        rows = [
            (part.label, *(one.of_peak_words(part.multiply_adds, one.segment_ns(part)) for one in self.with_peak))
            for part in self.segments
        ]
        wholes = (one.of_peak_words(self.multiply_adds, one.whole_ns) for one in self.with_peak)
        return [*rows, (whole, *wholes)] if self.with_peak else []

    @cached_property
    def reference(self) -> BackendLayers | None:
        """The backend that the others are compared with."""
        return self.backend(self.reference_id)

    def backend(self, backend_id: str) -> BackendLayers | None:
        """The backend with this id, if it is among them."""
        return next((one for one in self.backends if one.backend_id == backend_id), None)


def places(first: int, last: int) -> str:
    """Places in the network: "3" or "3–4"."""
    return str(first) if first == last else f"{first}–{last}"
