"""The shapes of a foreign graph's values, each of one image, without the batch axis."""

import math
from collections.abc import Mapping

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    Affine,
    ForeignGraph,
    ForeignNode,
    ForeignOperator,
    Identity,
    LogSoftmax,
    Pad,
    Reshape,
    Transpose,
    Unsupported,
)
from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import Linear
from mnist_bench.network.network import MAX_ACTIVATIONS
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.weighted import Weighted


def value_shapes(graph: ForeignGraph) -> dict[str, Shape]:
    """The shape of each value, by its name; FormatError, which says where, if an operator does not fit its inputs."""
    shapes = {graph.input: graph.input_shape}
    for node in graph.nodes:
        shapes[node.output] = shape_behind(node, *(shapes[value] for value in node.inputs))
    return shapes


def shape_behind(node: ForeignNode, *shapes: Shape) -> Shape:
    """The shape of a node's output, from those of the values that it reads; FormatError if they do not fit it."""
    try:
        shape = _shape(node.operator, *shapes)
    except NetworkError as error:
        raise FormatError(f"{node.name}: {error.message}") from error
    except ValueError as error:  # numpy's, from shapes that cannot be broadcast
        raise FormatError(f"{node.name}: its values do not fit the shape {shapes[0]}.") from error
    if math.prod(shape) > MAX_ACTIVATIONS:
        raise FormatError(f"{node.name}: it puts out {math.prod(shape):,} values; the limit is {MAX_ACTIVATIONS:,}.")
    return shape


def work(graph: ForeignGraph) -> int:
    """What one image counts as in MAX_MULTIPLY_ADDS, in those operators of a graph that the product has.

    Raises FormatError as `value_shapes`.
    """
    shapes = value_shapes(graph)
    return sum(_work(node, shapes) for node in graph.nodes)


def _work(node: ForeignNode, shapes: Mapping[str, Shape]) -> int:
    match node.operator:
        case Weighted() as operator:
            return operator.work(*(shapes[value][-operator.axes + 1 :] for value in node.inputs))
        case Operator() as operator:
            return operator.work(*(shapes[value] for value in node.inputs))
        case _:
            return 0


def reshaped(shape: Shape, target: Shape) -> Shape:
    """`target` for values of `shape`, its -1 replaced; FormatError if the number of values would change."""
    known = math.prod(size for size in target if size != -1)
    size = math.prod(shape)
    result = tuple(size // known if one == -1 and known else one for one in target)
    if math.prod(result) != size or target.count(-1) > 1:
        raise FormatError(f"A value of the shape {shape} cannot take the shape {target}.")
    return result


def _shape(operator: Operator | ForeignOperator, *shapes: Shape) -> Shape:
    shape = shapes[0]
    match operator:
        case Linear() if len(shape) > 1:  # along the last axis, whatever is before it
            return (*shape[:-1], *operator.output_shape(shape[-1:]))
        case Operator():
            return operator.output_shape(*shapes)
        case Transpose(permutation):
            if sorted(permutation) != list(range(len(shape))):
                raise FormatError(f"The axes of {shape} cannot be put in the order {permutation}.")
            return tuple(shape[axis] for axis in permutation)
        case Reshape(target):
            return reshaped(shape, target)
        case Affine(scale, offset):
            return np.broadcast_shapes(shape, scale.shape, offset.shape)
        case Pad(padding):
            if len(padding) != len(shape):
                raise FormatError(f"A value of the shape {shape} is padded along {len(padding)} axes.")
            return tuple(size + before + after for size, (before, after) in zip(shape, padding, strict=True))
        case Identity() | LogSoftmax():
            return shape
        case Unsupported(what):
            raise FormatError(f"{what} is not supported.")
        case _:
            raise TypeError(f"no shape rule for {operator!r}")
