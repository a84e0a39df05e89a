"""What a measurement advises: the fastest backend of each device, and whether int8, fp16 or bf16 is worth it there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import Ratios, Result, TimeKind, times_of
from mnist_bench.bench.latency.comparison import Comparison, Run, RunnerFacts
from mnist_bench.bench.latency.reasons import Pair, why_not_faster
from mnist_bench.bench.latency.sentence import (
    Standing,
    answer_of,
    most_different,
    standings_of,
    standings_sentence,
)
from mnist_bench.bench.statistics.ratio import RatioInterval, Verdict
from mnist_bench.engines.backends import device_of, known_backend
from mnist_bench.network.network import ON_STREAM, Precision


@dataclass(frozen=True, slots=True)
class Fastest:
    """The fastest backend of a device, or those among which the intervals do not tell which it is.

    Attributes:
        device: its id; empty for this computer.
        place: what a person reads for it.
        backends: in the order of their medians.
        following: the next one; None where the fastest is not told apart from all others.
        ratio: of the following one, else of the second of `backends`, to the first; None where more than two are not
            told apart.
    """

    device: str
    place: str
    backends: tuple[RunnerFacts, ...]
    following: RunnerFacts | None
    ratio: RatioInterval | None

    @property
    def words(self) -> str:
        """As "on this computer: Native int8, 1.42 x faster than the next, LiteRT int8 (1.38 to 1.46)"."""
        titles = [self._short(one) for one in self.backends]
        interval = f" ({words.ratio_range(self.ratio.low, self.ratio.high)})" if self.ratio else ""
        if len(titles) > 1:
            named = f"{', '.join(titles[:-1])} or {titles[-1]}"
            return f"on {self.place}: {named}, which this measurement doesn't tell apart{interval}"
        assert self.following is not None  # noqa: S101 - it is what the only one is faster than
        assert self.ratio is not None  # noqa: S101
        faster = f"{words.ratio(self.ratio.ratio)} faster than the next, {self._short(self.following)}"
        return f"on {self.place}: {titles[0]}, {faster}{interval}"

    def _short(self, runner: RunnerFacts) -> str:
        """Its title without that of the device, which has been said."""
        return runner.title.removeprefix(f"{self.place} · ")


@dataclass(frozen=True, slots=True)
class Gain:
    """How the int8, fp16 or bf16 of an engine stands to its fp32 on the same device.

    Attributes:
        backend, fp32: the ids of both; `precision` is that of the former.
        reason: why it is not faster, in a sentence, where the measurement shows it; else empty.
    """

    backend: str
    precision: Precision
    fp32: str
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to make of one measurement.

    Attributes:
        by: which time was compared.
        batch: of several batch sizes the largest, which this is about.
        backends: the ids of those that were compared: what failed is never advised.
        fastest: of each device with more than one of them.
        gains: of each engine that was measured in fp32 and in another precision.
    """

    by: TimeKind
    batch: int
    backends: tuple[str, ...]
    fastest: tuple[Fastest, ...]
    gains: tuple[Gain, ...]

    def words(self, told: Collection[frozenset[str]] = ()) -> str:
        """All of it, in some sentences; empty for nothing.

        `told`: pairs of backends, by their ids, that were compared in the sentence in front, and are not again.
        """
        gains = [one.standing for one in self.gains if frozenset((one.backend, one.fp32)) not in told]
        fastest = () if frozenset(self.backends) in told else self.fastest
        how = " by round trip" if self.by is TimeKind.ROUND_TRIP else ""
        how += f" with {self.batch} images per request" if self.batch > 1 else ""
        sentences = [f"Fastest{how} {'; '.join(one.words for one in fastest)}."] if fastest else []
        sentences.append(standings_sentence(gains, self.by))
        return " ".join(filter(None, [*sentences, *(one.reason for one in self.gains)]))

    @property
    def as_object(self) -> dict[str, Any]:
        """What `bench --json` prints of it; docs/measuring.md has the fields."""
        return {
            "words": self.words(),
            "fastest": [
                {
                    "device": one.device,
                    "backends": [backend.backend for backend in one.backends],
                    "next": one.following.backend if one.following else None,
                    **_figures(one.ratio),
                }
                for one in self.fastest
            ],
            **{str(precision): self._gains_in(precision) for precision in ON_STREAM if precision.is_reduced},
        }

    def _gains_in(self, precision: Precision) -> list[dict[str, Any]]:
        return [
            {
                str(precision): one.backend,
                "fp32": one.fp32,
                **_figures(one.standing.ratio),
                "verdict": str(one.standing.ratio.verdict),
                "reason": one.reason,
            }
            for one in self.gains
            if one.precision is precision
        ]


