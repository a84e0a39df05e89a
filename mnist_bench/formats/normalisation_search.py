"""Finds what a network's input must be scaled to: the file's own word, or what reads the bundled digits best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.normalisation import (
    INVERTED,
    NAMES,
    FoundNormalisation,
    Normalisation,
    Source,
    of_pixel_scale,
    parse_normalisation,
)
from mnist_bench.formats.scoring import count_right, score
from mnist_bench.formats.shapes import work

_FIRST = 50
"""Digits after which candidates far behind are given up."""
_DROWNING = 0.015
"""How much more than the others bytes must read: inputs up to 255 drown the biases, which costs many networks for
pixel / 255 nothing, while a network made for bytes reads much less with anything else."""
_LARGE_WORK = 50_000_000
"""For one image: a larger network is tried on the first digits alone, which takes some seconds."""
_MOST_WORK, _LEAST = 20_000_000_000, 10
"""For all guesses, of which no fewer digits than this are read."""
ENOUGH = 0.6
"""Who reads this share of them as they are would not read them inverted."""
_FAR_BEHIND = 0.3
"""That is this share of those digits."""
_GLANCE = 12
"""Digits that each of several guesses is given first."""
_FAR_BEHIND_A_GLANCE = 0.4
_CLOSE = 0.03
"""Candidates within this share of the digits are compared again, on the digits moved by a pixel each way, too."""
_ALIKE = 0.003
"""Those within this share of them then cannot be told apart."""
_SURER = 0.95
"""x/255 is taken instead of the mean and deviation where they read as many digits and its surprise is below this share
of theirs: they raise the contrast, so that a network that is surer without was trained without."""
_USUAL = (
    ("Keras", ("255", "mean", "symmetric", "bytes")),
    ("TFLite", ("255", "mean", "symmetric", "bytes")),
    ("Core ML", ("255", "bytes", "mean", "symmetric")),
    ("", ("mean", "255", "symmetric", "bytes")),
)
"""By how a format's name begins: what people most often scale its networks' input to."""


def settled(
    format_name: str,
    scores: Mapping[str, int],
    digits: LabelledDigits,
    read_again: Callable[[str, LabelledDigits], int] | None,
    is_surer: Callable[[str, str, LabelledDigits], bool] | None = None,
) -> FoundNormalisation:
    """What candidates' scores say of a file of this format, each being how many of `digits` it reads. Those close to
    the best are told apart by `read_again`, which counts the same for more digits; None where that takes too long.

    `is_surer` says whether one candidate leaves the network clearly less surprised by the labels than another.
    """
    close = _within(scores, _CLOSE * len(digits))
    again, digits_again = {name: scores[name] for name in close}, digits
    if read_again is not None and len(close) > 1:
        digits_again = moved(digits)
        again = {name: read_again(name, digits_again) for name in close}
    chosen, *alike = _ranked(format_name, again, len(digits_again))
    plain = chosen.replace("mean", "255")
    if is_surer is not None and plain != chosen and plain in alike and is_surer(plain, chosen, digits_again):
        chosen, alike = plain, [chosen, *(name for name in alike if name != plain)]
    return _found(chosen, alike, scores, len(digits))


def _found(chosen: str, alike: Sequence[str], scores: Mapping[str, int], digits: int) -> FoundNormalisation:
    rivals = [name for name in scores if name != chosen and (name in alike or scores[name] >= scores[chosen])]
    behind = {name: right for name, right in scores.items() if name not in (chosen, *rivals)}
    return FoundNormalisation(
        parse_normalisation(chosen),
        Source.DIGITS,
        scores[chosen],
        digits,
        tuple((name, scores[name]) for name in rivals),
        max(behind.items(), key=lambda item: item[1], default=None),
    )


def choose_normalisation(graph: ForeignGraph, digits: LabelledDigits) -> FoundNormalisation:
    """The normalisation of a clean graph (lower.py): the file's own word if it has one, perhaps inverted, otherwise
    what reads the most of `digits`, and where several read as many, what people use most with its format.
    """
    if graph.pixel_scale is not None:
        return _of_the_file(graph, digits, of_pixel_scale(graph.pixel_scale))
    large = work(graph) > _LARGE_WORK
    if large:
        digits = digits.first(_FIRST)

    def read(name: str, digits: LabelledDigits) -> int:
        return _right(graph, digits, parse_normalisation(name))

    def is_surer(name: str, other: str, digits: LabelledDigits) -> bool:
        one, two = (
            score(graph, digits, candidate.scale, candidate.offset).surprise
            for candidate in map(parse_normalisation, (name, other))
        )
        return one < _SURER * two

    return settled(graph.format, _try(graph, digits), digits, None if large else read, is_surer)


def _of_the_file(graph: ForeignGraph, digits: LabelledDigits, said: Normalisation) -> FoundNormalisation:
    """What the file says, which is the unit of its pixels alone: whether ink is dark in it, the digits say."""
    found = stated_normalisation(graph, digits, said, Source.FILE)
    if found.right >= ENOUGH * len(digits):
        return found
    inverted = stated_normalisation(graph, digits, parse_normalisation(INVERTED + said.name), Source.DIGITS)
    if inverted.right <= found.right + _CLOSE * len(digits):
        return found
    return replace(inverted, next_best=(said.name, found.right))


def stated_normalisation(
    graph: ForeignGraph, digits: LabelledDigits, normalisation: Normalisation, source: Source
) -> FoundNormalisation:
    """A normalisation that somebody named, and how many of `digits` the graph reads with it."""
    return FoundNormalisation(normalisation, source, _right(graph, digits, normalisation), len(digits))


def sketch_normalisations(graphs: Sequence[ForeignGraph], digits: LabelledDigits) -> list[FoundNormalisation]:
    """For each of several guesses, clean, what reads the most of the first of `digits`: a quarter of the work. Those
    that are far behind after the very first are given up; of guesses that are large together, fewer are read.
    """
    first = digits.first(_affordable(sum(map(work, graphs))))
    few = first.first(_GLANCE)
    glances = _early(graphs, few)
    near = max(max(scores.values()) for scores in glances) - _FAR_BEHIND_A_GLANCE * len(few)
    found = []
    for graph, glance in zip(graphs, glances, strict=True):
        tried = [parse_normalisation(name) for name, right in glance.items() if right >= near]
        if graph.pixel_scale is not None:
            found.append(choose_normalisation(graph, first))
        elif tried:
            sketches = [stated_normalisation(graph, first, one, Source.DIGITS) for one in tried]
            found.append(max(sketches, key=lambda one: one.right))
        else:
            best = max(glance, key=lambda name: glance[name])
            found.append(FoundNormalisation(parse_normalisation(best), Source.DIGITS, glance[best], len(few)))
    return found


def _affordable(operations: int) -> int:
    """How many digits are read first, with each candidate, where one takes so many operations."""
    return max(_LEAST, min(_FIRST, _MOST_WORK // max(operations * len(NAMES), 1)))


def _early(graphs: Sequence[ForeignGraph], first: LabelledDigits) -> list[dict[str, int]]:
    """For each graph how many of the first digits it reads with each candidate. Inverted ones are tried where no graph
    reads enough without.
    """
    scores: list[dict[str, int]] = [{} for _ in graphs]
    for names in (NAMES, [INVERTED + name for name in NAMES]):
        for graph, own in zip(graphs, scores, strict=True):
            own.update({name: _right(graph, first, parse_normalisation(name)) for name in names})
        if max(max(own.values()) for own in scores) >= ENOUGH * len(first):
            break
    return scores


def _try(graph: ForeignGraph, digits: LabelledDigits) -> dict[str, int]:
    """How many digits the graph reads with each candidate that is not far behind after the first of them."""
    (early,) = _early([graph], digits.first(_FIRST))
    near = _within(early, _FAR_BEHIND * _FIRST)
    if len(digits) <= _FIRST:
        return {name: early[name] for name in near}
    return {name: _right(graph, digits, parse_normalisation(name)) for name in near}


def _ranked(format_name: str, scores: Mapping[str, int], digits: int) -> list[str]:
    """Of candidates and how many of `digits` they read, the one that is taken, and then those that the digits cannot
    tell from it or that read more. `format_name` is the file's format, in words.
    """
    fair = {name: right - (_DROWNING * digits if name.endswith("bytes") else 0) for name, right in scores.items()}
    chosen = min(_within(fair, _ALIKE * digits), key=_preference(format_name).index)
    return [chosen, *(name for name in scores if name != chosen and scores[name] >= scores[chosen] - _ALIKE * digits)]


def _within(scores: Mapping[str, float], difference: float) -> list[str]:
    """The names whose score is at most this much below the best one."""
    best = max(scores.values())
    return [name for name, right in scores.items() if right >= best - difference]


def moved(digits: LabelledDigits) -> LabelledDigits:
    """The digits as they are, and moved up, down, left and right by a pixel."""
    padded = np.pad(digits.images, ((0, 0), (1, 1), (1, 1)))
    side = digits.images.shape[1]
    places = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    images = np.concatenate([padded[:, top : top + side, left : left + side] for top, left in places])
    return LabelledDigits(images, np.tile(digits.labels, len(places)), digits.name, digits.source)


def _right(graph: ForeignGraph, digits: LabelledDigits, normalisation: Normalisation) -> int:
    return count_right(graph, digits, normalisation.scale, normalisation.offset)


def usual(graph: ForeignGraph) -> Normalisation:
    """What people use most with the graph's format."""
    return parse_normalisation(_preference(graph.format)[0])


def _preference(format_name: str) -> list[str]:
    """The candidates' names, the likeliest for the format first."""
    likeliest = next(names for begin, names in _USUAL if format_name.startswith(begin))
    return [prefix + name for prefix in ("", INVERTED) for name in likeliest]
