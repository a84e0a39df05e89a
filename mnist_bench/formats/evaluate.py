"""Evaluates a foreign graph with plain numpy: slow, and simple enough to believe.

Passes are tested against it, and an import's normalisation is found with it.
"""

import math
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    Affine,
    ForeignGraph,
    ForeignOperator,
    Identity,
    LogSoftmax,
    Pad,
    Reshape,
    Transpose,
)
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    ResizeBilinear,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.operators.window import Pair, Sides

Values = npt.NDArray[Any]
"""Values of a batch: (N, *shape), of the evaluation's own type."""

_AT_ONCE = 5
"""Images in a piece: what a convolution reads of more would not fit into a processor's cache."""
_MANY_AT_ONCE = 50
"""Without convolutions, whose weights are then read once for so many images."""


def evaluate(graph: ForeignGraph, inputs: Values, dtype: type[np.floating[Any]] = np.float32) -> Values:
    """The graph's output (N, ...) for `inputs` (N, *graph.input_shape), computed in `dtype` (float32 or float64).

    A linear and a log_softmax work along the last axis, a softmax over all values of an image.

    Raises:
        FormatError: there is an operator in it that this program does not know.
    """
    has_windows = any(isinstance(node.operator, Conv2d | MaxPool2d | AvgPool2d) for node in graph.nodes)
    at_once = _AT_ONCE if has_windows else _MANY_AT_ONCE
    pieces = [inputs[start : start + at_once] for start in range(0, len(inputs), at_once)]
    with np.errstate(over="ignore", invalid="ignore"):  # a wrong normalisation may leave float32's range
        return np.concatenate([_evaluate(graph, piece.astype(dtype)) for piece in pieces])


def _evaluate(graph: ForeignGraph, inputs: Values) -> Values:
    values = {graph.input: inputs}
    for node in graph.nodes:
        rule = RULES.get(type(node.operator))
        if rule is None:
            raise FormatError(f"{node.name}: this operator cannot be evaluated.")
        values[node.output] = rule(node.operator, *(values[value] for value in node.inputs))
    return values[graph.output]


def _conv2d(operator: Conv2d, x: Values) -> Values:
    shifted = _shifted(_padded(x, operator.sides, 0), operator.kernel, operator.stride)
    rows = np.stack(list(shifted), axis=2)  # (N, channels, kernel, height, width)
    images, _, _, height, width = rows.shape
    rows = rows.reshape(images, operator.groups, -1, height * width)
    weight = operator.weight.astype(x.dtype, copy=False).reshape(operator.groups, -1, rows.shape[2])
    sums = (weight @ rows).reshape(images, -1, height, width)
    result: Values = sums + operator.bias.astype(x.dtype, copy=False)[:, None, None]
    return result


def _linear(operator: Linear, x: Values) -> Values:
    result: Values = x @ operator.weight.T.astype(x.dtype, copy=False) + operator.bias.astype(x.dtype, copy=False)
    return result


def _max_pool2d(operator: MaxPool2d, x: Values) -> Values:
    return _pooled(np.maximum, _padded(x, operator.sides, -np.inf), operator.kernel, operator.stride)


def _avg_pool2d(operator: AvgPool2d, x: Values) -> Values:
    total = _pooled(np.add, _padded(x, operator.sides, 0), operator.kernel, operator.stride)
    mean: Values = total / x.dtype.type(math.prod(operator.kernel))
    return mean


def _pooled(join: np.ufunc, x: Values, kernel: Pair, stride: Pair) -> Values:
    """The values of each window, joined down and then across: far fewer steps where a window is large."""
    columns = reduce(join, _shifted(x, (kernel[0], 1), (stride[0], 1)))
    return reduce(join, _shifted(columns, (1, kernel[1]), (1, stride[1])))


def _padded(x: Values, sides: Sides, value: float) -> Values:
    top, left, bottom, right = sides
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value) if any(sides) else x


