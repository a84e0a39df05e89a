"""Conditions for people's CI, such as "native-int8 > 1.1 * baseline": a grammar of its own, nothing is evaluated.

condition = time OPERATOR time        OPERATOR: > >= < <=
time      = [NUMBER *] NAME [.FIGURE] | NUMBER UNIT
NAME      = a backend's id, or `baseline`
FIGURE    = p50 (the default), p90, p99, mean or minimum, of compute
UNIT      = ns, us, µs, ms or s
"""

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.base import words
from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.bench.latency.analysis import Result

_OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_UNITS_NS = {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
_FIGURES = ("p50", "p90", "p99", "mean", "minimum")
_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,12})?"
_CONDITION = re.compile(r"([^<>=]{1,300})(>=|<=|>|<)([^<>=]{1,300})")
_ABSOLUTE = re.compile(rf"({_NUMBER})\s*({'|'.join(_UNITS_NS)})")
_RELATIVE = re.compile(rf"(?:({_NUMBER})\s*\*\s*)?([^\s*]+(?: \([0-9]+\)[^\s*]*)?)")
_ADVICE = 'Write it as "native-int8 > 1.1 * baseline" or "native-int8.p90 > 200 us".'


@dataclass(frozen=True, slots=True)
class _Time:
    """`factor` times a figure of a backend, or `factor` ns where `name` is empty."""

    factor: float
    name: str = ""
    figure: str = "p50"

    def check(self, backends: Sequence[str]) -> None:
        if self.name not in ("", "baseline", *backends):
            raise UsageError(
                f"{self.name!r} is not measured.",
                advice=f"There are: baseline, {', '.join(backends)}; figures are {', '.join(_FIGURES)}.",
            )

    def value_ns(self, results: Sequence[Result]) -> float:
        if not self.name:
            return self.factor
        for result in results:
            is_meant = result.is_baseline if self.name == "baseline" else result.run.backend == self.name
            if is_meant and result.compute is not None:
                return self.factor * float(getattr(result.compute, self.figure))
        raise InputError(f"{self.name!r} has no time to judge.")


@dataclass(frozen=True, slots=True)
class FailCondition:
    """A condition under which a benchmark counts as failed."""

    text: str
    left: _Time
    operator: str
    right: _Time

    def check(self, backends: Sequence[str]) -> None:
        """Raise UsageError where it names none of `backends`, by their ids: before they are measured."""
        self.left.check(backends)
        self.right.check(backends)

    def judge(self, results: Sequence[Result]) -> tuple[str, ...]:
        """What makes it true, a sentence for each batch size where it is, or where a backend has no samples of it."""
        batches = tuple(dict.fromkeys(result.run.batch for result in results))
        reasons = []
        for batch in batches:
            where = f"{self.text} (batch {batch})" if len(batches) > 1 else self.text
            of_batch = [result for result in results if result.run.batch == batch]
            try:
                left, right = self.left.value_ns(of_batch), self.right.value_ns(of_batch)
            except InputError as error:
                reasons.append(f"{where}: {error}")
                continue
            if _OPERATORS[self.operator](left, right):
                reasons.append(f"{where}: {self._compared(left, right)}.")
        return tuple(reasons)

    def _compared(self, left_ns: float, right_ns: float) -> str:
        """Both times; of two that read alike also what lies between them."""
        left, right = words.duration(left_ns), words.duration(right_ns)
        by = f", by {words.duration(abs(left_ns - right_ns))}" if left == right and left_ns != right_ns else ""
        return f"{left} {self.operator} {right}{by}"


def parse_condition(text: str) -> FailCondition:
    """The condition in `text`; UsageError where it is none."""
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a condition.", advice=_ADVICE)
    return FailCondition(text.strip(), _parse_time(match[1].strip()), match[2], _parse_time(match[3].strip()))


def _parse_time(text: str) -> _Time:
    if match := _ABSOLUTE.fullmatch(text):
        return _Time(float(match[1]) * _UNITS_NS[match[2]])
    match = _RELATIVE.fullmatch(text)
    if match is None or re.fullmatch(_NUMBER, match[2]):
        raise UsageError(f"{text!r} is not a time.", advice=_ADVICE)
    name, _, figure = match[2].rpartition(".")
    if not name or figure not in _FIGURES:  # a phone's serial may hold dots, too
        name, figure = match[2], "p50"
    return _Time(float(match[1] or 1), name, figure)
