"""The answer that a measurement gives, in a sentence: which backend is faster than another, and by how much."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import Result, TimeKind, ratio_between
from mnist_bench.bench.latency.comparison import Run
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN, RatioInterval, Verdict

MOST = 3
"""How many backends a sentence names; the table has the others."""

_ROUGH = 200  # resamples for an estimate, which must not hold up the measurement


@dataclass(frozen=True, slots=True)
class Standing:
    """How `title` stands to `than`, by the ratio of their medians."""

    title: str
    than: str
    ratio: RatioInterval


def answer_sentence(standings: Iterable[Standing], by: TimeKind = TimeKind.COMPUTE) -> str:
    """As "Native int8 is 19.4 x faster than PyTorch fp32 (18.9 to 20.0)."; empty where nothing was compared.

    Of many it names the MOST that differ most, the fastest first, each with its 95 % interval.
    """
    compared = list(standings)
    named = most_different(compared)
    more = [f"{len(compared) - MOST} more in the table"] if len(compared) > MOST else []
    return standings_sentence(named, by, more)


def most_different(standings: Iterable[Standing]) -> list[Standing]:
    """The MOST that differ most."""
    return sorted(standings, key=lambda one: abs(math.log(one.ratio.ratio)), reverse=True)[:MOST]


def standings_sentence(standings: Iterable[Standing], by: TimeKind, more: Sequence[str] = ()) -> str:
    """All of `standings`, the fastest first, and what else there is to say; empty for none."""
    named = sorted(standings, key=lambda one: one.ratio.ratio)
    if not named:
        return ""
    thans = [""] + [one.than for one in named]
    parts = [_part(one, is_repeated=one.than == than) for one, than in zip(named, thans, strict=False)]
    start = "Round trip: " if by is TimeKind.ROUND_TRIP else ""
    return f"{start}{'; '.join([*parts, *more])}."


def answer_of(results: Sequence[Result], by: TimeKind = TimeKind.COMPUTE) -> str:
    """The answer of one measurement; of one backend alone, how long it takes. Of several batch sizes, the largest."""
    measured = [result for result in results if result.compute is not None]
    if len(measured) == 1 and (compute := measured[0].compute) is not None:
        return f"{measured[0].run.title} takes {words.duration(compute.p50)} (median compute)."
    return answer_sentence(standings_of(results).values(), by)


def standings_of(results: Sequence[Result]) -> dict[str, Standing]:
    """How each backend, by its id, stands to the baseline; of several batch sizes, in the largest."""
    largest = max((result.run.batch for result in results if result.compute is not None), default=0)
    last = [result for result in results if result.run.batch == largest]
    baseline = next((result.run.title for result in last if result.is_baseline), "")
    return {one.run.backend: Standing(one.run.title, baseline, one.ratio) for one in last if one.ratio is not None}


def estimate(runs: Sequence[Run], baseline: str) -> str:
    """The answer so far, by compute, from the `runs` of a measurement that goes on; `baseline` is a backend's id."""
    largest = max(run.batch for run in runs)
    bases = [run for run in runs if (run.backend, run.batch) == (baseline, largest)]
    standings = []
    for run in runs:
        if bases and run.batch == largest and run is not bases[0]:
            ratio = ratio_between(run, bases[0], TimeKind.COMPUTE, paired=True, resamples=_ROUGH)
            standings += [] if ratio is None else [Standing(run.title, bases[0].title, ratio)]
    return answer_sentence(standings)


def _part(one: Standing, *, is_repeated: bool) -> str:
    """`is_repeated`: what it is compared with was just said."""
    ratio, low, high = one.ratio.ratio, one.ratio.low, one.ratio.high
    if one.ratio.verdict is Verdict.NO_DIFFERENCE:
        shown = f"{one.than} ({words.ratio_range(low, high)})"
        if low <= 1 <= high:
            return f"{one.title} shows no difference from {shown}"
        # The interval leaves out 1, but not the margin around it.
        return f"{one.title} is not shown to differ by more than {words.share(EQUAL_WITHIN)} from {shown}"
    if one.ratio.verdict is Verdict.FASTER:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    than = "" if is_repeated else f" than {one.than}"
    return f"{one.title} is {words.ratio(ratio)} {one.ratio.verdict}{than} ({words.ratio_range(low, high)})"
