"""`mnist-bench bench`: how long each backend takes, how they compare, and how certain that is."""

import argparse
from collections.abc import Sequence
from statistics import median
from typing import Any

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.base.text import printable
from mnist_bench.bench import api
from mnist_bench.bench.latency.advice import advise, answer_and_advice
from mnist_bench.bench.latency.analysis import Result, TimeKind, analyse, results_object
from mnist_bench.bench.latency.cautions import by_kind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.fail_if import FailCondition, parse_condition
from mnist_bench.bench.latency.settings import DEFAULT_BATCHES, Scenario, Settings, find_scenario, parse_batches
from mnist_bench.bench.statistics.ratio import RatioInterval
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.bench.stop import Stop
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.models import open_and_tell
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.cli.saving import add_save_options, check_target, save, show_saved
from mnist_bench.cli.tables import table
from mnist_bench.engines.backend import Backend

_DETAILS = """\
scenarios:
  SingleStream  one image per request, the next after the answer (p90 is its headline figure)
  Offline       as many images a second as it can, --batch to a request
  HotLoop       the same image repeatedly, inside the runner: compute only
  Live          the same image every 16 ms, as while drawing: caches are cold

examples:
  mnist-bench bench
  mnist-bench bench --backend torch-fp32 --backend native-int8 --scenario HotLoop --save
  mnist-bench bench --backend native-fp32 --backend native-int8 --fail-if "native-int8 > 0.5 * baseline"

Several fresh processes of each backend are measured, their blocks in random order. A backend is called faster or slower
only where the whole 95 % interval of its ratio to the baseline lies outside 1 +- 2 %. --save FILE writes FILE and,
beside it, every sample as .csv.

exit status: 1 if no backend could be measured or a --fail-if holds; a backend that cannot run is
reported beside the others"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "bench", "measure and compare how long backends take", _DETAILS)
    common.add_model_option(parser)
    common.add_backend_options(parser)
    default = Settings()
    common.add_baseline_option(parser)
    names = ", ".join(Scenario)
    parser.add_argument(
        "--scenario", default=str(default.scenario), metavar="NAME", help=f"{names} (default: %(default)s)"
    )
    parser.add_argument("--processes", type=common.positive, default=default.processes, metavar="N")
    parser.add_argument("--blocks", type=common.positive, default=default.blocks, metavar="N", help="in each process")
    parser.add_argument(
        "--runs", type=common.positive, metavar="N", help="total samples per backend (at most a million)"
    )
    parser.add_argument("--seconds", type=_seconds, metavar="S", help="total measuring time per backend")
    parser.add_argument("--batch", metavar="N,N", help="images per request, for Offline (default there: 1,10,100)")
    parser.add_argument("--warm-up-runs", type=common.whole, default=default.warm_up_runs, metavar="N")
    parser.add_argument("--warm-up-seconds", type=_seconds, default=default.warm_up_seconds, metavar="S")
    parser.add_argument("--cool-down", type=_seconds, default=0.0, metavar="S", help="pause before each process")
    parser.add_argument("--seed", type=common.whole, default=0, metavar="N", help="seed of the random order")
    add_by_option(parser)
    add_save_options(parser)
    parser.add_argument("--force", action="store_true", help="replace FILE")
    parser.add_argument(
        "--fail-if", action="append", default=[], metavar="CONDITION", help='such as "native-int8 > 1.1 * baseline"'
    )
    common.add_json_option(parser)
    return parser


def add_by_option(parser: argparse.ArgumentParser) -> None:
    """Add `--by compute|round-trip`."""
    choices = [str(kind) for kind in TimeKind]
    parser.add_argument(
        "--by", choices=choices, default=str(TimeKind.COMPUTE), help="which time to compare (default: compute)"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    settings = settings_of(options)
    by = TimeKind(options.by)
    if by is TimeKind.ROUND_TRIP and not settings.scenario.has_round_trips:
        raise UsageError(f"{settings.scenario} has no round trips.", advice="Leave out --by.")
    conditions = [parse_condition(text) for text in options.fail_if]
    check_target(options, with_csv=True)
    backends = common.chosen_backends(options)
    baseline = common.chosen_baseline(options, backends)
    for condition in conditions:
        condition.check([backend.id for backend in backends])
    import scipy.special  # noqa: F401 - for the ratios: where there is no memory for it, nothing is measured in vain

    comparison = _measure(options, backends, baseline, settings)
    results = analyse(comparison, by)
    saved, not_saved = save(options, comparison)
    if options.json:
        advice = advise(comparison, results, by).as_object
        path = None if saved is None else str(saved)
        common.print_json({**results_object(comparison, results), "advice": advice, "saved": path})
    else:
        common.show_lines(as_text(comparison, results, by))
        show_saved(saved)
    if not_saved is not None:
        raise not_saved
    if comparison.cancelled:
        common.complain("Cancelled; these are the samples until then.")
        return ExitStatus.CANCELLED
    return _judge(conditions, results)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the options stand for; UsageError where they are not possible."""
    scenario = find_scenario(options.scenario)
    batches: tuple[int, ...] = (1,)
    if options.batch is not None:
        batches = parse_batches(options.batch)
    elif scenario is Scenario.OFFLINE:
        batches = DEFAULT_BATCHES
    return Settings(
        scenario=scenario,
        processes=options.processes,
        blocks=options.blocks,
        runs=options.runs,
        seconds=options.seconds,
        batches=batches,
        warm_up_runs=options.warm_up_runs,
        warm_up_seconds=options.warm_up_seconds,
        cool_down_s=options.cool_down,
        seed=options.seed,
    )


