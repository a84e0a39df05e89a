"""What the commands share: their common options, started engines, and how they print."""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mnist_bench.base.errors import InputError, MnistBenchError, UsageError
from mnist_bench.base.files import check_writable
from mnist_bench.base.logs import print_frames
from mnist_bench.base.text import printable
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.devices.devices import device_forms
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import default_backends, find_backend, find_backends, local_backends, with_threads
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import DEFAULT_MODEL, bundled_names
from mnist_bench.network.network import HALF_PRECISIONS, Network

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class ExitStatus(IntEnum):
    """What the process tells the one that started it."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 130


class Parser(argparse.ArgumentParser):
    """What a person typed stands in its errors, without what does not print; OSError where help cannot be written."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Print it; argparse's own says nothing where that fails."""
        print(self.format_help(), end="", file=file)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Refuse what it does not know; argparse's own leaves that to the parser above, which shows its own usage."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end the process."""
        super().error(printable(message))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a backend has no answer, in a sentence or two."""

    backend: str
    error: str


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """A backend with its engine, started and loaded; or with the error that kept it from that."""

    backend: Backend
    engine: InferenceEngine | MnistBenchError


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, details: str
) -> argparse.ArgumentParser:
    """A command's parser; `details` (examples, exit status) follow the options in its help as they are."""
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add `--model NAME|FILE`."""
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|FILE",
        help=f"a bundled network ({', '.join(bundled_names())}) or a model file (default: {DEFAULT_MODEL})",
    )


def add_backend_options(parser: argparse.ArgumentParser) -> None:
    """Add `--backend ID`, which may be given several times, and `--threads N`."""
    names = ", ".join(backend.id for backend in default_backends())
    halves = ", ".join(one.id for one in local_backends(HALF_PRECISIONS))
    parser.add_argument(
        "--backend",
        action="append",
        dest="backends",
        metavar="ID",
        help=f"{names}, or {halves}; with options (:torchscript, :eager:2, :core3) and, at the end, another device "
        f"({device_forms()}), such as native-int8@android, or native@android for its fp32 and int8; "
        f"repeat it for several (default: {names})",
    )
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="threads for each backend that can use several (default: 1)"
    )
    parser.add_argument("--trace-frames", action="store_true", help="print the messages between engines and runners")


def add_baseline_option(parser: argparse.ArgumentParser) -> None:
    """Add `--baseline ID`."""
    parser.add_argument("--baseline", metavar="ID", help="what the others are compared with (default: the first)")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def whole(text: str) -> int:
    """A whole number of at least 0, for argparse."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def chosen_backends(options: argparse.Namespace) -> tuple[Backend, ...]:
    """The backends that the options name, each once; raises UsageError for one that there is not, or not with as many
    threads. Where none is named, those that have only one thread keep it.

    With `--trace-frames` their frames are printed from here on.
    """
    if options.trace_frames:
        print_frames()
    threads = options.threads or 1
    if not options.backends:
        return tuple(with_threads(one, threads) if one.can_thread else one for one in default_backends())
    named = [backend for text in options.backends for backend in find_backends(text)]
    if options.threads is not None:
        named = [with_threads(backend, threads) for backend in named]
    return tuple(dict.fromkeys(named))


def chosen_baseline(options: argparse.Namespace, backends: Sequence[Backend]) -> str:
    """The id of the one of `backends` that `--baseline` names, else of the first; UsageError if it is none of them."""
    if options.baseline is None:
        return backends[0].id
    baseline = find_backend(options.baseline)
    if options.threads is not None and baseline.can_thread:
        baseline = with_threads(baseline, options.threads)
    if baseline not in backends:
        raise UsageError(
            f"The baseline {options.baseline!r} is not measured.",
            advice=f"Name it with --backend {options.baseline} too.",
        )
    return baseline.id


@contextmanager
def open_engines(backends: Sequence[Backend], network: Network | None) -> Iterator[tuple[OpenEngine, ...]]:
    """Start all backends at once and load `network`, if any; one that cannot run comes with its error."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=max(len(backends), 1)))
        # Closed before the pool is, so that an interruption need not wait for a runner that is still starting.
        engines = [stack.enter_context(closing(InferenceEngine(backend))) for backend in backends]
        with ProgressBar() as bar:
            bar.show(0, 0, "Starting the backends")
            opened = tuple(pool.map(partial(_open, network), engines))
        yield opened


def _open(network: Network | None, engine: InferenceEngine) -> OpenEngine:
    try:
        engine.start()
        if network is not None:
            engine.load(network)
            # The first answer of a process takes several times as long as any other: it says little about the backend.
            engine.classify(np.zeros((28, 28), np.uint8))
    except MnistBenchError as error:
        return OpenEngine(engine.backend, error)
    return OpenEngine(engine.backend, engine)


def check_output(path: Path, force: bool) -> None:
    """Raise InputError if `path` cannot become a new file, or is one already and may not be replaced."""
    if path.is_dir():
        raise InputError(f"{path} is a folder.", advice="Name a file in it.")
    if path.exists() and not force:
        raise InputError(f"{path} exists already.", advice="Choose another name, or replace it with --force.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}.", advice="Create it first, or choose another.")
    check_writable(path.parent)


def print_json(value: object) -> None:
    """Print a value as one line of JSON, which never holds NaN or infinity."""
    print(json.dumps(value, allow_nan=False).replace("\x7f", "\\u007f"))


def show(line: str) -> None:
    """Print an answer of one line, without what does not print in it."""
    print(printable(line))


def show_lines(text: str) -> None:
    """Print an answer of several lines, without what does not print in them."""
    print(printable(text, keep="\n"), flush=True)


def say(text: str) -> None:
    """Print a message for people, of any number of lines, to standard error: standard output is for answers."""
    with contextlib.suppress(OSError):  # nobody can be told that nobody can be told
        print(printable(text, keep="\n"), file=sys.stderr)


def complain(sentence: str) -> None:
    """Print what went wrong, on one line, to standard error."""
    say(printable(f"mnist-bench: {sentence}"))
