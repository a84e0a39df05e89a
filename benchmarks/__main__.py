"""Runs the benchmarks and prints a table: what, measured, to reach, yes or no."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks import machine
from benchmarks.figures import Figure, NotMeasured, Setup, say
from mnist_bench.cli.tables import table

PEN_DIGITS_VARIABLE = "MNIST_BENCH_PEN_DIGITS"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module of this package with a function `measure`; `by_default` unless it takes minutes."""

    name: str
    title: str
    by_default: bool = True

    def measure(self, setup: Setup) -> Iterator[Figure]:
        """Its figures, one by one."""
        module = import_module(f"benchmarks.{self.name}")
        measure: Callable[[Setup], Iterator[Figure]] = module.measure
        return measure(setup)


@dataclass(frozen=True, slots=True)
class Absent:
    """A benchmark that has no figure: it was not measured for want of something, or it `failed`."""

    title: str
    reason: str
    failed: bool


BENCHMARKS = (
    Benchmark("start_up", "window on screen"),
    Benchmark("live_path", "from pen movement to the cards"),
    Benchmark("evaluation", "evaluating in the window"),
    Benchmark("evaluation_speed", "evaluating against the runner's compute"),
    Benchmark("transport", "round trip minus compute"),
    Benchmark("compute", "compute against a bare loop"),
    Benchmark("against", "native runner against an earlier checkout's", by_default=False),
    Benchmark("native_time", "native runner's time against ExecuTorch"),
    Benchmark("engine_time", "native runner's time against the best engine"),
    Benchmark("library_compute", "library runner's compute against a bare loop"),
    Benchmark("arm64_instructions", "native runner's arm64 instructions against other engines"),
    Benchmark("native_memory", "native runner's memory"),
    Benchmark("phone", "the way to a phone"),
    Benchmark("large_picture", "a photograph of 12 megapixels"),
    Benchmark("accuracy", "accuracy on the test images"),
    Benchmark("pen_digits", "pen digits of unseen writers"),
    Benchmark("styled_digits", "digits in styles, and drawn small"),
    Benchmark("normalisation", "normalisation of other programs' models"),
    Benchmark("exports", "exported files in their own runtimes"),
    Benchmark("harness", "what the harness costs"),
    Benchmark("latency_window", "benchmarking in the window"),
    Benchmark("picture_kinds", "pictures as people have them", by_default=False),
    Benchmark("interval_coverage", "the interval of a ratio", by_default=False),
    Benchmark("noisy_comparisons", "simulated comparisons with real noise", by_default=False),
    Benchmark("real_comparisons", "a backend compared with itself", by_default=False),
    Benchmark("repeated_commands", "ten separate commands", by_default=False),
    Benchmark("kills", "killed while saving", by_default=False),
    Benchmark("retraining", "training again gives the same file", by_default=False),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what `arguments` name; 1 if a benchmark could not run, else 0, whatever it measured."""
    options = _parse(arguments)
    setup = Setup(options.data, options.pen_digits, options.models, options.quick, options.before, options.kernels)
    facts = machine.facts()
    results: list[Figure | Absent] = []
    for benchmark in BENCHMARKS:
        if benchmark.name in options.names or (not options.names and benchmark.by_default):
            say(f"{benchmark.title} ...")
            results += _run(benchmark, setup)
    print(_as_json(facts, results) if options.json else _as_text(facts, results))
    return int(any(isinstance(result, Absent) and result.failed for result in results))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [benchmark.name for benchmark in BENCHMARKS]
    default = [benchmark.name for benchmark in BENCHMARKS if benchmark.by_default]
    pen_digits = os.environ.get(PEN_DIGITS_VARIABLE)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what docs/benchmarks.md names.")
    parser.add_argument(
        "names",
        nargs="*",
        choices=[*names, []],
        metavar="NAME",
        help=f"{', '.join(names)} (default: {', '.join(default)})",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="MNIST's files (default: $MNIST_BENCH_DATA, else the cache)"
    )
    parser.add_argument(
        "--pen-digits",
        type=Path,
        metavar="FILE",
        default=Path(pen_digits) if pen_digits else None,
        help=f"UNIPEN file of pen digits (default: ${PEN_DIGITS_VARIABLE})",
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="other programs' model files, to import")
    parser.add_argument("--before", type=Path, metavar="DIR", help="an earlier checkout, with its programs built")
    parser.add_argument("--kernels", metavar="SET", help="the native runner's kernels (default: its own choice)")
    parser.add_argument("--quick", action="store_true", help="a few repetitions only: to see that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args(arguments)


def _run(benchmark: Benchmark, setup: Setup) -> list[Figure | Absent]:
    """All its figures; what it measured before it failed is kept."""
    results: list[Figure | Absent] = []
    try:
        for figure in benchmark.measure(setup):
            say(f"  {' '.join(_row(figure))}")
            results.append(figure)
    except NotMeasured as error:
        results.append(Absent(benchmark.title, str(error), failed=False))
    except Exception as error:  # the others go on; the status tells
        traceback.print_exc()
        results.append(Absent(benchmark.title, str(error) or type(error).__name__, failed=True))
    return results


def _as_text(facts: dict[str, str], results: Sequence[Figure | Absent]) -> str:
    figures = [result for result in results if isinstance(result, Figure)]
    lines = [f"{name}: {fact}" for name, fact in facts.items()] + [""]
    if figures:
        lines.append(table(("what", "measured", "to reach", ""), [_row(figure) for figure in figures], numbers=(1, 2)))
        lines += ["", *(f"{figure.name}: {figure.detail}" for figure in figures if figure.detail)]
    for result in results:
        if isinstance(result, Absent):
            lines.append(f"{result.title}: {'FAILED' if result.failed else 'not measured'}. {result.reason}")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, str, str, str]:
    return (
        figure.name,
        _number(figure.value, figure.unit),
        f"{figure.limit.sign} {_number(figure.limit.value, figure.unit)}",
        "yes" if figure.ok else "NO",
    )


def _number(value: float, unit: str) -> str:
    """Three significant digits; a percentage keeps two behind the point."""
    text = f"{value:.2f}" if unit in ("%", "points", "") else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{text} {unit}" if unit else f"{text} x"


def _as_json(facts: dict[str, str], results: Sequence[Figure | Absent]) -> str:
    figures = [
        {
            "what": result.name,
            "value": result.value,
            "unit": result.unit,
            "limit": f"{result.limit.sign} {result.limit.value:g}",
            "ok": result.ok,
            "detail": result.detail,
        }
        for result in results
        if isinstance(result, Figure)
    ]
    absent = [
        {"what": result.title, "reason": result.reason, "failed": result.failed}
        for result in results
        if isinstance(result, Absent)
    ]
    return json.dumps({"machine": facts, "figures": figures, "not_measured": absent}, allow_nan=False)


if __name__ == "__main__":
    sys.exit(main())
