"""From an exception to what a person is shown and can copy, and to the log that holds the traceback."""

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from mnist_bench.base import locations
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.engines.errors import RunnerLost
from mnist_bench.version import VERSION

logger = logging.getLogger("mnist_bench.gui")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: a sentence, what to do next, and the details (tracebacks, versions) to find out why."""

    sentence: str
    advice: str
    details: str


def describe(error: BaseException) -> Failure:
    """What to show of `error`: its own words if a person can meet it, else that the program is at fault."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    details = f"{about_this_computer()}\n\n{trace}"
    if isinstance(error, RunnerLost) and error.last_words:
        details += f"\n\nThe runner's last words:\n{error.last_words}"
    if isinstance(error, MnistBenchError):
        return Failure(error.message, error.advice, details)
    sentence = f"Something in the program went wrong: {type(error).__name__}: {error}".rstrip(": ")
    advice = f"Copy the details and report them; they are also in {locations.log_file()}."
    return Failure(sentence, advice, details)


def about_this_computer() -> str:
    """The versions that a report of an error needs, in one line."""
    return f"mnist-bench {VERSION}, Python {platform.python_version()}, {platform.platform()}"


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
