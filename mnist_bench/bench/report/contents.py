"""What a report says about a latency: sentences, tables, commands."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from mnist_bench.base.words import (
    NO_FIGURE,
    count,
    duration,
    rate,
    ratio,
    ratio_range,
    seconds,
    size,
)
from mnist_bench.bench.latency.advice import advise
from mnist_bench.bench.latency.analysis import Result, TimeKind, analyse
from mnist_bench.bench.latency.cautions import MeasurementWarning
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.report.colors import give_colors
from mnist_bench.bench.report.conditions import conditions_rows
from mnist_bench.bench.report.section import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What there is to say of one comparison.

    Attributes:
        summary: a sentence for each backend.
        advice: the fastest backend of each device, and what int8 gains; empty for nothing.
        headline: which figure counts in this scenario.
        compute, around, ratios: tables, their titles first; `around` has round trips and how processes became ready.
        warnings: kind, whom it concerns, what was seen, advice.
        conditions: what and its value.
        backends: title, id, and what runs.
        commands: what repeats it.
        results: those with samples.
        series: for each of them the colour index of its backend.
    """

    title: str
    started: str
    notes: tuple[str, ...]
    summary: tuple[str, ...]
    advice: str
    headline: str
    compute: Rows
    around: Rows
    ratios: Rows
    warnings: Rows
    conditions: Rows
    backends: Rows
    commands: tuple[str, ...]
    results: tuple[Result, ...]
    series: tuple[int, ...]
    comparison: Comparison


def contents_of(comparison: Comparison, by: TimeKind, colors: Mapping[str, int] | None = None) -> Contents:
    """What to say of a comparison; `by` says which time its ratios are of (a hot loop has only compute).

    `colors`: the colour index of each backend, by its id.
    """
    if not comparison.scenario.has_round_trips:
        by = TimeKind.COMPUTE
    results = analyse(comparison, by)
    measured = tuple(result for result in results if result.compute is not None)
    numbers = give_colors(comparison.titles, colors or {})
    failed = {result.run.backend: result.run for result in results if result.run.failure}  # once, not for each batch
    notes = [run.failure_words for run in failed.values()]
    if comparison.cancelled:
        notes.insert(0, "The measurement was cancelled: these are the samples until then.")
    return Contents(
        title=f"{Path(comparison.model).name}, {comparison.scenario}",
        started=comparison.conditions.started,
        notes=tuple(notes),
        summary=tuple(_sentence(result, comparison, by) for result in measured),
        advice=advise(comparison, results, by).words(),
        headline=_headline(comparison.scenario),
        compute=_compute(measured),
        around=_around(measured),
        ratios=_ratios(measured),
        warnings=_warnings(measured),
        conditions=conditions_rows(comparison.conditions, {"settings": _settings_words(comparison)}),
        backends=_backends(comparison),
        commands=_commands(comparison, by),
        results=measured,
        series=tuple(numbers[result.run.backend] for result in measured),
        comparison=comparison,
    )


def _sentence(result: Result, comparison: Comparison, by: TimeKind) -> str:
    what, figures = ("compute", result.compute) if by is TimeKind.COMPUTE else ("round trip", result.round_trip)
    if figures is None:
        return f"{result.run.title} has no {what}s."
    words = f"{result.run.title} takes {duration(figures.p50)} (median of {what})"
    if result.is_baseline:
        has_others = any(run.backend != result.run.backend for run in comparison.runs)
        return f"{words}; the others are compared with it." if has_others else f"{words}."
    if result.ratio is None:
        return f"{words}; its baseline was not measured."
    interval = ratio_range(result.ratio.low, result.ratio.high)
    of = f"{ratio(result.ratio.ratio)} the {what} of {comparison.baseline} (95 % interval {interval})"
    return f"{words}: {of}: {result.ratio.verdict}."


def _headline(scenario: Scenario) -> str:
    return {
        Scenario.SINGLE_STREAM: "The headline figure of SingleStream is the 90th percentile of the round trip.",
        Scenario.OFFLINE: "The headline figure of Offline is the throughput, images a second.",
        Scenario.HOT_LOOP: "A hot loop runs inside the runner: compute only, with warm caches.",
        Scenario.LIVE: "Live sends a request every 16 ms, as while drawing: caches are cold.",
    }[scenario]


def _compute(measured: Sequence[Result]) -> Rows:
    rows: list[tuple[str, ...]] = [("backend", "samples", "p50", "p90", "p99", "mean", "sd", "MAD", "min", "outliers")]
    for result in measured:
        figures = result.compute
        assert figures is not None  # noqa: S101 - only those that were measured come here
        spread = (figures.p50, figures.p90, figures.p99, figures.mean, figures.sd, figures.mad, figures.minimum)
        rows.append((result.run.title, count(figures.count), *map(duration, spread), count(figures.outliers)))
    return tuple(rows)


