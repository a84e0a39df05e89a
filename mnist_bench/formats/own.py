"""Our own model file as a foreign graph: for a network that was trained on another input than pixel / 255.

A person who writes a model file by hand (docs/model-file.md) may not know that its input is always pixel / 255. Such a
network reads far fewer digits than it could, and nothing else tells.
"""

from pathlib import Path

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, ForeignNode
from mnist_bench.formats.lower import clean
from mnist_bench.formats.normalisation import Source, parse_normalisation
from mnist_bench.formats.normalisation_search import choose_normalisation, stated_normalisation
from mnist_bench.network.model_file import is_model_file, read_model_file
from mnist_bench.network.network import INPUT_SHAPE, Network

FORMAT = "mnist-bench model file"
AS_IT_IS = "255"
"""The name of the normalisation that a model file's input has."""
_TRIED = 50
"""Digits that are tried first."""
_ENOUGH = 0.5
"""Who reads this share of the digits has learned to read; a network that has not may be better by chance."""
_BETTER = 0.1
"""Another normalisation is taken where it reads this share of the digits more."""


def recognises(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every reader is asked the same way
    """Whether it is one of our own model files."""
    return is_model_file(path)


def read(path: Path) -> ForeignGraph:
    """The network of a model file, without its int8 form and its original.

    Raises InputError if it cannot be read, FormatError if it has no operators.
    """
    network = read_model_file(path).network
    if not network.has_operators:
        raise FormatError(
            "Its network runs only as it is.", advice="Import the file again that this one was imported from."
        )
    return as_graph(network)


def as_graph(network: Network) -> ForeignGraph:
    """The same graph, each operator under its kind and number."""
    names = ("image", *(f"{index} {operator.kind}" for index, operator in enumerate(network.operators)))
    nodes = tuple(
        ForeignNode(names[index + 1], operator, tuple(names[value] for value in read), names[index + 1])
        for index, (operator, read) in enumerate(zip(network.operators, network.inputs, strict=True))
    )
    return ForeignGraph(FORMAT, network.name, "image", INPUT_SHAPE, nodes, names[-1])


def wants_other_input(network: Network) -> bool:
    """Whether a network reads few of the bundled digits as they are, and clearly more with another normalisation."""
    digits = labelled_digits()
    graph = clean(as_graph(network))
    usual = parse_normalisation(AS_IT_IS)
    first = stated_normalisation(graph, digits.first(_TRIED), usual, Source.FILE)
    if first.right >= _ENOUGH * first.digits:
        return False
    found = choose_normalisation(graph, digits)
    if found.normalisation.name == AS_IT_IS or found.right < _ENOUGH * found.digits:
        return False
    own = stated_normalisation(graph, digits.first(found.digits), usual, Source.FILE)
    return found.right - own.right >= _BETTER * found.digits
