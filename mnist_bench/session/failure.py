"""Turns an exception into what a person sees and can copy."""

import platform
import traceback
from dataclasses import dataclass

from mnist_bench.base import locations
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.trouble import trouble_of
from mnist_bench.engines.errors import RunnerLost
from mnist_bench.version import VERSION


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: a sentence, what to do next, and the details (traceback, versions) to find out why."""

    sentence: str
    advice: str
    details: str


def describe(error: BaseException) -> Failure:
    """What to show of `error`: its own words if a person can meet it, else that the program is at fault."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    details = f"{about_this_computer()}\n\n{trace}"
    if isinstance(error, RunnerLost) and error.last_words:
        details += f"\n\nThe runner's last output:\n{error.last_words}"
    told = error if isinstance(error, MnistBenchError) else trouble_of(error)
    if told is not None:
        return Failure(told.message, told.advice, details)
    sentence = f"Internal error: {type(error).__name__}: {error}".rstrip(": ")
    return Failure(sentence, f"Copy the details and report them; they are also in {locations.log_file()}.", details)


def about_this_computer() -> str:
    """The versions that a report of an error needs, in one line."""
    return f"mnist-bench {VERSION}, Python {platform.python_version()}, {platform.platform()}"
