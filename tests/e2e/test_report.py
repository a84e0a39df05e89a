"""`mnist-bench report` of real measurements."""

from pathlib import Path

from tests.e2e.conftest import Run


def test_reports_of_saved_runs(run: Run, tmp_path: Path) -> None:
    measure = ("bench", "--model", "digits-mlp", "--processes", "2", "--blocks", "2", "--runs", "40")
    done = run(*measure, "--backend", "native-fp32", "--backend", "native-int8", "--save", "mine.json")
    assert done.returncode == 0, done.stderr
    shown = run("report", "mine.json")
    assert shown.returncode == 0, shown.stderr
    assert "\n- Native int8 takes " in shown.stdout
    assert run("report", "mine.json", "mine.json", "--out", "report.html").stdout == "Wrote report.html.\n"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<section>") == 3, "the comparison, and each of both"
    assert run("report", "mine.json", "--out", "report.md").returncode == 0
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == shown.stdout
    again = run("report", "mine.json", "--out", "report.md")
    assert again.returncode == 1
    assert run("report", "mine.json", "--out", "report.md", "--force").returncode == 0


def test_what_cannot_be_reported_is_told(run: Run, tmp_path: Path) -> None:
    assert run("report").returncode == 2
    (tmp_path / "other.json").write_text("{}")
    done = run("report", "other.json", "--out", "report.html")
    assert done.returncode == 1
    assert "is not a kept result" in done.stderr
    assert not (tmp_path / "report.html").exists()
    assert run("report", "other.json", "--out", "report.pdf").returncode == 2
