"""A kept result of any kind: a value with a name and a note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.layers.values import LayerComparison

MAX_NAME = 200
MAX_NOTE = 10_000


class Kind(StrEnum):
    """What was measured."""

    LATENCY = "latency"
    ACCURACY = "accuracy"
    LAYERS = "layers"


class Measured(Protocol):
    """What every kind of value tells."""

    @property
    def conditions(self) -> Conditions:
        """When and under which conditions it was measured, and the model."""

    @property
    def titles(self) -> Mapping[str, str]:
        """The id of each backend, in order, and what a person reads."""

    @property
    def complete(self) -> bool:
        """Whether everything was measured that was asked for."""


ValueT = TypeVar("ValueT", bound=Measured)
_ValueT_co = TypeVar("_ValueT_co", bound=Measured, covariant=True)
Value = Comparison | Evaluation | LayerComparison
TYPES: Mapping[Kind, type[Value]] = {
    Kind.LATENCY: Comparison,
    Kind.ACCURACY: Evaluation,
    Kind.LAYERS: LayerComparison,
}


@dataclass(frozen=True, slots=True, eq=False)
class Result(Generic[_ValueT_co]):
    """A value that was measured, and what a person calls it.

    Attributes:
        value: a Comparison (latency), an Evaluation (accuracy) or a LayerComparison (layers).
        name, note: the person's own words; empty for none.
        path: the file that it lies in; None where it was not saved.
    """

    value: _ValueT_co
    name: str = ""
    note: str = ""
    path: Path | None = None

    @property
    def id(self) -> str:
        """Its file's name without the ending, which never changes; empty where it was not saved."""
        return "" if self.path is None else self.path.stem

    @property
    def kind(self) -> Kind:
        """What was measured."""
        return next(kind for kind, type_ in TYPES.items() if isinstance(self.value, type_))

    @property
    def file_name(self) -> str:
        """Its file's name, without folders; empty where it was not saved."""
        return "" if self.path is None else self.path.name

    @property
    def title(self) -> str:
        """Its name, else that of its file: what tells it from others."""
        return self.name or self.file_name


def as_result(one: Result[Measured] | Measured) -> Result[Measured]:
    """What was measured, as a result without a name where it is none yet."""
    return one if isinstance(one, Result) else Result(one)


def only(type_: type[ValueT], results: Sequence[Result[Measured]]) -> list[Result[ValueT]]:
    """`results`, if all hold values of this type; UsageError otherwise."""
    kept = [Result(one.value, one.name, one.note, one.path) for one in results if isinstance(one.value, type_)]
    if len(kept) < len(results):
        kinds = ", ".join(dict.fromkeys(str(one.kind) for one in results))
        raise UsageError(f"These are results of different kinds: {kinds}.", advice="Choose results of one kind.")
    return kept


def checked_name(text: str) -> str:
    """A name on one line; InputError where it is too long."""
    name = " ".join(text.split())
    if len(name) > MAX_NAME:
        raise InputError(f"The name has {len(name):,} characters.", advice=f"Use at most {MAX_NAME}.")
    return name


def checked_note(text: str) -> str:
    """A note of any number of lines; InputError where it is too long."""
    note = text.strip()
    if len(note) > MAX_NOTE:
        raise InputError(f"The note has {len(note):,} characters.", advice=f"Use at most {MAX_NOTE:,}.")
    return note
