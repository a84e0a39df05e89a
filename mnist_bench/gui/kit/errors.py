"""Turns an exception into what a person sees and can copy, and logs the traceback."""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from mnist_bench.session.failure import Failure, describe

logger = logging.getLogger("mnist_bench.gui")


def log_failure(error: BaseException) -> None:
    """Writes the traceback of `error` to the log."""
    logger.error("%s", error, exc_info=error)


def catch_what_nobody_catches(show: Callable[[Failure], None]) -> None:
    """From now on an exception that nobody catches, on any thread, is logged and given to `show` on that thread."""

    def handle(error: BaseException) -> None:
        log_failure(error)
        show(describe(error))

    def main_hook(_kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(type(error), error, trace)
        else:
            handle(error)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            handle(args.exc_value)

    sys.excepthook = main_hook
    threading.excepthook = thread_hook
