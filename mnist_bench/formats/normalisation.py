"""What a network's input is scaled to: the candidates and what people call them, and what was found, in words."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError

INVERTED = "inverted-"
"""In front of a candidate's name: dark ink on light ground."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How pixel / 255 (0: background, 1: ink) becomes a network's input: times `scale`, plus `offset`.

    Attributes:
        name: one of `NAMES`, perhaps with "inverted-" in front, or "MEAN,DEVIATION".
    """

    name: str
    scale: float
    offset: float

    @property
    def formula(self) -> str:
        """As people write it, x being a pixel's byte."""
        base, inverted = self.name.removeprefix(INVERTED), self.name.startswith(INVERTED)
        x = "(255 - x)" if inverted else "x"
        if base in _FORMULAS:
            return _FORMULAS[base].format(x=x)
        mean, deviation = base.split(",")
        return f"({x}/255 - {mean}) / {deviation}"


_MEANS_AND_DEVIATIONS = {"255": (0.0, 1.0), "mean": (0.1307, 0.3081), "symmetric": (0.5, 0.5), "bytes": (0.0, 1 / 255)}
_FORMULAS = {
    "255": "{x}/255",
    "mean": "({x}/255 - 0.1307) / 0.3081",
    "symmetric": "({x}/255 - 0.5) / 0.5",
    "bytes": "{x}, 0 to 255",
}
NAMES = tuple(_MEANS_AND_DEVIATIONS)
"""The candidates by what people call them; each also inverted (black on white)."""


def parse_normalisation(text: str) -> Normalisation:
    """What `--normalise` names: one of NAMES or "MEAN,DEVIATION" (of pixel / 255), perhaps behind "inverted-".

    Raises:
        UsageError: it is neither.
    """
    base = text.removeprefix(INVERTED)
    try:
        mean, deviation = _MEANS_AND_DEVIATIONS[base] if base in NAMES else map(float, base.split(","))
        if not (np.isfinite([mean, deviation]).all() and abs(mean) <= 1e6 and 1e-6 <= abs(deviation) <= 1e6):
            raise ValueError
    except ValueError:
        raise UsageError(
            f"There is no normalisation {text!r}.",
            advice=f"Give one of {', '.join(NAMES)}, or MEAN,DEVIATION of pixel / 255 such as 0.1307,0.3081; "
            f"{INVERTED} in front of it is for dark ink on a light background.",
        ) from None
    scale, offset = 1 / deviation, -mean / deviation
    if text.startswith(INVERTED):  # of 1 - pixel / 255
        scale, offset = -scale, scale + offset
    return Normalisation(text, scale, offset)


CANDIDATES = tuple(parse_normalisation(prefix + name) for prefix in ("", INVERTED) for name in NAMES)


class Source(StrEnum):
    """Who says which normalisation is right."""

    FILE = "file"
    DIGITS = "digits"
    PERSON = "person"
    USUAL = "usual"
    """Nobody: it is what people use most, and nothing was tried."""


_UNTRIED = {
    Source.FILE: "is {formula}, as the file says",
    Source.PERSON: "is {formula}, as asked for",
    Source.USUAL: "was taken to be {formula}, as is usual; no other was tried",
}


@dataclass(frozen=True, slots=True)
class FoundNormalisation:
    """Which normalisation was taken, and why.

    Attributes:
        normalisation: the one that was taken.
        source: whose word that is.
        right: of `digits` bundled digits, how many the network reads with it.
        digits: the number of them; 0 where the network could not be tried.
        rivals: names of others that read as many, or nearly so, and how many: the digits cannot tell them apart.
        next_best: the best one that reads fewer, and how many; None if the others read far fewer, or were not tried.
    """

    normalisation: Normalisation
    source: Source
    right: int
    digits: int
    rivals: tuple[tuple[str, int], ...] = ()
    next_best: tuple[str, int] | None = None

    def to_object(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.normalisation.name,
            "formula": self.normalisation.formula,
            "source": self.source.value,
            "right": self.right,
            "digits": self.digits,
            "rivals": dict(self.rivals),
            "next_best": None if self.next_best is None else dict([self.next_best]),
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """What was taken, for people."""
        name, formula = self.normalisation.name, self.normalisation.formula
        reads = f"reads {self.right} of {self.digits} digits"
        if not self.digits:
            return f"Its input {_UNTRIED[self.source].format(formula=formula)}."
        match self.source:
            case Source.FILE:
                return f"Its input is {formula}, as the file says: with it, the network {reads}."
            case Source.PERSON:
                return f"Its input is {formula}, as asked for: with it, the network {reads}."
        text = f"Its input was taken to be {formula} ({name}): with it, the network {reads}"
        if self.next_best is not None:
            text += f", and {self.next_best[1]} with the next best ({self.next_best[0]})"
        elif not self.rivals:
            text += ", and far fewer with any other"
        if self.rivals:
            others = ", ".join(f"{rival} ({right})" for rival, right in self.rivals)
            text += f". These digits cannot tell it from {others}"
        return f"{text}."


def of_pixel_scale(step: float) -> Normalisation:
    """The normalisation whose input grows by `step` with each step of a pixel's byte, from 0."""
    for name in ("255", "bytes"):
        normalisation = parse_normalisation(name)
        if math.isclose(255 * step, normalisation.scale, rel_tol=1e-3):
            return normalisation
    return parse_normalisation(f"0,{words.setting(1 / (255 * step))}")
