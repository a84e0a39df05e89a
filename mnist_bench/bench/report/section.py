"""One section of a report, for any kind of result and any output format."""

from collections.abc import Callable
from dataclasses import dataclass

Rows = tuple[tuple[str, ...], ...]
"""The titles first."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `is_words` where its cells are sentences and not figures."""

    rows: Rows
    is_words: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, drawn as SVG where the report has pictures."""

    draw: Callable[[], str]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """Backends by their colour index, each with its title."""

    titles: dict[int, str]


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """What a person types to measure the same again."""

    text: str


Item = Table | Figure | Legend | Caption | Command


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One result.

    Attributes:
        note: the person's own words on it; empty for none.
        cautions: what to know before one reads it.
        summary: sentences, each with the colour index of the backend that it is about; None for one about all.
    """

    title: str
    started: str
    note: str
    cautions: tuple[str, ...]
    summary: tuple[tuple[int | None, str], ...]
    parts: tuple[Part, ...]


def part(heading: str, *items: Item | None) -> Part | None:
    """A part of those of `items` that there are; None without any."""
    there = tuple(item for item in items if item is not None)
    return Part(heading, there) if there else None


def table(rows: Rows, *, is_words: bool = False) -> Table | None:
    """A table, if it has rows below its titles."""
    return Table(rows, is_words) if len(rows) > 1 else None
