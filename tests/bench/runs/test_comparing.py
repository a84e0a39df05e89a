"""Runs of several files side by side."""

from dataclasses import replace
from pathlib import Path

from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.runs.comparing import compare_saved, differences
from mnist_bench.bench.runs.saved import SavedComparison
from tests.bench.runs.test_saved import measured
from tests.comparisons import CALM, make_comparison


def test_everything_is_compared_with_the_first_files_baseline() -> None:
    first, second = (SavedComparison(Path(name), measured()) for name in ("a.json", "b.json"))
    rows = compare_saved([first, second])
    assert [(row.saved.path.name, row.run.backend) for row in rows] == [
        ("a.json", "native-fp32"),
        ("a.json", "native-int8"),
        ("b.json", "native-fp32"),
        ("b.json", "native-int8"),
    ]
    assert [row.is_paired for row in rows] == [True, True, False, False]
    assert rows[0].ratio is None
    assert rows[1].ratio is not None
    assert 80 < rows[1].ratio.ratio < 100, "100 µs against 1.0 to 1.2"
    assert rows[2].ratio is not None
    assert rows[2].ratio.low <= 1 <= rows[2].ratio.high, "the same samples"


def test_what_else_differs_is_told() -> None:
    first, again = make_comparison(), make_comparison(seed=2)
    hot = make_comparison(settings=Settings(Scenario.HOT_LOOP, processes=6, blocks=4, runs=1200))
    elsewhere = make_comparison(conditions=replace(CALM, cpu="Another", network_sha256="0" * 64))
    files = [SavedComparison(Path(f"{number}.json"), one) for number, one in enumerate((first, again, hot, elsewhere))]
    assert differences(files[:1]) == ()
    assert len(differences(files[:2])) == 1
    assert differences(files)[:-1] == (
        "The scenarios differ: so does what a sample is.",
        "The networks differ.",
        "The processors differ.",
    )
