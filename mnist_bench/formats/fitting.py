"""Finds how a network that reads 32 x 32 pixels is given a digit's 28 x 28: centred in them, or enlarged to them."""

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.input import enlarged, reads_32_pixels
from mnist_bench.formats.normalisation import FoundNormalisation, Normalisation, Source
from mnist_bench.formats.normalisation_search import choose_normalisation, moved, stated_normalisation
from mnist_bench.formats.rewriting import with_nodes

Fitted = tuple[ForeignGraph, FoundNormalisation]


def fit_to_input(graph: ForeignGraph, digits: LabelledDigits, normalise: Normalisation | None) -> Fitted:
    """A clean graph (lower.py) as it is given a digit, and its normalisation: the person's word, or what is found.

    LeNet-5 was made for MNIST's digits centred in 32 x 32; many networks in PyTorch were trained on digits that
    Resize(32) enlarged. The file holds neither, so that the one is taken with which it reads more of `digits`.
    """
    centred = graph, _normalisation(graph, digits, normalise)
    if not reads_32_pixels(graph):
        return centred
    large = enlarged(graph)
    resized = large, _normalisation(large, digits, normalise)
    more = moved(digits.first(centred[1].digits))
    small, big = (
        stated_normalisation(one, more, found.normalisation, found.source).right for one, found in (centred, resized)
    )
    (taken, found), how, reads, otherwise = (
        (resized, "enlarged to them", big, small) if big > small else (centred, "centred in them", small, big)
    )
    note = (
        f"It reads 32 x 32 pixels: a digit's 28 x 28 are {how}, as it then reads {reads:,} of {len(more):,} digits; "
        f"{'centred' if big > small else 'enlarged'}, it reads {otherwise:,}."
    )
    return with_nodes(taken, taken.nodes, note), found


def _normalisation(graph: ForeignGraph, digits: LabelledDigits, normalise: Normalisation | None) -> FoundNormalisation:
    if normalise is None:
        return choose_normalisation(graph, digits)
    return stated_normalisation(graph, digits, normalise, Source.PERSON)