def _shifted(x: Values, kernel: Pair, stride: Pair) -> Iterator[Values]:
    """For each place of a window the values that stand there: (N, C, windows down, windows across)."""
    down, across = (size - window + 1 for size, window in zip(x.shape[2:], kernel, strict=True))
    for top in range(kernel[0]):
        for left in range(kernel[1]):
            yield x[:, :, top : top + down : stride[0], left : left + across : stride[1]]


def _resize_bilinear(operator: ResizeBilinear, x: Values) -> Values:
    """Along each axis by a matrix with the shares of the two inputs that each output lies between."""
    down, across = (_shares(before, after) for before, after in zip(x.shape[2:], operator.size, strict=True))
    result: Values = down.astype(x.dtype) @ x @ across.T.astype(x.dtype)
    return result


def _shares(before: int, after: int) -> Values:
    at = np.maximum((np.arange(after) + 0.5) * before / after - 0.5, 0)[:, None]
    shares: Values = np.maximum(1 - np.abs(np.minimum(at, before - 1) - np.arange(before)), 0)
    return shares


def _prelu(operator: Prelu, x: Values) -> Values:
    slopes = operator.slopes.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 2))
    return np.where(x > 0, x, x * slopes)


def _leaky_relu(operator: LeakyRelu, x: Values) -> Values:
    return np.where(x > 0, x, x * x.dtype.type(operator.slope))


def _elu(operator: Elu, x: Values) -> Values:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)) * x.dtype.type(operator.alpha))


def _sigmoid(_: Sigmoid, x: Values) -> Values:
    result: Values = 1 / (1 + np.exp(-x))
    return result


def _softmax(_: Softmax, x: Values) -> Values:
    return np.exp(_log_softmax(LogSoftmax(), x.reshape(len(x), -1))).reshape(x.shape)


def _log_softmax(_: LogSoftmax, x: Values) -> Values:
    lower = x - x.max(axis=-1, keepdims=True)
    result: Values = lower - np.log(np.exp(lower).sum(axis=-1, keepdims=True))
    return result


def _transpose(operator: Transpose, x: Values) -> Values:
    return x.transpose(0, *(axis + 1 for axis in operator.permutation))


def _reshape(operator: Reshape, x: Values) -> Values:
    size = math.prod(x.shape[1:])
    known = math.prod(one for one in operator.shape if one != -1)
    return x.reshape(len(x), *(size // known if one == -1 else one for one in operator.shape))


def _affine(operator: Affine, x: Values) -> Values:
    axes = max(x.ndim - 1, operator.scale.ndim, operator.offset.ndim)
    x = x.reshape(len(x), *[1] * (axes - x.ndim + 1), *x.shape[1:])
    result: Values = x * operator.scale.astype(x.dtype) + operator.offset.astype(x.dtype)
    return result


def _pad(operator: Pad, x: Values) -> Values:
    return np.pad(x, ((0, 0), *operator.padding), constant_values=operator.value)


RULES: dict[type[Operator | ForeignOperator], Callable[..., Values]] = {
    Conv2d: _conv2d,
    Linear: _linear,
    MaxPool2d: _max_pool2d,
    AvgPool2d: _avg_pool2d,
    Relu: lambda _, x: np.maximum(x, 0),
    Relu6: lambda _, x: np.clip(x, 0, 6),
    LeakyRelu: _leaky_relu,
    Elu: _elu,
    Prelu: _prelu,
    Tanh: lambda _, x: np.tanh(x),
    Sigmoid: _sigmoid,
    Add: lambda _, a, b: a + b,
    Concat: lambda _, *parts: np.concatenate(parts, axis=1),
    Flatten: lambda _, x: x.reshape(len(x), -1),
    ResizeBilinear: _resize_bilinear,
    Softmax: _softmax,
    LogSoftmax: _log_softmax,
    Transpose: _transpose,
    Reshape: _reshape,
    Affine: _affine,
    Pad: _pad,
    Identity: lambda _, x: x,
}
