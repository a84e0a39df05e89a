"""The Markdown report: the same contents, its tables whole, foreign text harmless."""

import re

import pytest

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.markdown import markdown_report
from mnist_bench.bench.results.result import Result
from tests.bench.report.conftest import BACKENDS, Measure


@pytest.mark.parametrize("scenario", [Scenario.SINGLE_STREAM, Scenario.HOT_LOOP, Scenario.OFFLINE])
def test_tables_are_whole(measure: Measure, scenario: Scenario) -> None:
    lines = markdown_report(document_of([measure(6, scenario)], TimeKind.COMPUTE)).splitlines()
    columns = 0
    for line in lines:
        now = line.count("|") if line.startswith("|") else 0
        assert not columns or now in (0, columns)
        columns = now
    for backend in BACKENDS:
        assert any(f"| {backend} |" in line for line in lines)


def test_summary_warnings_conditions_and_command(measure: Measure) -> None:
    comparison = measure(failing="native-fp32")
    text = markdown_report(document_of([comparison, measure(cancel_after=120)], TimeKind.COMPUTE))
    assert "\n**Native fp32: It \\<does\\> not run here." in text
    assert "\n**The measurement was cancelled" in text
    assert re.search(r": 0\.250 x the compute of native-fp32 \(95 % interval 0\.\d+ to 0\.\d+\): faster\.", text)
    assert "\n| too few samples | " in text
    assert f"SHA-256 {comparison.conditions.network_sha256} |" in text
    assert "\n```\nmnist-bench bench --model digits-mlp --scenario SingleStream --backend native-fp32 " in text


def test_foreign_text_stays_text(measure: Measure) -> None:
    text = markdown_report(document_of([measure(model="<script> | a_b\n# c ```")], TimeKind.COMPUTE))
    assert text.startswith("## \\<script\\> | a\\_b \\# c \\`\\`\\`, SingleStream\n")
    assert "\n````\nmnist-bench bench --model '<script> | a_b\n# c ```' " in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- item", "\\- item"),
        ("+ item", "\\+ item"),
        ("12. item", "12\\. item"),
        ("===", "\\==="),
        ("~~gone~~", "\\~\\~gone\\~\\~"),
        ("&lt; & AT&T", "\\&lt; & AT&T"),
        ("https://a.example www.a.example", "https\\://a.example www\\.a.example"),
        ("-1.30 ms, 0.250 x (0.2 to 0.3)", "-1.30 ms, 0.250 x (0.2 to 0.3)"),
    ],
)
def test_a_note_is_no_list_rule_or_link(measure: Measure, text: str, shown: str) -> None:
    result = Result(measure(2), note=text)
    assert f"\n\n{shown}\n\n" in markdown_report(document_of([result], TimeKind.COMPUTE))