def _around(measured: Sequence[Result]) -> Rows:
    """What lies around compute: the way there and back, throughput, and how a process became ready."""
    titles = ("backend", "p50", "p90", "p99", "transport", "images/s", "start", "load", "first", "peak memory")
    return (titles, *(_around_row(result) for result in measured))


def _around_row(result: Result) -> tuple[str, ...]:
    round_trip, run = result.round_trip, result.run
    trips: tuple[str, ...] = (NO_FIGURE,) * 4
    if round_trip is not None:
        trips = tuple(map(duration, (round_trip.p50, round_trip.p90, round_trip.p99, run.transport_ns or 0)))
    starts = [median(values) for values in zip(*((s.start_ns, s.load_ns, s.first_ns) for s in run.starts), strict=True)]
    return (
        run.title,
        *trips,
        rate(run.images_per_second),
        *(map(duration, starts) if starts else (NO_FIGURE,) * 3),
        size(run.peak_memory_bytes) if run.peak_memory_bytes else NO_FIGURE,
    )


def _ratios(measured: Sequence[Result]) -> Rows:
    rows = [("backend", "ratio (95 % interval)", "verdict")]
    for result in measured:
        if result.ratio is not None:
            words = (str(result.ratio), result.ratio.verdict.with_sign)
        else:
            words = ("1", "baseline") if result.is_baseline else (NO_FIGURE, NO_FIGURE)
        rows.append((result.run.title, *words))
    return tuple(rows)


def _warnings(measured: Sequence[Result]) -> Rows:
    """What was seen of several backends, as it is of the whole machine, stands there once."""
    seen: dict[MeasurementWarning, list[str]] = {}
    for result in measured:
        for warning in result.warnings:
            seen.setdefault(warning, []).append(result.run.title)
    rows = [
        (
            str(warning.kind),
            "all" if 1 < len(titles) == len(measured) else ", ".join(titles),
            warning.seen,
            warning.advice,
        )
        for warning, titles in seen.items()
    ]
    return (("warning", "backend", "details", "advice"), *rows) if rows else ()


def _settings_words(comparison: Comparison) -> str:
    """How it was measured, for a person; counts are of what is there, not of what today's rules would make of it."""
    settings, blocks = comparison.settings, [block for run in comparison.runs for block in run.blocks]
    parts = [
        f"processes per backend: {1 + max((block.process for block in blocks), default=-1)}",
        f"blocks per process: {1 + max((block.number for block in blocks), default=-1)}",
        f"samples per block: {count(max((len(block.compute_ns) for block in blocks), default=0))}",
    ]
    if settings.runs is not None:
        parts.append(f"{count(settings.runs)} samples per backend in total")
    if settings.seconds is not None:
        parts.append(f"{seconds(settings.seconds)} per backend in total")
    if settings.scenario is Scenario.OFFLINE:
        parts.append(f"{', '.join(map(str, settings.batches))} images per request")
    parts.append(f"warm-up at most {count(settings.warm_up_runs)} requests or {seconds(settings.warm_up_seconds)}")
    return "; ".join([*parts, f"cool-down {seconds(settings.cool_down_s)}", f"seed {settings.seed}"])


def _backends(comparison: Comparison) -> Rows:
    runners = {run.backend: run.runner for run in comparison.runs}
    rows = [("backend", "id", "computes", "runner")]
    for runner in runners.values():
        facts = ", ".join(f"{name} {value}" for name, value in runner.facts.items())
        rows.append((runner.title, runner.backend, f"{runner.precision}, {runner.mode}", facts or NO_FIGURE))
    return tuple(rows)


def _commands(comparison: Comparison, by: TimeKind) -> tuple[str, ...]:
    settings, default = comparison.settings, Settings()
    words = ["mnist-bench", "bench", "--model", comparison.model, "--scenario", str(settings.scenario)]
    for backend in dict.fromkeys(run.backend for run in comparison.runs):
        words += ["--backend", backend]
    words += ["--baseline", comparison.baseline]
    if settings.scenario is Scenario.OFFLINE:  # its default is another than that of the settings
        words += ["--batch", ",".join(map(str, settings.batches))]
    options = (
        ("--processes", settings.processes, default.processes),
        ("--blocks", settings.blocks, default.blocks),
        ("--runs", settings.runs, None),
        ("--seconds", settings.seconds, None),
        ("--warm-up-runs", settings.warm_up_runs, default.warm_up_runs),
        ("--warm-up-seconds", settings.warm_up_seconds, default.warm_up_seconds),
        ("--cool-down", settings.cool_down_s, default.cool_down_s),
        ("--seed", settings.seed, default.seed),
        ("--by", str(by), str(TimeKind.COMPUTE)),
    )
    for option, value, usual in options:
        if value != usual:
            words += [option, str(value)]
    return (shlex.join(words),)
