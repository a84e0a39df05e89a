"""Passes that take Affine (batch norm, bias, normalisation) out of a graph whose layout was followed (layout.py).

Folding is exact but for rounding. What cannot be folded becomes an operator of its own.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mnist_bench.base import words
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode
from mnist_bench.formats.rewriting import Change, makers, pairs, reader_counts, repeated, shortened, with_nodes, without
from mnist_bench.formats.shapes import value_shapes
from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.quantization import QuantizedWeights

Doubles = npt.NDArray[np.float64]


def drop_affine_without_effect(graph: ForeignGraph) -> ForeignGraph:
    """The graph without each Affine that multiplies by one and adds nothing."""
    removed = [
        node
        for node in graph.nodes
        if isinstance(node.operator, Affine) and (node.operator.scale == 1).all() and not node.operator.offset.any()
    ]
    return without(graph, removed)


def fold_affine_back(graph: ForeignGraph) -> ForeignGraph:
    """The graph with each Affine folded into the Affine, convolution or linear before it, where nobody else reads that.

    An image's Affine must have one scale and one offset for each channel.
    """
    return repeated(graph, _changes_back)


def fold_affine_forward(graph: ForeignGraph) -> ForeignGraph:
    """The graph with each Affine folded into the linear behind it (a flatten may be between them), or into a
    convolution whose padding is none, or stays zero; where nobody else reads the Affine.
    """
    return repeated(graph, _changes_forward)


def affine_to_operators(graph: ForeignGraph) -> ForeignGraph:
    """The graph with each Affine that is left as an operator: of an image a 1 x 1 convolution with a group for each
    channel, of features a linear with a diagonal weight.

    Raises:
        FormatError: it scales each pixel of an image in another way.
    """
    shapes, notes = value_shapes(graph), []

    def operator(node: ForeignNode, affine: Affine) -> Conv2d | Linear:
        shape = shapes[node.output]
        if len(shape) == 1:
            scale, offset = (np.broadcast_to(values, shape) for values in (affine.scale, affine.offset))
            made: Conv2d | Linear = Linear(np.diag(scale), offset)
            what = "A linear with a diagonal weight"
        else:
            channels = _per_channel(affine, shape)
            if channels is None:
                raise FormatError(f"{node.name}: it scales each pixel of an image in another way.")
            weight, bias = map(_single, channels)
            made = Conv2d(weight.reshape(-1, 1, 1, 1), bias, groups=shape[0])
            what = "A 1 x 1 convolution"
        cost = words.count(made.multiply_adds(shapes[node.inputs[0]]))
        notes.append(f"{what} ({cost} multiply-adds) stands for {node.name}, which cannot be folded exactly.")
        return made

    nodes = [
        replace(node, operator=operator(node, node.operator)) if isinstance(node.operator, Affine) else node
        for node in graph.nodes
    ]
    return with_nodes(graph, nodes, *notes)


def _changes_back(graph: ForeignGraph) -> Iterator[Change]:
    made, counts = makers(graph), reader_counts(graph)
    for node in graph.nodes:
        before = made.get(node.inputs[0])
        if isinstance(node.operator, Affine) and before is not None and counts[before.output] == 1:
            folded = _behind(before.operator, node.operator)
            if folded is not None:
                yield (before, node), [replace(before, operator=folded, output=node.output)]


def _changes_forward(graph: ForeignGraph) -> Iterator[Change]:
    shapes = value_shapes(graph)
    for chain in pairs(graph, Affine):
        folded = _ahead(chain[0].operator, chain[-1].operator, shapes[chain[0].output])
        if folded is not None:
            yield shortened(chain, folded)


def _ahead(affine: object, operator: object, shape: Shape) -> Conv2d | Linear | None:
    """An operator that does what `affine`, for values of `shape`, and then `operator` do; None if there is none."""
    match affine, operator:
        case Affine(), Conv2d():
            return _conv2d_behind(affine, operator, shape)
        case Affine(), Linear():
            return _linear_behind(affine, operator, shape)
        case _:
            return None


def _behind(before: object, affine: Affine) -> Affine | Conv2d | Linear | None:
    """An operator that does what `before` and then `affine` do; None if there is none."""
    match before:
        case Affine(scale, offset):
            factor = affine.scale.astype(np.float64)
            return Affine(_single(scale * factor), _single(offset * factor + affine.offset))
        case Conv2d():
            channels = _per_channel(affine, (len(before.bias), 1, 1))
        case Linear():
            channels = _per_channel(affine, before.bias.shape)
        case _:
            return None
    if channels is None:
        return None
    factor, summand = channels
    weight = before.weight * factor.reshape(-1, *[1] * (before.weight.ndim - 1))
    bias = before.bias * factor + summand
    return replace(before, weight=_single(weight), bias=_single(bias), quantized=_scaled(before.quantized, factor))


def _scaled(quantized: QuantizedWeights | None, scale: Doubles) -> QuantizedWeights | None:
    """The int8 weights times `scale`, one for each output channel; None where one of them is not positive."""
    if quantized is None or not (scale > 0).all():
        return None
    return QuantizedWeights(quantized.values, _single(quantized.scales * scale))


def _conv2d_behind(affine: Affine, conv: Conv2d, shape: Shape) -> Conv2d | None:
    """A convolution that does what `affine` and then `conv` do for images of `shape`; None if there is none."""
    channels = _per_channel(affine, shape)
    if channels is None or (any(conv.sides) and channels[1].any()):
        return None
    # (groups, 1, channels of a group, 1, 1) against (groups, out of a group, channels of a group, h, w)
    scale, offset = (values.reshape(conv.groups, 1, -1, 1, 1) for values in channels)
    weight = conv.weight.astype(np.float64).reshape(conv.groups, -1, *conv.weight.shape[1:])
    bias = conv.bias + (weight * offset).sum(axis=(2, 3, 4)).reshape(-1)
    return replace(
        conv, weight=_single((weight * scale).reshape(conv.weight.shape)), bias=_single(bias), quantized=None
    )


def _linear_behind(affine: Affine, linear: Linear, shape: Shape) -> Linear:
    """A linear that does what `affine`, for values of `shape`, and then `linear` do."""
    scale, offset = (np.broadcast_to(values, shape).reshape(-1) for values in (affine.scale, affine.offset))
    weight = linear.weight.astype(np.float64)
    return Linear(_single(weight * scale), _single(linear.bias + weight @ offset))


def _per_channel(affine: Affine, shape: Shape) -> tuple[Doubles, Doubles] | None:
    """Its scale and offset for each channel (or feature) of `shape`; None if they differ within one."""
    one = (shape[0], *[1] * (len(shape) - 1))
    try:
        scale, offset = (np.broadcast_to(values, one).reshape(-1) for values in (affine.scale, affine.offset))
    except ValueError:
        return None
    return scale.astype(np.float64), offset.astype(np.float64)


def _single(values: npt.ArrayLike) -> FloatArray:
    return np.asarray(values, np.float32)
