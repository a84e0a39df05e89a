"""Says what dominates time and quantization error, and claims no more than the numbers support."""

import math
from collections.abc import Sequence

from mnist_bench.base import words
from mnist_bench.bench.layers.overhead import overhead
from mnist_bench.bench.layers.values import BackendLayers, Difference, LayerComparison, Segment

SLOWER = 1.05
"""From which ratio of medians on one backend is called slower than another here."""
MUCH = 0.5
"""From which share on something is called most of it."""


def dominant_sentence(comparison: LayerComparison) -> str:
    """One to four sentences on what dominates; empty for nothing to say.

    Time, by the first of these rules that holds:

    1. A backend of another precision that runs layer by layer (PyTorch's eager mode) is slower than the reference as a
       whole (median `classify`, by 5 % or more), and its compiled twin (TorchScript), the same kernels without a call
       for each layer, was measured too. What the twin saves is held against the gap: all of it or more, then the
       overhead of the mode makes it slower, not its arithmetic; half or more, then mostly; less, then it is the
       arithmetic (that of its kernels).
    2. The same without the twin: `overhead` estimates the fixed cost of the layers of both. If its surplus is at
       least half of the gap, the sentence says "about", and tells which backend to add for the proof.
    3. Otherwise, or besides: in which segment each backend spends most, with its share. Unless that is half of the time
       or more for all of them, it is "the largest share", not "most". Where an engine's profiler is too coarse
       (`is_coarse`), that is told instead.

    Error, for each such backend (those with the same figures in one sentence): with r = 10^(-SQNR/10), the noise-to-
    signal ratio behind each segment, the segment where r grows most is named if it has at least half of all growth;
    otherwise that it is spread over them.
    """
    sentences = [*_slower_sentences(comparison), *_largest_sentences(comparison), *_error_sentences(comparison)]
    return " ".join(sentences)


# Time.


def _slower_sentences(comparison: LayerComparison) -> list[str]:
    reference = comparison.reference
    if reference is None:
        return []
    layered = [one for one in comparison.backends if one.precision.is_reduced and one.compiled_id]
    return [sentence for one in layered if (sentence := _why_slower(one, reference, comparison))]


def _why_slower(layers: BackendLayers, reference: BackendLayers, comparison: LayerComparison) -> str:
    gap_ns = layers.whole_ns - reference.whole_ns
    if layers.whole_ns < SLOWER * reference.whole_ns:
        return ""
    slower = f"{layers.title} is slower than {reference.title} ({_against(layers.whole_ns, reference.whole_ns)})"
    twin = comparison.backend(layers.compiled_id)
    if twin is not None:
        saved = (layers.whole_ns - twin.whole_ns) / gap_ns
        proof = f"as {twin.mode} the same arithmetic takes {words.duration(twin.whole_ns)}"
        if saved >= 1:
            return f"{slower} because of the overhead of {layers.mode} mode, not its arithmetic: {proof}."
        if saved >= MUCH:
            part = f"{words.share(saved)} of the gap"
            return f"{slower} mostly because of the overhead of {layers.mode} mode ({part}): {proof}."
        return f"{slower} because of its arithmetic, not the overhead of {layers.mode} mode: {proof}."
    own, others = overhead(layers), overhead(reference)
    if own.total_ns - others.total_ns < MUCH * gap_ns:
        return ""
    return (
        f"{slower}; about {words.share(own.share)} of its layers' time is a fixed cost of each layer, not arithmetic: "
        f"add {layers.compiled_id} to see how much of that can go."
    )


def _largest_sentences(comparison: LayerComparison) -> list[str]:
    """Where each backend spends most: those that agree on the segment are told together."""
    spent: dict[Segment, list[str]] = {}
    is_most = True
    for layers in comparison.backends:
        if layers.traced_as or not layers.sum_ns or layers.is_coarse:
            continue  # its layers are those of another backend, or nobody knows what they take
        largest = max(comparison.segments, key=layers.segment_ns, default=None)
        if largest is not None:
            share = layers.segment_ns(largest) / layers.sum_ns
            spent.setdefault(largest, []).append(f"{words.share(share)} of {layers.title}")
            is_most = is_most and share >= MUCH
    parts = [f"{segment.short} ({_listed(shares)})" for segment, shares in spent.items()]
    what = "Most time" if is_most else "The largest share of the time"
    found = [f"{what} goes into {'; into '.join(parts)}."] if parts else []
    return [*found, *map(_coarse_sentence, (one for one in comparison.backends if one.is_coarse))]


def _coarse_sentence(layers: BackendLayers) -> str:
    found = words.share(layers.sum_to_whole)
    return f"{layers.timed_by}, accounts for {found} of {layers.title}'s time: the layers are too short for it."


# Error.


def _error_sentences(comparison: LayerComparison) -> list[str]:
    titles: dict[str, list[str]] = {}
    for layers in comparison.backends:
        if layers.precision.is_reduced and not layers.traced_as:
            differences = [layers.segment_difference(segment) for segment in comparison.segments]
            if says := _where_error_grows(comparison.segments, differences):
                titles.setdefault(says, []).append(layers.title)
    return [f"The error of {_listed(names)} {says}" for says, names in titles.items()]


def _where_error_grows(segments: Sequence[Segment], differences: Sequence[Difference | None]) -> str:
    """What follows "The error of X"; empty where not every SQNR is a figure, or there is no error."""
    figures = [math.nan if one is None else one.sqnr_db for one in differences]
    ratios = [10 ** (-figure / 10) for figure in figures]
    if not figures or not all(math.isfinite(ratio) for ratio in ratios) or not any(ratios):
        return ""
    growth = [after - before for before, after in zip([0.0, *ratios], ratios, strict=False)]
    place = max(range(len(growth)), key=growth.__getitem__)
    if growth[place] < MUCH * sum(step for step in growth if step > 0):
        end = f", {words.decibels(figures[-1])} at the end" if figures[-1] > min(figures) else ""
        return f"is spread over the layers (SQNR down to {words.decibels(min(figures))}{end})."
    if place == 0 or figures[place - 1] == math.inf:
        return f"arises mainly in {segments[place].short} (SQNR {words.decibels(figures[place])} after it)."
    fall = f"SQNR falls from {words.decibels(figures[place - 1])} to {words.decibels(figures[place])}"
    return f"grows most in {segments[place].short} ({fall})."


# Words.


def _against(one_ns: float, other_ns: float) -> str:
    return f"{words.duration(one_ns)} against {words.duration(other_ns)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
