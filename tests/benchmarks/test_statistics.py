"""The short form of the statistics: all of it runs, and saved files survive 20 kills."""

import json
from typing import Any

import pytest

from benchmarks.__main__ import main


def figures(capsys: pytest.CaptureFixture[str], *names: str) -> list[dict[str, Any]]:
    assert main([*names, "--quick", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["not_measured"] == []
    return list(printed["figures"])


@pytest.mark.slow
def test_saved_runs_survive_kills(capsys: pytest.CaptureFixture[str]) -> None:
    (figure,) = figures(capsys, "kills")
    assert figure["ok"], figure
    assert figure["detail"].startswith("20 kills")


@pytest.mark.slow
def test_simulated_and_real_comparisons_run(capsys: pytest.CaptureFixture[str]) -> None:
    told = figures(capsys, "noisy_comparisons", "real_comparisons", "repeated_commands", "harness")
    assert [figure["value"] >= 0 for figure in told] == [True] * 6
    names = " ".join(figure["what"] for figure in told)
    assert "identical backends" in names
    assert "a difference of 5 %" in names


@pytest.mark.slow
def test_intervals_cover_the_truth_nearly_always(capsys: pytest.CaptureFixture[str]) -> None:
    """20 runs of each kind: an interval that is built wrongly misses in half of them."""
    for figure in figures(capsys, "interval_coverage"):
        assert figure["value"] >= 75, figure
