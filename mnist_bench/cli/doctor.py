"""`mnist-bench doctor`: everything about this computer that a bug report should include."""

import argparse
import logging
import re
import threading
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.text import one_line
from mnist_bench.cli import common
from mnist_bench.cli.checks import BACKENDS, ERRORS, Check, all_checks
from mnist_bench.cli.common import ExitStatus
from mnist_bench.devices.access import Fact

_DETAILS = """\
examples:
  mnist-bench doctor
  mnist-bench doctor --json

Prints versions, the processor, the program's folders, devices and what they need, the last errors in the log, and
whether each backend of this computer starts. Paste the output into your bug report. A line that begins with ! is a
problem. Serial numbers and addresses are cut to their last four characters, and your home folder is printed as ~.

Nothing is changed, and adb's server is not started. Every check has a time limit, a minute at most; one that runs out
of time is reported as a problem.

--json prints an object: for each heading a list of objects with name, words and problem (true or false)

exit status: 0 even if there are problems; 1 only if no backend of this computer starts"""

_LONGEST = 1000  # characters of what one line says
_SHOWN = 4  # characters of a serial number, but no more than half of it

_ADDRESS = re.compile(
    r"\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%\w+)?\](?::\d+)?"  # IPv6
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?"
    r"|\b[\w.-]+:\d{4,5}\b"  # a host's name
    r"|[\w-]+\._[\w.-]+"  # a device that announces itself
    r"|\b(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}\b"  # serial numbers, and whatever else looks like one
)

_log = logging.getLogger(__name__)


class _Private:
    """Hides serial numbers and addresses, all but their ends."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def learn(self, name: str) -> None:
        """Hide this serial number, or address, from now on."""
        self._names.add(name)

    def hidden(self, text: str) -> str:
        """`text` without the names that were learnt."""
        for name in sorted(self._names, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda found: _end_of(found[0]), text)
        return text

    def all_hidden(self, text: str) -> str:
        """`text` without these and without whatever looks like a serial number or an address."""
        return _ADDRESS.sub(lambda found: _end_of(found[0]), self.hidden(text))


def _end_of(name: str) -> str:
    own = name.partition("._")[0]  # what follows is the same for all that announce themselves
    return f"…{own[-min(_SHOWN, len(own) // 2) :]}"


class _Looking:
    """A check on a thread of its own, which is left behind where it takes too long."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._facts: list[Fact] = []
        self._deadline = time.monotonic() + check.seconds
        self._thread = threading.Thread(target=self._look, name=f"doctor {check.heading}", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        try:
            for fact in self.check.look():
                self._facts.append(fact)
        except Exception as error:  # whatever it is, the others are told
            _log.exception("doctor: %s", self.check.heading)
            said = str(error) if isinstance(error, MnistBenchError) else f"{type(error).__name__}: {error}"
            self._facts.append(Fact(self.check.subject, said, is_problem=True))

    def facts(self) -> list[Fact]:
        """What was found until the check's time was up."""
        self._thread.join(max(0.0, self._deadline - time.monotonic()))
        facts = list(self._facts)
        if self._thread.is_alive():
            limit = words.seconds(self.check.seconds)
            facts.append(Fact(self.check.subject, f"no answer within {limit}", is_problem=True))
        return facts


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "doctor", "print what a bug report should include", _DETAILS)
    common.add_json_option(parser)
    parser.add_argument("--serials", action="store_true", help="print serial numbers and addresses as they are")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    private = _Private()
    looking = [_Looking(check) for check in all_checks(private.learn)]
    told: dict[str, list[Fact]] = {}
    for heading, group in groupby(looking, key=lambda one: one.check.heading):
        found = [fact for one in group for fact in one.facts()]
        hide = _shown if options.serials else private.all_hidden if heading == ERRORS else private.hidden
        told[heading] = [_plain(fact, hide) for fact in found]
        if not options.json:
            common.show_lines("\n".join([heading, *map(_as_text, told[heading])]))
    if options.json:
        common.print_json({heading: [_as_json(fact) for fact in facts] for heading, facts in told.items()})
    return ExitStatus.FAILED if all(fact.is_problem for fact in told[BACKENDS]) else ExitStatus.OK


def _shown(text: str) -> str:
    return text


def _plain(fact: Fact, hide: Callable[[str], str]) -> Fact:
    """The fact in printable text, each on one line, without what is private."""
    name, said = (hide(_without_home(one_line(text, _LONGEST))) for text in (fact.name, fact.words))
    return Fact(name, said, is_problem=fact.is_problem)


def _without_home(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # nobody knows
        return text
    return re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text) if len(home) > 1 else text


def _as_text(fact: Fact) -> str:
    return f"{'!' if fact.is_problem else ' '} {fact.name}: {fact.words}"


def _as_json(fact: Fact) -> dict[str, object]:
    return {"name": fact.name, "words": fact.words, "problem": fact.is_problem}