def advise(comparison: Comparison, results: Sequence[Result], by: TimeKind = TimeKind.COMPUTE) -> Advice:
    """What `results`, those of `comparison` by the same time, advise. Of several batch sizes, the largest."""
    complete = [one.run for one in results if one.compute is not None and not one.run.failure]
    largest = max((run.batch for run in complete), default=1)
    runs = [run for run in complete if run.batch == largest and len(times_of(run, by))]
    devices = dict.fromkeys(device_of(run.backend) for run in runs)
    ratios = Ratios(results, by)
    fastest = [
        _fastest([run for run in runs if device_of(run.backend) == one], one, comparison, ratios, by) for one in devices
    ]
    gains = [_gain(run, runs, ratios, by) for run in runs]
    return Advice(
        by=by,
        batch=largest,
        backends=tuple(run.backend for run in runs),
        fastest=tuple(one for one in fastest if one is not None),
        gains=tuple(one for one in gains if one is not None),
    )


def answer_and_advice(comparison: Comparison, results: Sequence[Result], by: TimeKind = TimeKind.COMPUTE) -> str:
    """How each backend stands to the baseline, and on a line of its own what else the measurement advises."""
    standings = standings_of(results)
    named = most_different(standings.values())
    told = {frozenset((backend, comparison.baseline)) for backend, one in standings.items() if one in named}
    return "\n".join(filter(None, (answer_of(results, by), advise(comparison, results, by).words(told))))


def _fastest(runs: Sequence[Run], device: str, comparison: Comparison, ratios: Ratios, by: TimeKind) -> Fastest | None:
    """Of the `runs` of one device; None where nothing is to be compared."""
    first, *others = sorted(runs, key=lambda run: float(np.median(times_of(run, by))))
    against = [(run, ratios.between(run, first)) for run in others]
    slower = [(run, ratio) for run, ratio in against if ratio is not None and ratio.verdict is Verdict.SLOWER]
    alike = [one for one in against if one not in slower]
    if all(ratio is None for _, ratio in against):
        return None
    shown = alike if len(alike) == 1 else [] if alike else [min(slower, key=lambda one: one[1].ratio)]
    known = comparison.conditions.devices.get(device)
    return Fastest(
        device=device,
        place="this computer" if not device else device if known is None else known.title,
        backends=(first.runner, *(run.runner for run, _ in alike)),
        following=None if alike else shown[0][0].runner,
        ratio=shown[0][1] if shown else None,
    )


def _gain(run: Run, runs: Sequence[Run], ratios: Ratios, by: TimeKind) -> Gain | None:
    """How `run` stands to the same engine's fp32; None where it is that itself, or that was not measured."""
    backend = known_backend(run.backend)
    twin = None if backend is None else backend.in_fp32
    if backend is None or twin is None:
        return None
    fp32 = next((one for one in runs if one.backend == twin.id), None)
    ratio = None if fp32 is None else ratios.between(run, fp32)
    if fp32 is None or ratio is None:
        return None
    standing = Standing(run.title, "its fp32" if twin.kind is backend.kind else fp32.title, ratio)
    reason = why_not_faster(Pair(backend, run, fp32, standing, by), runs, ratios)
    return Gain(run.backend, backend.precision, twin.id, standing, reason)


def _figures(ratio: RatioInterval | None) -> dict[str, float | None]:
    if ratio is None:
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    return {"ratio": ratio.ratio, "ratio_low": ratio.low, "ratio_high": ratio.high}
