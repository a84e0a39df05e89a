"""A figure: what was measured and what it should reach; and what a benchmark is given to measure it."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Sign(StrEnum):
    """On which side of its limit a figure should be."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure should reach, in the figure's unit."""

    sign: Sign
    value: float

    def holds(self, value: float) -> bool:
        """Whether `value` reaches it."""
        return value >= self.value if self.sign is Sign.AT_LEAST else value <= self.value


def at_least(value: float) -> Limit:
    """A limit from below."""
    return Limit(Sign.AT_LEAST, value)


def at_most(value: float) -> Limit:
    """A limit from above."""
    return Limit(Sign.AT_MOST, value)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        name: what was measured.
        value: in `unit`.
        unit: as people write it; empty for a ratio.
        limit: what it should reach.
        detail: how many measurements, their spread, and whatever else helps to believe it.
    """

    name: str
    value: float
    unit: str
    limit: Limit
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether it reaches its limit."""
        return self.limit.holds(self.value)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a benchmark may use.

    Attributes:
        data: MNIST's files, if the person said where; else they are looked for.
        pen_digits: the UNIPEN file of pen digits, if the person has it.
        models: a folder of other programs' model files, if the person has one.
        quick: a few repetitions only, to see that it runs; the figures mean little then.
        before: an earlier checkout to compare with, if the person named one.
        kernels: the native runner's kernels; None: it chooses the best ones.
    """

    data: Path | None = None
    pen_digits: Path | None = None
    models: Path | None = None
    quick: bool = False
    before: Path | None = None
    kernels: str | None = None

    def times(self, full: int, quick: int) -> int:
        """How often to repeat something."""
        return quick if self.quick else full


class NotMeasured(Exception):
    """Something that the benchmark needs is not there; the message is a sentence on what."""


def say(text: str) -> None:
    """Tell how far the benchmarks are, beside the table."""
    print(text, file=sys.stderr, flush=True)
