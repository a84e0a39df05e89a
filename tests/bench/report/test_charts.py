"""Charts: whatever a file may hold can be drawn, and a backend keeps its colour."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.report.charts import distribution_chart, ratio_chart
from mnist_bench.bench.report.contents import contents_of
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report
from tests.comparisons import BACKENDS, make_comparison

EMPTY = np.empty(0, np.int64)


def signs(svg: str) -> list[str]:
    return re.findall(r'class="(s\d) sign', svg)


def test_a_backend_keeps_its_colour_when_one_before_it_failed() -> None:
    failed = contents_of(make_comparison(BACKENDS[:3], failures={"qnnpack-int8": "No."}), TimeKind.COMPUTE)
    whole = contents_of(make_comparison(BACKENDS[:3]), TimeKind.COMPUTE)
    assert failed.series == whole.series[::2]
    assert signs(distribution_chart(failed.results, failed.series, TimeKind.COMPUTE)) == [
        f"s{number}" for number in failed.series
    ]


def test_batches_of_a_backend_have_its_colour() -> None:
    settings = Settings(Scenario.OFFLINE, processes=2, blocks=2, runs=40, batches=(1, 10))
    contents = contents_of(make_comparison(settings=settings), TimeKind.COMPUTE)
    assert signs(ratio_chart(contents.results, contents.series)) == ["s0", "s0", "s1", "s1"]


@pytest.mark.parametrize("kind", list(TimeKind))
def test_the_sign_stands_at_the_median(kind: TimeKind) -> None:
    comparison = make_comparison(BACKENDS[:1])
    (run,) = comparison.runs
    blocks = tuple(
        replace(one, compute_ns=np.full_like(one.compute_ns, 100), round_trip_ns=np.full_like(one.compute_ns, 900))
        for one in run.blocks
    )
    contents = contents_of(replace(comparison, runs=(replace(run, blocks=blocks),)), TimeKind.COMPUTE)
    svg = distribution_chart(contents.results, contents.series, kind)
    label = "900 ns" if kind is TimeKind.ROUND_TRIP else "100 ns"
    (at,) = re.findall(rf'<text x="([0-9.]+)"[^>]*>{label}<', svg)
    assert f'<circle cx="{at}"' in svg


def test_a_sign_hides_no_interval() -> None:
    """However narrow an interval is, its ends reach beyond the sign."""
    contents = contents_of(make_comparison(BACKENDS[:2]), TimeKind.COMPUTE)
    svg = ratio_chart(contents.results, contents.series)
    (points,) = re.findall(r'<polyline points="([^"]+)"[^>]*class="s1 line"', svg)
    heights = [float(point.partition(",")[2]) for point in points.split()]
    assert max(heights) - min(heights) > 14


def test_a_long_name_stays_inside() -> None:
    comparison = make_comparison()
    first, second = comparison.runs
    long = replace(second, runner=replace(second.runner, title="a phone with a very long name · int8 · core 7"))
    contents = contents_of(replace(comparison, runs=(first, long)), TimeKind.COMPUTE)
    assert ">a phone with a very long name · int…<" in ratio_chart(contents.results, contents.series)


def zeros(comparison: Comparison, *which: int) -> Comparison:
    """A clock so coarse that requests of some runs take no time."""
    runs = list(comparison.runs)
    for place in which:
        blocks = tuple(replace(one, compute_ns=one.compute_ns * 0) for one in runs[place].blocks)
        runs[place] = replace(runs[place], blocks=blocks)
    return replace(comparison, runs=tuple(runs))


def odd() -> dict[str, Comparison]:
    made = make_comparison()
    first, second = made.runs
    empty_block = replace(first.blocks[0], compute_ns=EMPTY, round_trip_ns=EMPTY)
    silent = tuple(replace(one, round_trip_ns=EMPTY) for one in second.blocks)
    return {
        "the other takes no time": zeros(made, 1),
        "the baseline takes no time": zeros(made, 0),
        "neither takes time": zeros(made, 0, 1),
        "an empty block": replace(made, runs=(replace(first, blocks=(empty_block, *first.blocks[1:])), second)),
        "no round trips of one": replace(made, runs=(first, replace(second, blocks=silent))),
        "no samples": replace(made, runs=tuple(replace(run, blocks=(), starts=()) for run in made.runs)),
        "no backends": replace(made, runs=()),
    }


@pytest.mark.parametrize("kind", list(TimeKind))
@pytest.mark.parametrize("name", odd())
def test_whatever_a_file_may_hold_is_reported(name: str, kind: TimeKind) -> None:
    comparison = odd()[name]
    page = html_report(document_of([comparison], kind)).decode()
    assert page.endswith("</html>")
    assert not re.search(r'="(nan|-?inf)', page)
    assert "### Conditions" in markdown_report(document_of([comparison], kind))
