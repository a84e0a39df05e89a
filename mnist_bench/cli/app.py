"""The `mnist-bench` command: its subcommands, its exit status, and how failures are reported."""

import argparse
import importlib
import io
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mnist_bench.base import locations
from mnist_bench.base.errors import Cancelled, MnistBenchError, UsageError
from mnist_bench.base.files import reason
from mnist_bench.base.logs import log_failure, start_logging
from mnist_bench.base.streams import output_failure, silence_broken_streams
from mnist_bench.base.trouble import trouble_of
from mnist_bench.cli.common import ExitStatus, Parser, complain, show_lines
from mnist_bench.cli.interrupts import signals_like_ctrl_c
from mnist_bench.version import VERSION

_COMMANDS = (
    *("backends", "classify", "bench", "compare", "report", "results", "layers", "evaluate"),
    *("import", "export", "train", "quantize", "fetch-mnist"),
    *("phones", "deploy", "remove", "connect", "disconnect", "pair"),
    *("engines", "doctor"),
)
_MODULES = {"import": "importing", "export": "exporting", "fetch-mnist": "fetch_mnist"}
"""Of those that cannot have the command's name."""
_DETAILS = """\
Without a command the window opens.

examples:
  mnist-bench
  mnist-bench classify seven.png my-drawing.json
  mnist-bench COMMAND --help

exit status: 0 success, 1 bad input or a failure, 2 usage error, 130 interrupted (by SIGTERM: 143)"""

_SIGNALLED = 128  # and the signal's number, as shells count
_log = logging.getLogger("mnist_bench.cli")


class _ShowVersion(argparse.Action):
    """Prints the version, and where the log lies."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        show_lines(f"mnist-bench {VERSION}\nlog: {locations.log_file()}")
        parser.exit()


def make_parser(names: Iterable[str] = _COMMANDS) -> argparse.ArgumentParser:
    """The parser of these commands, by default of everything that can stand behind `mnist-bench`."""
    parser = Parser(
        prog="mnist-bench",
        description="See one neural network answer on several inference backends, side by side.",
        epilog=_DETAILS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and the path of the log")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        command = importlib.import_module(f"mnist_bench.cli.{_MODULES.get(name, name)}")
        command.add_parser(commands).set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status."""

    def run() -> int:
        asked = [name for name in arguments[:1] if name in _COMMANDS]  # to import all of them takes its time
        options = make_parser(asked or _COMMANDS).parse_args(arguments)
        status: int = options.run(options)
        return status

    return _guarded(run)


def compare_samples() -> int:
    """Show what each backend makes of the bundled samples, where no window can open; the exit status."""
    from mnist_bench.cli import samples  # commands do without it

    return _guarded(samples.compare)


def _guarded(run: Callable[[], int]) -> int:
    """Run a command; whatever it raises is told in a sentence and becomes an exit status."""
    with signals_like_ctrl_c() as signals:
        status = _told(run)
    return _SIGNALLED + signals[0] if signals and status == ExitStatus.CANCELLED else status


def _told(run: Callable[[], int]) -> int:
    start_logging()
    # A file's name may be no text at all; it is printed as well as it can be.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status, raised = int(ExitStatus.OK), None
    try:
        status = run()
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        raised = error
    lost = output_failure(raised)
    if isinstance(raised, SystemExit):  # argparse has printed the help, or what is wrong with the options
        if lost is None:
            silence_broken_streams()
            raise raised
    elif raised is not None and (lost is None or not isinstance(raised, OSError)):
        status = tell(raised)
    if lost is not None:
        if not isinstance(lost, BrokenPipeError):  # else who read the answers has gone, as `head` does
            complain(f"The output cannot be written: {reason(lost)}. Write it to another disk.")
        status = status or ExitStatus.FAILED
    silence_broken_streams()
    return status


def tell(error: BaseException) -> ExitStatus:
    """Tell a failure in a sentence on standard error, its traceback to the log; the exit status that it means."""
    match error:
        case KeyboardInterrupt():
            complain("Interrupted.")
            return ExitStatus.CANCELLED
        case Cancelled():
            complain(str(error))
            return ExitStatus.CANCELLED
        case MnistBenchError():
            log_failure(_log, error)
            complain(str(error))
            return ExitStatus.USAGE if isinstance(error, UsageError) else ExitStatus.FAILED
        case _:
            _log.error("unexpected", exc_info=error)
            internal = f"Internal error ({type(error).__name__}). See {locations.log_file()}"
            complain(str(trouble_of(error) or internal))
            return ExitStatus.FAILED
