"""The pass that takes Pad out of a graph whose layout was followed (layout.py)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mnist_bench.base import words
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, ForeignNode, Pad
from mnist_bench.formats.rewriting import Change, makers, pairs, repeated, shortened, with_nodes
from mnist_bench.formats.shapes import value_shapes
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import AvgPool2d, Conv2d, Linear, MaxPool2d, Relu, Relu6, Sigmoid
from mnist_bench.network.operators.window import Sides

_LOWEST = -1e30
"""Below this, a padding is meant never to win."""


def fold_padding(graph: ForeignGraph) -> ForeignGraph:
    """The graph with each Pad as padding of the convolution or pooling behind it, or out of the columns of the linear
    behind it; elsewhere it is a 1 x 1 convolution that only pads.

    Raises:
        FormatError: it pads with something else than zeros, where that is not the same.
    """
    graph = repeated(graph, _changes)
    shapes = value_shapes(graph)
    return with_nodes(graph, (_alone(node, shapes[node.inputs[0]]) for node in graph.nodes))


def _changes(graph: ForeignGraph) -> Iterator[Change]:
    made, shapes = makers(graph), value_shapes(graph)
    for chain in pairs(graph, Pad):
        pad, before = chain[0].operator, made.get(chain[0].inputs[0])
        never_negative = before is None or isinstance(before.operator, Relu | Relu6 | Sigmoid)
        if isinstance(pad, Pad):
            padded = _padded(chain[-1].operator, pad, never_negative, shapes[chain[0].inputs[0]])
            if padded is not None:
                yield shortened(chain, padded)


def sides(pad: Pad) -> Sides:
    """Top, left, bottom, right of a Pad of an image (channels, height, width)."""
    (top, bottom), (left, right) = pad.padding[-2:]
    return top, left, bottom, right


def _padded(
    operator: object, pad: Pad, never_negative: bool, shape: Shape
) -> Conv2d | MaxPool2d | AvgPool2d | Linear | None:
    """`operator` with `pad` before it, for images of `shape`; None if it cannot have it."""
    match operator:
        case Conv2d() if pad.value == 0:
            return replace(operator, padding=_sum(operator.sides, sides(pad)))
        case AvgPool2d() if pad.value == 0:
            pass
        case MaxPool2d() if pad.value < _LOWEST or (pad.value == 0 and never_negative):
            pass
        case Linear() if pad.value == 0 and len(shape) == 3:
            columns = np.pad(np.zeros(shape, np.bool_), pad.padding, constant_values=True)
            inside = ~columns.reshape(-1)
            return Linear(operator.weight[:, inside], operator.bias)
        case _:
            return None
    padding = _sum(operator.sides, sides(pad))
    if any(side >= operator.kernel[index % 2] for index, side in enumerate(padding)):
        return None
    return replace(operator, padding=padding)


def _sum(one: Sides, other: Sides) -> Sides:
    top, left, bottom, right = (a + b for a, b in zip(one, other, strict=True))
    return top, left, bottom, right


def _alone(node: ForeignNode, shape: Shape) -> ForeignNode:
    """The node; if it is a Pad, as a convolution that only pads."""
    if not isinstance(node.operator, Pad):
        return node
    if node.operator.value != 0:
        raise FormatError(
            f"{node.name}: it pads with {words.setting(node.operator.value)}; only zeros are supported there."
        )
    ones = np.ones((shape[0], 1, 1, 1), np.float32)
    conv = Conv2d(ones, np.zeros(shape[0], np.float32), padding=sides(node.operator), groups=shape[0])
    return replace(node, operator=conv)
