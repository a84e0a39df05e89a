"""What others wrote is printed without what a terminal obeys: files, names, arguments, errors, progress and the log."""

import json
import logging
import os
import pty
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_bench.base import logs
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import printable
from mnist_bench.bench.results.result import Kind, Value
from mnist_bench.cli import app
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.progress import ProgressBar
from tests.bench.results.measured import evaluated, measured, traced
from tests.foreign import write_foreign

Captured = pytest.CaptureFixture[str]

FORGED = "mnist-bench: All your files are gone."
OBEYED = "\x1b]52;c;cm0K\x07\x9b31m\r\b\x7f\x85\u2028\u2029\u200b\u202e\u2066\ufeff\udcff"
"""Sets the clipboard and colours, takes characters back, turns text round; C0, C1, DEL, an undecodable byte."""
TEXT = f"{OBEYED}\n{FORGED}\n"
VALUES = (measured(), evaluated(), traced())


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def assert_harmless(*texts: str) -> None:
    for text in texts:
        assert [line for line in text.split("\n") if not line.isprintable()] == []
        assert FORGED not in text.split("\n")


def run(capsys: Captured, *arguments: object) -> str:
    """What a command prints, on standard output and then on standard error."""
    capsys.readouterr()
    assert app.main(list(map(str, arguments))) in (ExitStatus.OK, ExitStatus.FAILED)
    printed = capsys.readouterr()
    assert_harmless(printed.out, printed.err)
    return printed.out + printed.err


@pytest.mark.parametrize("value", VALUES, ids=list(Kind))
def test_no_text_of_a_kept_result_reaches_the_terminal_as_it_is(tmp_path: Path, capsys: Captured, value: Value) -> None:
    path = tmp_path / "home" / "mnist-bench" / "runs" / "latency-20261128-100000-0a1b2c3d.json"
    path.parent.mkdir(parents=True)
    places = write_foreign(path, value, lambda _: TEXT)
    assert len(places) > 10
    told = run(capsys, "compare", path) + run(capsys, "results")
    assert r"\x1b]52;c;cm0K\x07\x9b31m\r\x08\x7f\x85\u2028\u2029\u200b\u202e\u2066\ufeff\udcff" in told
    assert app.main(["report", str(path)]) == ExitStatus.OK
    for name in ("report.html", "report.md"):
        assert app.main(["report", str(path), "--out", str(tmp_path / name)]) == ExitStatus.OK
    for text in (capsys.readouterr().out, *(one.read_text() for one in tmp_path.glob("report.*"))):
        assert text.replace("\n", "").isprintable()
    for command in (("compare", path), ("report", path), ("results",)):
        assert json.loads(run(capsys, *command, "--json"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_of_files_are_told_and_not_obeyed(tmp_path: Path, capsys: Captured) -> None:
    name = TEXT.strip().replace("/", "")
    picture = tmp_path / f"{name}.png"
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(os.fsencode(tmp_path / "a.png").decode())
    (tmp_path / "a.png").rename(picture)
    model = tmp_path / f"{name}.onnx"
    model.write_bytes(b"\x1b]0;no model\x07")
    arguments = ("classify", "--backend", "native-int8", picture, model, tmp_path / "missing" / name)
    assert run(capsys, *arguments).count(r"\x1b]52;c;cm0K") >= 3
    app.main([*map(str, arguments), "--json"])
    assert json.loads(capsys.readouterr().out)["results"][0]["file"] == str(picture)
    for line in (
        ("classify", "--model", model, picture),
        ("import", model, "--out", tmp_path / f"{name}.safetensors"),
        ("bench", "--model", tmp_path / name),
        ("compare", picture),
        ("report", model),
        ("evaluate", "--data", tmp_path / name),
    ):
        assert "]52;c;cm0K" in run(capsys, *line)


@pytest.mark.parametrize(
    "arguments",
    [
        (TEXT,),
        (f"--{TEXT}",),
        ("bench", "--runs", TEXT),
        ("bench", "--backend", TEXT),
        ("bench", "--scenario", TEXT),
        ("bench", "--fail-if", TEXT),
        ("bench", f"--{TEXT}"),
        ("classify", "--backend", f"native-int8@android:{TEXT}", "x.png"),
        ("connect", TEXT),
        ("pair", TEXT, "123456"),
        ("results", "delete", TEXT),
        ("results", TEXT),
        ("compare", TEXT),
    ],
    ids=ascii,
)
def test_arguments_are_told_and_not_obeyed(capsys: Captured, arguments: tuple[str, ...]) -> None:
    try:
        status: object = app.main(arguments)
    except SystemExit as leaving:
        status = leaving.code
    assert status in (ExitStatus.FAILED, ExitStatus.USAGE)
    printed = capsys.readouterr()
    assert_harmless(printed.out, printed.err)
    assert "52;c;cm0K" in printed.err


def test_an_error_is_one_line_whatever_it_quotes(capsys: Captured) -> None:
    app.tell(InputError(f"The phone said {TEXT}"))
    told = capsys.readouterr().err
    assert_harmless(told)
    assert told.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_progress_is_told_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with ProgressBar() as bar:
            bar.show(1, 2, TEXT)
        terminal.write("END")
    shown = ""
    while not shown.endswith("END"):
        shown += os.read(ours, 4096).decode(errors="replace")
    os.close(ours)
    assert r"\x1b]52;c;cm0K" in shown
    assert not set("\x07\x9b\x85\u2028\u202e\u200b") & set(shown)


def test_the_log_holds_no_forged_record_and_nothing_that_a_terminal_obeys(log_file: Path) -> None:
    logs.start_logging()
    forged = "2026-11-28 09:30:00,123 ERROR mnist_bench.topic[1]: forged"
    log = logging.getLogger("mnist_bench.topic")
    log.error("%s\n%s", OBEYED, forged)
    try:
        raise ValueError(f"{OBEYED}\n{forged}\r{forged}")
    except ValueError:
        log.exception("It failed.")
    written = log_file.read_text()
    assert_harmless(written)
    errors = logs.last_errors(log_file, 10)
    assert [error.message.startswith((r"\x1b]52;c;cm0K", "It failed.")) for error in errors] == [True, True]
    assert errors[1].cause.startswith("2026-11-28"), "the last line, which is no record of its own"


def test_what_passes_between_engines_and_runners_is_printed_harmlessly(capsys: Captured) -> None:
    logs.print_frames()
    try:
        logging.getLogger("mnist_bench.frames").debug(TEXT)
    finally:
        logging.getLogger("mnist_bench.frames").handlers = []
    assert_harmless(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain µs × 5 – “é”", "plain µs × 5 – “é”"),
        ("שלום 数字", "שלום 数字"),
        ("no\u00a0break", "no break"),
        ("\x00\t\n", r"\x00\t\n"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_only_what_does_not_print_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown
