"""The log takes tracebacks where it can be written, and is silent where it cannot."""

import logging
from pathlib import Path

import pytest

from mnist_bench.base.logs import start_logging


def test_a_topic_writes_its_traceback_to_the_file(log_file: Path) -> None:
    start_logging()

    try:
        raise ValueError("deep inside")
    except ValueError:
        logging.getLogger("mnist_bench.some.topic").exception("A file could not be read.")
    text = log_file.read_text()
    assert "mnist_bench.some.topic" in text
    assert "ValueError: deep inside" in text


def test_a_place_that_cannot_be_written_costs_only_the_log(log_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log_file.parent.touch()
    start_logging()

    logging.getLogger("mnist_bench.topic").error("nobody hears this")
    assert capsys.readouterr() == ("", "")
