"""Runs of several files side by side."""

from pathlib import Path

from mnist_bench.bench.runs.comparing import compare_saved
from mnist_bench.bench.runs.saved import SavedComparison
from tests.bench.runs.test_saved import measured


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
