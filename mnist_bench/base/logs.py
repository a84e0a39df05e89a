"""The log: one small rotating file, which holds the traceback of every error that a person saw as one sentence.

Topics are loggers below `mnist_bench`, one for each package or concern (`mnist_bench.engines`, `mnist_bench.gui`, ...).

| level | means |
|---|---|
| error | something was shown as failed; the traceback follows |
| warning | something failed and was got around |
| info | the window was opened or closed; on `mnist_bench.adb`, something was done over adb |
| debug | each frame, on `mnist_bench.frames` alone, and only where it is asked for |
"""

import logging
import logging.handlers

from mnist_bench.base import locations

_FORMAT = "%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s"
_MAX_BYTES = 1_000_000


def start_logging() -> None:
    """Write what `mnist_bench`'s loggers say to the log file; silently nowhere if there is no place for it."""
    logger = logging.getLogger("mnist_bench")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [_handler()]
    # A log on a full disk must not print tracebacks over the answers.
    logging.raiseExceptions = False


def print_frames() -> None:
    """Print a line for every request and answer that passes between an engine and its runner, to standard error."""
    logger = logging.getLogger("mnist_bench.frames")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [logging.StreamHandler()]


def _handler() -> logging.Handler:
    path = locations.log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler
