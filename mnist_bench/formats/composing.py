"""Writes operators into the graph that a reader builds: each function takes values of it and returns the one behind.

Shapes and axes are the file's, the batch as 1 in front. What the operators of a network do not cover raises
NotSupported; what contradicts itself raises FormatError.
"""

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np

from mnist_bench.formats.building import CLASSES, Array, GraphBuilder, NotSupported, damaged, without_batch
from mnist_bench.formats.foreign import Affine, ForeignOperator, LogSoftmax, Pad, Reshape, Transpose, Unsupported
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Prelu,
    ResizeBilinear,
    Softmax,
)
from mnist_bench.network.operators.joining import MAX_INPUTS
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.quantization import QuantizedWeights

CHANNELS_FIRST = (2, 0, 1)
"""(height, width, channels) to (channels, height, width)."""
CHANNELS_LAST = (1, 2, 0)
"""And back."""
SELU = 1.6732632423543772848, 1.0507009873554804934
"""The alpha and the scale of the elu that a selu is."""


def elementwise(graph: GraphBuilder, operator: Operator | ForeignOperator, value: str) -> str:
    """An operator that changes no shape."""
    return graph.append(operator, (value,), graph.shape(value))


def on_image(graph: GraphBuilder, operator: Operator, value: str, *, channels_last: bool = False) -> str:
    """An operator that reads (channels, height, width); `channels_last` says that the value and the result are
    (height, width, channels).
    """
    shape = graph.shape(value)
    if len(shape) != 4 or shape[0] != 1:
        raise NotSupported(f"on a value of the shape {shape}")
    if channels_last:
        value = graph.append(Transpose(CHANNELS_FIRST), (value,), (1, shape[3], shape[1], shape[2]))
    value = graph.append(operator, (value,), (1, *operator.output_shape(graph.image(value))))
    if channels_last:
        _, channels, height, width = graph.shape(value)
        value = graph.append(Transpose(CHANNELS_LAST), (value,), (1, height, width, channels))
    return value


def view(graph: GraphBuilder, value: str, shape: Shape) -> str:
    """The same values in another shape, the batch in front."""
    before, after = graph.image(value), without_batch(shape)
    if prod(shape) != prod(graph.shape(value)):
        raise NotSupported(f"from the shape {graph.shape(value)} to {shape}")
    if before == after:
        return value if shape == graph.shape(value) else graph.renamed_shape(value, shape)
    return graph.append(Flatten() if len(after) == 1 else Reshape(after), (value,), shape)


def reshape(graph: GraphBuilder, value: str, target: Iterable[int]) -> str:
    """As numpy's reshape, with one -1; a fixed batch in front of `target` becomes 1."""
    wanted = [int(size) for size in target]
    size = prod(graph.shape(value))
    if graph.batch > 1 and wanted and wanted[0] == graph.batch and (-1 in wanted or prod(wanted) == graph.batch * size):
        wanted[0] = 1
    if wanted.count(-1) == 1:
        rest = -prod(wanted)
        if rest < 1 or size % rest:
            raise damaged(f"{graph.place} cannot make {wanted} of {size} values")
        wanted[wanted.index(-1)] = size // rest
    return view(graph, value, tuple(wanted))


def squeeze(graph: GraphBuilder, value: str, axes: Iterable[int] | None) -> str:
    """Without `axes`, whose size is 1; without all such where they are not named."""
    shape = graph.shape(value)
    if axes is None:
        return view(graph, value, tuple(size for size in shape if size != 1))
    gone = [axis % len(shape) for axis in axes]
    return view(graph, value, tuple(size for axis, size in enumerate(shape) if axis not in gone))


def unsqueeze(graph: GraphBuilder, value: str, axes: Sequence[int]) -> str:
    """With `axes` of size 1 more, where they are in the result."""
    shape = list(graph.shape(value))
    for axis in sorted(axis % (len(shape) + len(axes)) for axis in axes):
        shape.insert(axis, 1)
    return view(graph, value, tuple(shape))


def transpose(graph: GraphBuilder, value: str, order: Sequence[int]) -> str:
    """As numpy's transpose, of the axes with the batch."""
    shape = graph.shape(value)
    if sorted(order) != list(range(len(shape))):
        raise damaged(f"{graph.place} has the permutation {list(order)} for {len(shape)} axes")
    result = tuple(shape[axis] for axis in order)
    batch = len(shape) - len(graph.image(value))
    moved = tuple(axis - batch for axis in order if axis >= batch)
    if moved != tuple(range(len(moved))):
        value = graph.append(Transpose(moved), (value,), (*shape[:batch], *(shape[batch + axis] for axis in moved)))
    return view(graph, value, result)


def linear(
    graph: GraphBuilder, value: str, weight: Array, bias: Array, shape: Shape, quantized: QuantizedWeights | None = None
) -> str:
    """A Linear over all of the value, whose result has `shape`; weight (out, in), bias broadcast to (out,)."""
    if weight.ndim != 2:
        raise NotSupported(f"with a weight of the shape {weight.shape}")
    outputs, features = weight.shape
    if prod(graph.shape(value)) != features or prod(shape) != outputs:
        raise NotSupported(f"over {features} features of a value of the shape {graph.shape(value)}")
    biases = np.broadcast_to(bias.reshape(-1), (outputs,)).astype(np.float32)
    value = view(graph, value, (1, features))
    value = graph.append(Linear(weight.astype(np.float32), biases, quantized=quantized), (value,), (1, outputs))
    return view(graph, value, shape)


def factors(kind: str, constant: Array, *, swapped: bool) -> tuple[Array, Array]:
    """The scale and offset that stand for ADD, SUB, MUL or DIV with a constant; `swapped`: the constant comes first."""
    values = constant.astype(np.float32)
    one, zero = np.ones((), np.float32), np.zeros((), np.float32)
    match kind:
        case "ADD":
            return one, values
        case "SUB":
            return (-one, values) if swapped else (one, -values)
        case "MUL":
            return values, zero
        case _:
            if swapped:
                raise NotSupported("of a constant by a value that is computed from the image")
            return one / values, zero


def affine(graph: GraphBuilder, value: str, scale: Array, offset: Array) -> str:
    """Value * scale + offset; both broadcast against the value with its batch."""
    before = graph.shape(value)
    shape = np.broadcast_shapes(before, scale.shape, offset.shape)
    if prod(shape) != prod(before):
        raise NotSupported(f"with a constant that widens the shape {before} to {shape}")
    axes = len(graph.image(value))
    factors = [array.reshape(array.shape[max(0, array.ndim - axes) :]).astype(np.float32) for array in (scale, offset)]
    if not all(np.isfinite(array).all() for array in factors):
        raise NotSupported("with a constant that is not a finite number")
    value = graph.append(Affine(*factors), (value,), before)
    return view(graph, value, shape)


def pool_all(
    graph: GraphBuilder, operator: type[AvgPool2d | MaxPool2d], value: str, axes: Iterable[int], *, keep: bool
) -> str:
    """The mean or maximum over height and width, which are `axes` of the value; `keep` keeps them as 1."""
    shape = graph.shape(value)
    over = tuple(sorted(axis % len(shape) for axis in axes))
    if len(shape) != 4 or over not in ((2, 3), (1, 2)):
        raise NotSupported(f"over the axes {over} of a value of the shape {shape}")
    window = shape[over[0]], shape[over[1]]
    value = on_image(graph, operator(window, (1, 1)), value, channels_last=over == (1, 2))
    kept = graph.shape(value)
    return value if keep else view(graph, value, tuple(kept[axis] for axis in range(4) if axis not in over))


def add(graph: GraphBuilder, first: str, second: str) -> str:
    """The sum of two values of one shape."""
    if graph.image(first) != graph.image(second):
        raise NotSupported(f"of values of the shapes {graph.shape(first)} and {graph.shape(second)}")
    return graph.append(Add(), (first, second), max(graph.shape(first), graph.shape(second), key=len))


def concat(graph: GraphBuilder, values: Sequence[str], axis: int) -> str:
    """Values one after another along `axis`, the batch counted: channels or features."""
    shape = graph.shape(values[0])
    at = axis % len(shape) - (len(shape) - len(graph.image(values[0])))
    last = len(graph.image(values[0])) == 3 and at == 2
    if at != 0 and not last:
        raise NotSupported(f"along the axis {axis} of values of the shape {shape}")
    if last:
        values = [transpose(graph, value, (0, 3, 1, 2)) for value in values]
    result = Concat().output_shape(*(graph.image(value) for value in values))
    joined = graph.append(Concat(), tuple(values), (1, *result))
    return transpose(graph, joined, (0, 2, 3, 1)) if last else joined


