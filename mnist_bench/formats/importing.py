"""Makes a network of what a reader found in a file: one foreign graph, or several guesses of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_bench.base.errors import UsageError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.fitting import fit_to_input
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.input import fit_of, with_normalisation
from mnist_bench.formats.lower import clean, rewrite, to_network
from mnist_bench.formats.normalisation import FoundNormalisation, Normalisation, Source
from mnist_bench.formats.normalisation_search import sketch_normalisations, stated_normalisation
from mnist_bench.formats.scoring import score, without_softmax
from mnist_bench.formats.shapes import work
from mnist_bench.network.network import Network
from mnist_bench.network.original import Fit
from mnist_bench.network.summary import summarize

_BETTER = 0.033
"""The surest guess beats an earlier one if it reads this share of 200 digits more, and a larger one of fewer."""
_SURER, _SURER_NATS = 0.85, 0.02
"""Or if it reads as many and its surprise is less than this share of the earlier one's, and by so many nats: networks
that know the digits by heart are hardly surprised, whatever their activations.
"""
_SURE_ENOUGH = 0.75
"""Of the digits, what a right guess of a network that was trained reads at least; mostly it reads 80 to 95 %."""
_RIVAL = 0.02
"""Guesses within this share of the digits are named."""
_MOST_RIVALS = 6
_FEW_RIVALS = 2
"""Guesses besides the first that are tried on all the digits; and where the guesses are large."""
_LARGE_WORK = 20_000_000
"""For one image by the likeliest guesses together: larger ones are tried on few digits, which takes some seconds."""
_FEW = 50
_TOLERANCE = 1e-4
"""Of the largest logit: how far the rewritten graph may be from the file's own."""
_CHECKED = 20
_FEW_CHECKED, _LARGE_CHECK = 5, 50_000_000
"""Digits that both are evaluated for; and where they are so large, for one image."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A network from another program's file.

    Attributes:
        network: as the product runs it.
        format: the file's, in words.
        operators: the network's, in words.
        normalisation: what its input is scaled to, and how that was found.
        guessed: what had to be guessed, a sentence each; empty where the file holds its graph.
        guess: the number of the guess that was taken.
        guesses: those that were tried on all the digits, the likeliest first; empty where the file holds its graph.
        notes: what was rewritten, left out or should be known, a sentence each.
        fit: how a digit's pixels fill the file's own input.
    """

    network: Network
    format: str
    operators: tuple[str, ...]
    normalisation: FoundNormalisation
    guessed: tuple[str, ...]
    guess: int
    guesses: tuple["Guess", ...]
    notes: tuple[str, ...]
    fit: Fit

    def to_object(self) -> dict[str, Any]:
        """All but the network, as JSON has it."""
        return {
            "format": self.format,
            "operators": list(self.operators),
            "normalisation": self.normalisation.to_object(),
            "guessed": list(self.guessed),
            "guess": self.guess,
            "guesses": [
                {"number": one.number, "words": " ".join(one.graph.guessed), "right": one.right} for one in self.guesses
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Guess:
    """One of the graphs that a file was read as.

    Attributes:
        number: among those that can be imported, the likeliest being 0.
        graph: made clean.
        right: how many of the bundled digits it reads.
        surprise: by their labels (scoring.py).
    """

    number: int
    graph: ForeignGraph
    right: int
    surprise: float


def import_graph(
    graphs: Sequence[ForeignGraph], normalise: Normalisation | None = None, number: int | None = None
) -> Imported:
    """The network of a file that was read as these graphs: one, or guesses, the likeliest first.

    A later guess is taken only where the surest reads clearly more of the bundled digits than those before, or as many
    and is clearly surer of them, or where the person names its `number`. `normalise` is the person's word on the input;
    without it, it is found (normalisation_search.py).

    Raises:
        UsageError: there is no guess of that number.
        FormatError: the first cannot be imported, and no other can; it names each operator that is not supported.
        NetworkError: the network is larger than this program runs.
    """
    digits = labelled_digits()
    most = len(digits)
    ready = _clean(graphs)
    likeliest = ready[: 1 + _MOST_RIVALS]
    is_large = sum(map(work, likeliest)) > _LARGE_WORK
    if len(ready) > 1 and is_large:
        digits = digits.first(_FEW)
    guesses = _guesses(ready, normalise, number, digits, _FEW_RIVALS if is_large else _MOST_RIVALS)
    chosen = choose_guess(guesses, number, _BETTER * math.sqrt(most * len(digits)))  # chance counts for more among few
    fitted, found = fit_to_input(chosen.graph, digits, normalise)
    graph = with_normalisation(fitted, found.normalisation.scale, found.normalisation.offset)
    rewritten = rewrite(graph)
    _check(graph, rewritten, digits)
    network, notes = to_network(rewritten)
    return Imported(
        network,
        graph.format,
        tuple(f"{operator.kind} {operator.fields}".strip() for operator in summarize(network)),
        found,
        graph.guessed,
        chosen.number,
        tuple(guesses) if len(guesses) > 1 else (),
        (*_doubts(graph, found), *rewritten.notes, *notes, *_rivals(chosen, guesses, len(digits))),
        fit_of(fitted),
    )


def _clean(graphs: Sequence[ForeignGraph]) -> list[ForeignGraph]:
    """Those that can be imported, made clean; the error of the first if none can."""
    ready, errors = list[ForeignGraph](), list[FormatError]()
    for graph in graphs:
        try:
            ready.append(clean(graph))
        except FormatError as error:
            errors.append(error)
    if not ready:
        raise errors[0]
    return ready


def _guesses(
    graphs: Sequence[ForeignGraph],
    normalise: Normalisation | None,
    number: int | None,
    digits: LabelledDigits,
    rivals: int,
) -> list[Guess]:
    """Of many graphs the first, so many that read the most of a few digits, and the one of this number; in their order.

    UsageError if there is none of this number.
    """
    if number is not None and not 0 <= number < len(graphs):
        raise UsageError(f"There is no guess {number} of this file.", advice=f"There are 0 to {len(graphs) - 1}.")
    if len(graphs) == 1:
        return [Guess(0, graphs[0], 0, 0.0)]
    if normalise is None:
        sketches = sketch_normalisations(graphs, digits)
    else:
        few = digits.first(_FEW)
        sketches = [stated_normalisation(graph, few, normalise, Source.PERSON) for graph in graphs]
    order = sorted(range(1, len(graphs)), key=lambda index: sketches[index].right, reverse=True)
    return [
        _tried(index, graph, digits, found.normalisation)
        for index, (graph, found) in enumerate(zip(graphs, sketches, strict=True))
        if index in [0, number, *order[:rivals]]
    ]


def _tried(number: int, graph: ForeignGraph, digits: LabelledDigits, normalisation: Normalisation) -> Guess:
    found = score(graph, digits, normalisation.scale, normalisation.offset)
    return Guess(number, graph, found.right, found.surprise)


def choose_guess(guesses: Sequence[Guess], number: int | None, difference: float) -> Guess:
    """The one of this number; without one the first that the surest of all does not beat clearly."""
    if number is not None:
        return next(guess for guess in guesses if guess.number == number)
    surest = min(guesses, key=lambda guess: guess.surprise)
    return next(guess for guess in guesses if guess is surest or not _beats(surest, guess, difference))


def _beats(surest: Guess, guess: Guess, difference: float) -> bool:
    """Whether it reads at least so many digits more, or as many with clearly less surprise.

    Of many wrong guesses one may read some digits more by chance, but hardly is less surprised by all of them.
    """
    is_clear = surest.surprise < min(_SURER * guess.surprise, guess.surprise - _SURER_NATS)
    more = surest.right - guess.right
    return (more >= 0 and is_clear) or (more >= difference and surest.surprise < guess.surprise)


def _doubts(graph: ForeignGraph, found: FoundNormalisation) -> list[str]:
    """A note on a guess that reads few digits, as a network of other operators with these weights does."""
    if not graph.guessed or found.right >= _SURE_ENOUGH * found.digits:
        return []
    return [
        f"It reads only {found.right} of {found.digits} digits, so that the guess may well be wrong: export the "
        "network to ONNX or TorchScript, which hold the whole graph, and open that file."
    ]


def _rivals(chosen: Guess, guesses: Sequence[Guess], digits: int) -> list[str]:
    """A note on each other guess that reads nearly as many digits, or more."""
    notes = []
    for rival in guesses:
        if rival is chosen or rival.right < chosen.right - _RIVAL * digits:
            continue
        own, others = rival.graph.guessed, chosen.graph.guessed
        different = [sentence for sentence in own if sentence not in others]
        missing = [sentence for sentence in others if sentence not in own]
        what = " ".join(different) if different else "without this: " + " ".join(missing)
        notes.append(f"Another guess reads {rival.right} of {digits} digits: {what}")
    return notes


def _check(graph: ForeignGraph, rewritten: ForeignGraph, digits: LabelledDigits) -> None:
    """FormatError if the passes changed what a graph computes: a network is never imported wrongly on their account."""
    count = _FEW_CHECKED if work(graph) > _LARGE_CHECK else _CHECKED
    pixels = digits.images[:count, None].astype(np.float32) / np.float32(255)
    before, after = (
        evaluate(without_softmax(one), pixels, np.float64).reshape(count, -1) for one in (graph, rewritten)
    )
    largest = np.abs(before).max()
    if not np.abs(after - before).max() <= _TOLERANCE * largest:
        raise FormatError("The imported network would not compute what the file's does: this is a bug.")