def _measure(options: argparse.Namespace, backends: Sequence[Backend], baseline: str, settings: Settings) -> Comparison:
    stop = Stop()
    with ProgressBar() as bar, on_interrupt(stop.set):
        return api.benchmark(
            backends,
            open_and_tell(options.model),
            settings=settings,
            baseline=baseline,
            on_progress=bar.show,
            stop=stop,
        )


def _judge(conditions: Sequence[FailCondition], results: Sequence[Result]) -> ExitStatus:
    reasons = [reason for condition in conditions for reason in condition.judge(results)]
    for reason in reasons:
        common.complain(reason)
    measured = any(result.compute is not None for result in results)
    return ExitStatus.FAILED if reasons or not measured else ExitStatus.OK


def as_text(comparison: Comparison, results: Sequence[Result], by: TimeKind) -> str:
    """Tables, warnings and conditions for a person, and at the end the answer."""
    measured = [result for result in results if result.compute is not None]
    lines = [printable(f"{comparison.model}, {comparison.scenario}: {comparison.scenario.words}"), ""]
    lines.append(_times_table(comparison, measured))
    lines += ["", f"against {comparison.baseline}, {by} (95 % interval):", _ratios_table(measured)]
    lines += ["", *_warning_lines(measured)] if any(result.warnings for result in measured) else []
    lines += dict.fromkeys(printable(result.run.failure_words) for result in results if result.run.failure)
    conditions = comparison.conditions
    lines += ["", f"{conditions.cpu}, {conditions.processors}, {conditions.system}"]
    lines += ["", printable(answer, keep="\n")] if (answer := answer_and_advice(comparison, results, by)) else []
    return "\n".join(lines)


def _times_table(comparison: Comparison, measured: Sequence[Result]) -> str:
    titles = ["backend", "samples", "compute p50", "p90", "p99"]
    if comparison.scenario.has_round_trips:
        titles += ["round trip p50", "p90", "p99"]
    if comparison.scenario is Scenario.OFFLINE:
        titles.append("images/s")
    titles += ["start", "first"]
    rows = [_times_row(comparison, result) for result in measured]
    return table(titles, rows, numbers=range(1, len(titles)))


def _times_row(comparison: Comparison, result: Result) -> list[str]:
    assert result.compute is not None  # noqa: S101 - only those that were measured come here
    row = [result.run.title, words.count(result.compute.count), *three_percentiles(result.compute)]
    if comparison.scenario.has_round_trips:
        row += three_percentiles(result.round_trip) if result.round_trip else ["", "", ""]
    if comparison.scenario is Scenario.OFFLINE:
        row.append(words.rate(result.run.images_per_second))
    start_ns = median(start.start_ns for start in result.run.starts)
    first_ns = median(start.first_ns for start in result.run.starts)
    return [*row, words.duration(start_ns), words.duration(first_ns)]


def _ratios_table(measured: Sequence[Result]) -> str:
    rows = []
    for result in measured:
        verdict = "baseline" if result.is_baseline else str(result.verdict or "")
        rows.append((result.run.title, *ratio_words(result.ratio), verdict))
    return table(("backend", "ratio", "interval", "verdict"), rows, numbers=(1, 2))


def _warning_lines(measured: Sequence[Result]) -> list[str]:
    """Each kind of warning with its advice, and under it what was seen of whom."""
    lines = []
    seen = ((result.run.title, warning) for result in measured for warning in result.warnings)
    for kind, of_whom in by_kind(seen).items():
        lines.append(f"warning: {kind}. {kind.advice}")
        lines += [f"  {', '.join(titles)}: {what}" for what, titles in of_whom.items()]
    return lines


def three_percentiles(summary: Summary) -> list[str]:
    """p50, p90 and p99 for people; the summary is of ns."""
    return [words.duration(value) for value in (summary.p50, summary.p90, summary.p99)]


def ratio_words(ratio: RatioInterval | None) -> tuple[str, str]:
    """A ratio and its interval for people; empty without one."""
    return ("", "") if ratio is None else (words.ratio(ratio.ratio), words.ratio_range(ratio.low, ratio.high))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value
