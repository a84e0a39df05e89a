"""The HTML report: it parses, holds all that belongs in it, and nothing from elsewhere."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mnist_bench.bench.latency.analysis import TimeKind, analyse
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.html import html_report
from mnist_bench.engines.backends import find_backend
from tests.bench.report.conftest import BACKENDS, Measure

VOID = {"meta"}


class Page(HTMLParser):
    """What is in a page: its tags, attributes and text; every tag is closed in order."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(document.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data + "\n"


@pytest.mark.parametrize("count", [1, 2, 6])
def test_every_backend_is_in_it(measure: Measure, count: int) -> None:
    page = Page(html_report(document_of([measure(count)], TimeKind.COMPUTE)))
    for backend in BACKENDS[:count]:
        assert f"\n{find_backend(backend).title}\n" in page.text
        assert f" --backend {backend} " in page.text
    assert page.attributes.count(("role", "img")) == (3 if count == 1 else 4)
    assert ("Native fp32 takes 100 µs (median of compute); the others are" in page.text) == (count > 1)
    assert ("0.250 x the compute of native-fp32 (95 % interval 0.250 to 0.250): faster." in page.text) == (count > 1)


def test_it_needs_nothing_from_elsewhere(measure: Measure) -> None:
    document = html_report(document_of([measure(6)], TimeKind.COMPUTE))
    page = Page(document)
    assert not {"script", "link", "img", "iframe", "object", "image", "use"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in {"src", "href", "xlink:href"} or name.startswith("on")]
    assert not re.search(rb"@import|url\(", document)
    assert b"prefers-color-scheme: dark" in document


def test_foreign_text_stays_text(measure: Measure) -> None:
    """Files of saved runs come from other people."""
    comparison = measure(2, model='<script>alert("1")</script> & \ud800 $(rm x)')
    page = Page(html_report(document_of([comparison], TimeKind.COMPUTE)))
    assert "script" not in page.tags
    assert '<script>alert("1")</script> &' in page.text
    assert "--model '<script>" in page.text


def test_warnings_conditions_and_settings_are_told(measure: Measure) -> None:
    comparison = measure()
    page = Page(html_report(document_of([comparison], TimeKind.COMPUTE)))
    seen = [warning for result in analyse(comparison) for warning in result.warnings]
    assert "too few samples" in [str(warning.kind) for warning in seen]
    for warning in seen:
        for told in (str(warning.kind), warning.advice, warning.seen):
            assert f"\n{told}\n" in page.text
    for told in (
        comparison.conditions.network_sha256,
        comparison.conditions.started,
        "warm-up at most 30 requests or 1 s",
    ):
        assert told in page.text


def test_a_failed_backend_is_named(measure: Measure) -> None:
    page = Page(html_report(document_of([measure(3, failing="native-int8")], TimeKind.COMPUTE)))
    assert "Native int8: It <does> not run here." in page.text
    assert "Native int8 takes" not in page.text
    assert "0.997 x the compute of native-fp32" in page.text


def test_without_the_baseline_nothing_is_compared(measure: Measure) -> None:
    page = Page(html_report(document_of([measure(2, failing="native-fp32")], TimeKind.COMPUTE)))
    assert "; its baseline was not measured." in page.text


def test_a_cancelled_one_says_so(measure: Measure) -> None:
    comparison = measure(cancel_after=120)
    assert not comparison.complete
    assert "The measurement was cancelled" in Page(html_report(document_of([comparison], TimeKind.COMPUTE))).text
    assert "cancelled" not in Page(html_report(document_of([measure()], TimeKind.COMPUTE))).text


def test_a_hot_loop_has_no_round_trips(measure: Measure) -> None:
    page = Page(html_report(document_of([measure(2, Scenario.HOT_LOOP)], TimeKind.ROUND_TRIP)))
    assert "0.250 x the compute of native-fp32" in page.text
    assert "--by" not in page.text


def test_offline_has_its_batches_and_throughput(measure: Measure) -> None:
    page = Page(html_report(document_of([measure(2, Scenario.OFFLINE, batches=(1, 10))], TimeKind.COMPUTE)))
    assert "Images a second by images per request." in page.text
    assert "Native int8 · batch 10 takes 250 µs (median of compute): 0.250 x" in page.text
    assert " --batch 1,10 " in page.text
    assert page.attributes.count(("role", "img")) == 5


def test_ratios_of_round_trips(measure: Measure) -> None:
    page = Page(html_report(document_of([measure()], TimeKind.ROUND_TRIP)))
    assert " x the round trip of native-fp32" in page.text
    assert " --by round-trip" in page.text


def test_several_comparisons_are_several_sections_after_one_that_compares_them(measure: Measure) -> None:
    page = Page(html_report(document_of([measure(), measure(1, Scenario.HOT_LOOP)], TimeKind.COMPUTE)))
    assert page.tags.count("section") == 3
    assert "digits-mlp, SingleStream" in page.text
    assert "digits-mlp, HotLoop" in page.text


def test_a_clock_too_coarse_for_a_backend_leaves_the_report_whole(measure: Measure) -> None:
    comparison = measure()
    baseline, other = comparison.runs
    blocks = tuple(replace(block, compute_ns=block.compute_ns * 0) for block in other.blocks)
    page = Page(
        html_report(
            document_of([replace(comparison, runs=(baseline, replace(other, blocks=blocks)))], TimeKind.COMPUTE)
        )
    )
    assert page.attributes.count(("role", "img")) == 3, "there is no ratio to draw"
    assert "timer too coarse" in page.text
