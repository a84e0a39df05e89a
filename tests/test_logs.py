"""The log takes tracebacks where it can be written, and is silent where it cannot."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench import locations
from mnist_bench.logs import start_logging


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    logger = logging.getLogger("mnist_bench")
    before = logger.level, logger.propagate, logger.handlers, logging.raiseExceptions
    yield
    for handler in logger.handlers:
        handler.close()
    logger.level, logger.propagate, logger.handlers, logging.raiseExceptions = before


def test_a_topic_writes_its_traceback_to_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "deep" / "mnist-bench.log"
    monkeypatch.setattr(locations, "log_file", lambda: log)
    start_logging()

    try:
        raise ValueError("deep inside")
    except ValueError:
        logging.getLogger("mnist_bench.some.topic").exception("A file could not be read.")
    text = log.read_text()
    assert "mnist_bench.some.topic" in text
    assert "ValueError: deep inside" in text


def test_a_place_that_cannot_be_written_costs_only_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(locations, "log_file", lambda: tmp_path / "file" / "mnist-bench.log")
    start_logging()

    logging.getLogger("mnist_bench.topic").error("nobody hears this")
    assert capsys.readouterr() == ("", "")
