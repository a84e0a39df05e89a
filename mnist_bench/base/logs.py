"""The log: one small rotating file, which holds the traceback of every error that a person saw as one sentence.

Topics are loggers below `mnist_bench`, one for each package or concern (`mnist_bench.engines`, `mnist_bench.gui`, ...).

| level | means |
|---|---|
| error | something failed and was shown as failed; the traceback follows |
| warning | something failed and was got around |
| info | what a person gave could not be used; the traceback follows |
| info | the window was opened or closed; on `mnist_bench.adb`, something was done over adb |
| debug | each frame, on `mnist_bench.frames` alone, and only where it is asked for |
"""

import logging
import logging.handlers
import os
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.base.files import open_file
from mnist_bench.base.text import printable

_FORMAT = "%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s"
_MAX_BYTES = 1_000_000
_RECORD = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ ([A-Z]+) ([\w.]+)\[\d+\]: ", re.MULTILINE)
_LAST_BYTES = 300_000


def start_logging() -> None:
    """Write what `mnist_bench`'s loggers say to the log file; silently nowhere if there is no place for it."""
    logger = logging.getLogger("mnist_bench")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in logger.handlers:
        handler.close()
    logger.handlers = [_handler()]
    # A log on a full disk must not print tracebacks over the answers.
    logging.raiseExceptions = False


def print_frames() -> None:
    """Print a line for every request and answer that passes between an engine and its runner, to standard error."""
    logger = logging.getLogger("mnist_bench.frames")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(message)s"))
    logger.handlers = [handler]


def log_failure(logger: logging.Logger, error: BaseException) -> None:
    """Log an error with its traceback, as no more than information where it lies in what a person gave."""
    is_mistake = isinstance(error, InputError | UsageError)
    logger.log(logging.INFO if is_mistake else logging.ERROR, "%s", error, exc_info=error)


@dataclass(frozen=True, slots=True)
class LoggedError:
    """An error of the log: its local time ("2026-11-28 09:30:00"), its logger, what it says, the end of its traceback
    ("ZeroDivisionError: division by zero"; empty without one). It is as it was written, whatever that is.
    """

    time: str
    topic: str
    message: str
    cause: str


def last_errors(path: Path, most: int) -> list[LoggedError]:
    """The last errors of a log file, `most` at most, the newest last; OSError where it cannot be read.

    No more than its last 300 kB are read.
    """
    with open_file(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
        text = file.read(_LAST_BYTES).decode(errors="replace")
    records = list(_RECORD.finditer(text))
    errors = []
    for record, following in zip_longest(records, records[1:]):
        end = following.start() if following else len(text)
        time, level, topic = record.groups()
        if level in ("ERROR", "CRITICAL"):
            message, *trace = text[record.end() : end].rstrip("\n").split("\n")
            errors.append(LoggedError(time, topic, message, trace[-1].strip() if trace else ""))
    return errors[-most:]


class _Formatter(logging.Formatter):
    """Indents all lines of a record but its first, and replaces what does not print: no text can pose as a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text."""
        return printable(super().format(record), keep="\n").replace("\n", "\n  ")


def _handler() -> logging.Handler:
    path = locations.log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a named pipe would be waited for
            return logging.NullHandler()
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(_Formatter(_FORMAT))
    return handler
