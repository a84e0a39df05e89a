"""Lowers a foreign graph to a network: an image of 28 x 28 pixels / 255 in, ten values out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mnist_bench.formats.affine import (
    affine_to_operators,
    drop_affine_without_effect,
    fold_affine_back,
    fold_affine_forward,
)
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.input import read_pixels
from mnist_bench.formats.layout import follow_layout
from mnist_bench.formats.padding import fold_padding
from mnist_bench.formats.passes import drop_identities, drop_unused, end_in_softmax, refuse_unsupported
from mnist_bench.formats.shapes import value_shapes, work
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import Operator
from mnist_bench.network.network import CLASSES, MAX_MULTIPLY_ADDS, MAX_NAME, Network
from mnist_bench.network.operators.operator import Quantizations
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.quantization import INPUT_QUANTIZATION, ActivationQuantization

Pass = Callable[[ForeignGraph], ForeignGraph]

_MAX_NODES = 512
"""Of a file's graph: a network has at most 128 operators, and each may stand between a few reshapes."""
CLEANING: tuple[Pass, ...] = (refuse_unsupported, drop_identities, end_in_softmax, read_pixels)
"""What comes after `drop_unused`: now the graph reads pixels / 255, and is otherwise as the file has it."""
REWRITING: tuple[Pass, ...] = (
    follow_layout,
    drop_affine_without_effect,
    fold_affine_back,
    fold_affine_forward,
    affine_to_operators,
    fold_padding,
)
"""What makes the product's operators of it, once its normalisation is known."""


def clean(graph: ForeignGraph) -> ForeignGraph:
    """The graph as the file has it, but reading pixels / 255 and without what changes no digit.

    Raises:
        FormatError: an operator is not supported, or it does not read an image or put out ten values.
    """
    graph = drop_unused(graph)
    if len(graph.nodes) > _MAX_NODES:
        raise FormatError(f"The network has {len(graph.nodes):,} operators; the limit is {_MAX_NODES}.")
    for one in CLEANING:
        graph = one(graph)
    shape = value_shapes(graph)[graph.output]
    if np.prod(shape) != CLASSES:
        raise FormatError(
            f"The network puts out {' x '.join(map(str, shape))} values.",
            advice=f"Open one with {CLASSES}, one for each digit from 0 to 9.",
        )
    if (cost := work(graph)) > MAX_MULTIPLY_ADDS:
        raise FormatError(
            f"The network needs {cost:,} multiply-adds for one image, poolings and activations counted; the limit is "
            f"{MAX_MULTIPLY_ADDS:,}."
        )
    return graph


def rewrite(graph: ForeignGraph) -> ForeignGraph:
    """A clean graph, its normalisation set, with the product's operators alone; FormatError if it has others."""
    for one in REWRITING:
        graph = one(graph)
    return graph


def to_network(graph: ForeignGraph) -> tuple[Network, tuple[str, ...]]:
    """The network of a rewritten graph, and notes on it. It is quantized if the file is, as the product can run it.

    Raises:
        NetworkError: it is larger than this program runs, or its operators do not fit together.
    """
    index = {graph.input: 0} | {node.output: number for number, node in enumerate(graph.nodes, 1)}
    operators = []
    for node in graph.nodes:
        if not isinstance(node.operator, Operator):
            raise FormatError(f"{node.name}: this operator cannot be imported.")
        operators.append(node.operator)
    inputs = tuple(tuple(index[value] for value in node.inputs) for node in graph.nodes)
    network = Network(network_name(graph.name), tuple(operators), None, inputs)
    if not graph.quantizations:
        return network, ()
    try:
        return replace(network, activations=_activations(graph, network)), ()
    except NetworkError as error:
        note = f"Its own int8 form is not one that QNNPACK computes ({error.message.rstrip('.')}): quantize it anew."
        return replace(network, operators=tuple(map(_unquantized, network.operators))), (note,)


def _activations(graph: ForeignGraph, network: Network) -> Quantizations:
    """Of each operator's output, as the file has it; NetworkError if one is missing."""
    if graph.quantizations.get(graph.input, INPUT_QUANTIZATION) != INPUT_QUANTIZATION:
        raise FormatError("its input is not pixels' bytes.")
    values: list[ActivationQuantization] = [INPUT_QUANTIZATION]
    for node, operator, read in zip(graph.nodes, network.operators, network.inputs, strict=True):
        own = graph.quantizations.get(node.output)
        fixed = operator.fixed_quantization(tuple(values[value] for value in read))
        if own is None and fixed is None:
            raise FormatError(f"{node.name} has no quantization in the file.")
        if own is not None and fixed is not None and own != fixed:
            raise FormatError(f"{node.name} has another quantization than what it reads.")
        values.append(own or fixed or INPUT_QUANTIZATION)
    return tuple(values[1:])


def _unquantized(operator: Operator) -> Operator:
    return replace(operator, quantized=None) if isinstance(operator, Weighted) else operator


def network_name(name: str) -> str:
    """The name as a network may have it."""
    return "".join(character for character in name if character.isprintable())[:MAX_NAME].strip() or "imported"
