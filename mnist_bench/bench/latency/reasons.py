"""Why int8, fp16 or bf16 is not faster than fp32, as far as the measurement itself shows it.

A reason comes from what was measured beside it or from what a runner told. Where neither explains it, none is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import Ratios, TimeKind, ratio_between, times_of
from mnist_bench.bench.latency.comparison import Run
from mnist_bench.bench.latency.sentence import Standing, standings_sentence
from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import device_of, known_backend
from mnist_bench.network.network import Precision

MUCH = 0.5
"""From which share on something is most of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """An engine's int8, fp16 or bf16 beside its fp32, and how it stands to it by the time that is compared."""

    backend: Backend
    reduced: Run
    fp32: Run
    standing: Standing
    by: TimeKind

    def takes(self, run: Run) -> str:
        """As "takes 95.0 µs", of the time that is compared."""
        return f"takes {words.duration(float(np.median(times_of(run, self.by))))}"


def why_not_faster(pair: Pair, runs: Sequence[Run], ratios: Ratios) -> str:
    """The reason in one or two sentences; empty where it is faster or nothing in `runs` explains it.

    1. Of round trips: compute is faster, so it is the way there and back.
    2. Of an eager int8 backend: what its compiled twin (TorchScript), the same kernels without a Python call for each
       layer, saves of the gap. Where the twin was not measured, that is advised.
    3. Unless that explains all: its kernels use no int8 dot products, by what the runner told. Of an engine that never
       uses them, only where another backend of the device does and is faster, and less than twice as fast in fp32.
    """
    if pair.standing.ratio.verdict is Verdict.FASTER:
        return ""
    if (reason := _transport(pair)) or pair.backend.precision is not Precision.INT8:
        return reason
    compiled = pair.backend.compiled
    if compiled == pair.backend:
        return _kernels(pair, runs, ratios)
    twin = next((run for run in runs if run.backend == compiled.id), None)
    if twin is None:
        return f"Measure {compiled.id}, too, to see what the overhead of {pair.backend.mode.words} mode costs."
    reason, explains_all = _mode(pair, twin, ratios)
    return reason if explains_all else " ".join(filter(None, (reason, _kernels(pair, runs, ratios))))


def _transport(pair: Pair) -> str:
    reduced = pair.reduced
    if pair.by is TimeKind.COMPUTE or reduced.transport_ns is None:
        return ""
    ratio = ratio_between(reduced, pair.fp32, TimeKind.COMPUTE, paired=True)
    if ratio is None or ratio.verdict is not Verdict.FASTER:
        return ""
    standing = Standing(pair.standing.title, pair.standing.than, ratio)
    faster = standings_sentence([standing], TimeKind.COMPUTE).removesuffix(".")
    return f"By compute, {faster}, but {words.duration(reduced.transport_ns)} of its round trip is transport."


def _mode(pair: Pair, twin: Run, ratios: Ratios) -> tuple[str, bool]:
    """What the compiled twin shows, and whether that explains everything."""
    saved, left = ratios.between(twin, pair.reduced), ratios.between(twin, pair.fp32)
    if saved is None or left is None:
        return "", False
    title, verdict, is_quicker = pair.reduced.title, pair.standing.ratio.verdict, saved.verdict is Verdict.FASTER
    overhead = f"overhead of {pair.backend.mode.words} mode"
    proof = f"as {pair.backend.compiled.mode.words} it {pair.takes(twin)}"
    if verdict is Verdict.SLOWER and is_quicker:
        gap = pair.standing.ratio.ratio - 1
        share = (gap - (left.ratio - 1)) / gap
        if share >= 1:
            return f"{title} is slower because of the {overhead}, not its arithmetic: {proof}.", True
        how = "mostly" if share >= MUCH else "partly"
        return f"{title} is slower {how} because of the {overhead} ({words.share(share)} of the gap): {proof}.", False
    if verdict is Verdict.SLOWER:
        return f"The {overhead} is not why {title} is slower: {proof}.", False
    if is_quicker and left.verdict is Verdict.FASTER:
        faster = standings_sentence([Standing(twin.title, pair.fp32.title, left)], TimeKind.COMPUTE)
        return f"The {overhead} takes away what int8 saves: {faster}", True
    return "", False


def _kernels(pair: Pair, runs: Sequence[Run], ratios: Ratios) -> str:
    facts, kind = pair.reduced.runner.facts, pair.backend.kind
    if kind.dot_products(facts) is not False:
        return ""
    if "kernels" in facts:
        return f"{pair.reduced.title} runs with the kernels {facts['kernels']} here, which use no int8 dot products."
    faster = next((run for run in runs if _is_better_by_kernels(run, pair, runs, ratios)), None)
    if faster is None:
        return ""
    with_them = f"with them, {faster.title} {pair.takes(faster)}"
    return f"{kind.title} uses no int8 dot products, which this processor has: {with_them}."


def _is_better_by_kernels(run: Run, pair: Pair, runs: Sequence[Run], ratios: Ratios) -> bool:
    """Whether `run` uses the dot products of the same device, and that they are what makes it faster: in fp32 it is
    not so much faster, or else fixed costs would explain that, too.
    """
    backend = known_backend(run.backend)
    twin = None if backend is None else backend.in_fp32
    if backend is None or twin is None or device_of(run.backend) != device_of(pair.reduced.backend):
        return False
    fp32 = next((one for one in runs if one.backend == twin.id), None)
    if fp32 is None or not backend.kind.dot_products(run.runner.facts):
        return False
    in_fp32, in_int8 = ratios.between(pair.fp32, fp32), ratios.between(run, pair.reduced)
    is_faster = in_int8 is not None and in_int8.verdict is Verdict.FASTER
    return is_faster and in_fp32 is not None and in_fp32.ratio * MUCH <= 1
