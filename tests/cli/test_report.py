"""`mnist-bench report`: where it writes, what it refuses, and what it prints."""

import json
from pathlib import Path

import pytest

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report
from mnist_bench.bench.results.format import save_result
from mnist_bench.bench.results.result import Result
from mnist_bench.cli import app
from mnist_bench.cli.common import ExitStatus
from tests.comparisons import make_comparison

pytestmark = pytest.mark.usefixtures("log_file")


@pytest.fixture
def saved(tmp_path: Path) -> str:
    save_result(tmp_path / "run.json", Result(make_comparison()))
    return str(tmp_path / "run.json")


def test_markdown_is_printed(saved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["report", saved, "--by", "round-trip"]) == ExitStatus.OK
    assert capsys.readouterr().out == markdown_report(document_of([make_comparison()], TimeKind.ROUND_TRIP))


@pytest.mark.parametrize("name", ["report.html", "report.HTML", "report.md"])
def test_the_ending_says_what_is_written(
    saved: str, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    assert app.main(["report", saved, saved, "--out", str(out), "--json"]) == ExitStatus.OK
    assert json.loads(capsys.readouterr().out) == {"out": str(out)}
    both = [make_comparison(), make_comparison()]
    assert out.read_bytes() == (
        markdown_report(document_of(both)).encode() if name.endswith("md") else html_report(document_of(both))
    )


def test_what_is_there_is_not_replaced_unasked(saved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    assert app.main(["report", saved, "--out", str(out)]) == ExitStatus.FAILED
    assert out.read_text() == "old"
    assert "--force" in capsys.readouterr().err


def test_with_force_it_is(saved: str, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    assert app.main(["report", saved, "--out", str(out), "--force"]) == ExitStatus.OK
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_one_file_that_cannot_be_read_leaves_nothing_behind(
    saved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    assert app.main(["report", saved, str(tmp_path / "none.json"), "--out", str(out)]) == ExitStatus.FAILED
    assert "none.json" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("name", ["report.pdf", "report"])
def test_another_ending_is_bad_usage(saved: str, tmp_path: Path, name: str) -> None:
    assert app.main(["report", saved, "--out", str(tmp_path / name)]) == ExitStatus.USAGE
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_model_file_whose_name_is_no_text(tmp_path: Path, name: str) -> None:
    save_result(tmp_path / "run.json", Result(make_comparison(model="a\udcff.safetensors")))
    assert app.main(["report", str(tmp_path / "run.json"), "--out", str(tmp_path / name)]) == ExitStatus.OK
    assert "safetensors" in (tmp_path / name).read_text(encoding="utf-8")
