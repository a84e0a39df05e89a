"""One report for latency, accuracy and layers: every kind has its section, every backend its one colour."""

import re
from dataclasses import replace

import pytest

from mnist_bench.base import words
from mnist_bench.bench.accuracy.summary import summarize_all
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report
from mnist_bench.bench.report.section import Table
from mnist_bench.bench.results.result import Kind, Result, Value
from tests.bench.accuracy.results import result_of
from tests.bench.report.test_html import Page
from tests.bench.results.measured import evaluated, one_of_each, traced
from tests.comparisons import BACKENDS, CALM, make_comparison


def test_one_report_covers_latency_accuracy_and_layers_of_one_network() -> None:
    document = document_of(one_of_each())
    assert [section.title for section in document.sections] == [
        "digits-cnn, SingleStream",
        "digits-cnn, accuracy on mnist (test)",
        "digits-cnn, layers",
    ]
    assert document.cautions == ()
    assert len(document.how_to_read) == 4
    page = Page(html_report(document))
    assert page.tags.count("section") == 3
    assert page.attributes.count(("role", "img")) == 4 + 2 + 1
    markdown = markdown_report(document)
    for heading in (
        "Compared",
        "Image by image",
        "Most frequent errors",
        "Time",
        "Error of quantization",
        "Conditions",
    ):
        assert f"\n### {heading}\n" in markdown
        assert heading in page.text


@pytest.mark.parametrize("each", [False, True])
def test_several_latencies_are_compared_first(each: bool) -> None:
    backends = ["torch-fp32", "native-int8"]
    document = document_of([make_comparison(backends), make_comparison(backends, scales=(1.5, 0.81))], each=each)
    assert len(document.sections) == 3
    compared = document.sections[0]
    assert compared.title == f"Comparison, {'each backend with itself in' if each else 'with the baseline of'} #1"
    ((_, answer),) = compared.summary
    assert "#1 PyTorch fp32" in answer
    (rows,) = [item.rows for item in compared.parts[0].items if isinstance(item, Table)]
    assert [row[0] for row in rows[1:]] == ["#1 PyTorch fp32", "#1 Native int8", "#2 PyTorch fp32", "#2 Native int8"]
    assert [row[-1] for row in rows[1:3]] == ["baseline", "baseline" if each else rows[2][-1]]
    assert answer in Page(html_report(document)).text
    assert "≈" in rows[4][-1] if each else "▼" in rows[4][-1]


def test_different_networks_are_a_warning_on_top() -> None:
    other = traced(conditions=replace(CALM, network_sha256="0" * 64))
    document = document_of([make_comparison(), other])
    assert document.cautions == ("These results are of different networks: the sections cannot be compared.",)
    assert markdown_report(document).startswith("**These results are of different networks")
    assert "⚠ These results are of different networks" in Page(html_report(document)).text


@pytest.mark.parametrize("value", one_of_each(), ids=list(Kind))
def test_name_and_note_are_the_persons_own_words(value: Value) -> None:
    document = document_of([Result(value, "<b>before</b>", "first line\n<script>second</script>")])
    page = Page(html_report(document))
    assert document.sections[0].title.startswith("<b>before</b>: digits-cnn, ")
    assert "first line\n<script>second</script>" in page.text
    assert not {"b", "script"} & set(page.tags)
    assert "\\<script\\>second\\</script\\>" in markdown_report(document)


@pytest.mark.parametrize("by", list(TimeKind))
def test_a_backend_has_one_colour_and_sign_in_every_section(by: TimeKind) -> None:
    """It was numbered anew in each, and took another's."""
    first = make_comparison(["native-int8", "qnnpack-int8"])
    document = document_of([first, make_comparison(["qnnpack-int8", "torch-fp32"]), traced()], by)
    summaries = (one.summary for one in document.sections[1:3])
    (_, qnnpack), (again, torch) = ([at for at, _ in summary if at is not None] for summary in summaries)
    assert qnnpack == again
    (legend,) = re.findall(r'<p class="legend">.*?</p>', html_report(document).decode().rpartition("<section>")[2])
    assert [int(found) for found in re.findall(r"s(\d) sign", legend)] == [torch, qnnpack]


def test_colours_that_the_window_gave_are_kept() -> None:
    given = {"qnnpack-int8": 4, "torch-fp32": 5}
    document = document_of([make_comparison()], colors=given)
    assert [number for number, _ in document.sections[0].summary] == [5, 4, None]


def test_the_summary_of_a_latency_ends_with_the_fastest_backend() -> None:
    summary = document_of([make_comparison(BACKENDS[:4])]).sections[0].summary
    assert summary[-1][1].startswith("Fastest on this computer: Native int8, 3.")
    assert " x faster than the next, QNNPACK int8 (" in summary[-1][1]
    assert document_of([make_comparison(BACKENDS[:1])]).sections[0].summary[1:] == (), "nothing to compare it with"


def test_an_evaluation_tells_its_accuracy_and_where_it_errs() -> None:
    labels = [7] * 90 + [1] * 10
    good = result_of(labels, [7] * 88 + [1, 1] + [1] * 10, backend_id="torch-fp32")
    bad = result_of(labels, [7] * 80 + [9] * 10 + [1] * 10, backend_id="qnnpack-int8")
    evaluation = evaluated(good, bad)
    (section,) = document_of([evaluation]).sections
    first, second = summarize_all(evaluation.results, "torch-fp32")
    assert second.against is not None
    (_, baseline), (_, other) = section.summary
    interval = words.accuracy_interval(0.98, first.accuracy.low, first.accuracy.high)
    assert baseline == f"torch-fp32 reads 98 of 100 digits correctly: {interval}."
    assert other.endswith(f"it agrees with torch-fp32 on 90.00 % (McNemar's p {second.against.mcnemar.p_text}).")
    markdown = markdown_report(document_of([evaluation]))
    assert "| torch-fp32 | 7 | 1 | 2 |\n| qnnpack-int8 | 7 | 9 | 10 |" in markdown
    assert (
        "--backend torch-fp32 --backend qnnpack-int8 --baseline torch-fp32 --limit 200 --data /data/mnist" in markdown
    )


def test_what_ended_early_says_so() -> None:
    evaluation = replace(evaluated(cancelled=True), failures={"made-2": "Cancelled.", "native-int8": "It ended."})
    layers = replace(traced(), failures={"native-int8": "It ended."}, cancelled=True)
    accuracy, traces = document_of([evaluation, layers]).sections
    assert accuracy.cautions == (
        "The evaluation was cancelled: these are the images classified until then.",
        "Made 2: Cancelled.",
        "Native int8: It ended.",
    )
    assert traces.cautions == (
        "The analysis was cancelled: these are the traces until then.",
        "native-int8: It ended.",
    )


def test_results_without_anything_in_them_are_reported_all_the_same() -> None:
    nothing = replace(evaluated(), results=(), failures={"native-int8": "It does not run."})
    no_layers = replace(traced(), backends=(), segments=(), failures={"native-int8": "It does not run."})
    page = Page(html_report(document_of([nothing, no_layers])))
    assert "Native int8: It does not run." in page.text
    assert "native-int8: It does not run." in page.text
    assert page.attributes.count(("role", "img")) == 0