def repeat(graph: GraphBuilder, value: str, times: Sequence[int]) -> str:
    """The value so many times along each of its axes; only channels or features can be, as gray in three channels."""
    count = times[1] if len(times) > 1 else 1
    if len(times) != len(graph.shape(value)) or prod(times) != count or not 1 <= count <= MAX_INPUTS:
        raise NotSupported(f"{list(times)} times")
    return value if count == 1 else concat(graph, [value] * count, 1)


def pad(graph: GraphBuilder, value: str, padding: Sequence[tuple[int, int]], fill: float) -> str:
    """Values of `fill` around it: (before, after) for each axis, the batch counted."""
    shape = graph.shape(value)
    batch = len(shape) - len(graph.image(value))
    if len(padding) != len(shape) or any(size < 0 for pair in padding for size in pair) or any(padding[0][:batch]):
        raise NotSupported(f"with the padding {list(padding)}")
    result = tuple(before + size + after for size, (before, after) in zip(shape, padding, strict=True))
    if result == shape:
        return value
    return graph.append(Pad(tuple(padding[batch:]), fill), (value,), result)


def resize(graph: GraphBuilder, value: str, size: Sequence[int], *, channels_last: bool = False) -> str:
    """An image in another size (height, width), by linear interpolation between the centres of pixels."""
    if len(size) != 2 or min(size) < 1:
        raise damaged(f"{graph.place} resizes to {list(size)} pixels")
    return on_image(graph, ResizeBilinear((size[0], size[1])), value, channels_last=channels_last)


def softmax(graph: GraphBuilder, value: str, axis: int, *, log: bool) -> str:
    """The softmax, or its logarithm, along `axis`, which must have all values."""
    shape = graph.shape(value)
    if shape[axis] != prod(shape):
        raise NotSupported(f"along the axis {axis} of a value of the shape {shape}")
    return elementwise(graph, LogSoftmax() if log else Softmax(), value)


def logarithm(graph: GraphBuilder, value: str) -> str:
    """The logarithm of a softmax."""
    made = graph.maker(value)
    if made is None or not isinstance(made.operator, Softmax):
        raise NotSupported("of what is no softmax")
    return graph.append(LogSoftmax(), made.inputs, graph.shape(value))


def elu(graph: GraphBuilder, value: str, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> str:
    """An elu times `scale`, and of `input_scale` times the values that are below zero: selu and celu are such."""
    scaled = affine(graph, value, np.array(input_scale), np.zeros(())) if input_scale != 1 else value
    bent = elementwise(graph, Elu(alpha * input_scale), scaled)
    return affine(graph, bent, np.array(scale / input_scale), np.zeros(())) if scale != input_scale else bent


def prelu(graph: GraphBuilder, value: str, slopes: Array, *, channels_last: bool = False) -> str:
    """A PReLU; `slopes` broadcast against the value with its batch."""
    if slopes.size == 1:
        return elementwise(graph, LeakyRelu(float(slopes.reshape(-1)[0])), value)
    image = graph.image(value)
    full = np.broadcast_to(slopes, graph.shape(value)).reshape(image)
    if channels_last and len(image) == 3:
        full = full.transpose(CHANNELS_FIRST)
    rows = full.reshape(len(full), -1)
    if (rows != rows[:, :1]).any():
        raise NotSupported("with a slope for each pixel")
    operator = Prelu(rows[:, 0].astype(np.float32))
    return (
        on_image(graph, operator, value, channels_last=channels_last)
        if len(image) == 3
        else elementwise(graph, operator, value)
    )


def argmax(graph: GraphBuilder, value: str) -> str:
    """The class alone (an argmax) of a value; where a file puts out nothing else, the value is taken."""
    result = graph.append(Unsupported.class_alone("ArgMax"), (value,), None)
    graph.class_of[result] = value
    return result


def rounded(graph: GraphBuilder, value: str) -> str:
    """Values as whole numbers, which is left out behind the last operator and told."""
    if prod(graph.shape(value)) != CLASSES:
        raise NotSupported("to whole numbers")
    graph.note("The file rounds its answer to whole numbers, which was left out.")
    return value
