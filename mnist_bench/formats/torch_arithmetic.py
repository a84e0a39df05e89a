"""What PyTorch's arithmetic adds to a graph; on constants it is computed here."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine
from mnist_bench.formats.torch_graph import GraphBuilder, ShapeMismatch, Value
from mnist_bench.formats.torch_operators import add_made, operator
from mnist_bench.formats.torch_tensors import MAX_ELEMENTS
from mnist_bench.network.layers import Add, Prelu

_LONGEST_LIST = 10_000


@operator("add")
def add(graph: GraphBuilder, x: Any, other: Any, alpha: Any = 1) -> Any:
    """X + alpha * other."""
    if isinstance(x, Value) and isinstance(other, Value):
        if alpha != 1 or x.shape != other.shape:
            return graph.unsupported("add", [x, other], why="of values of different shapes", keeps_shape=True)
        return graph.add("add", Add(), [x, other])
    if isinstance(other, Value):
        return _affine(graph, "add", other, alpha, x)
    if isinstance(x, Value):
        return _affine(graph, "add", x, 1, np.multiply(other, alpha))
    if isinstance(x, list) and isinstance(other, list):
        if len(x) + len(other) > _LONGEST_LIST:
            raise FormatError("The file makes a list that is longer than any network's.")
        return x + other
    return _computed(np.add, x, other if alpha == 1 else _computed(np.multiply, other, alpha))


@operator("sub", "subtract")
def sub(graph: GraphBuilder, x: Any, other: Any, alpha: Any = 1) -> Any:
    """X - alpha * other."""
    return _joined(graph, "sub", x, other) or add(graph, x, neg(graph, other), alpha)


@operator("rsub")
def rsub(graph: GraphBuilder, x: Any, other: Any, alpha: Any = 1) -> Any:
    """Other - alpha * x."""
    return _joined(graph, "rsub", x, other) or add(graph, mul(graph, x, -alpha), other)


@operator("mul", "multiply")
def mul(graph: GraphBuilder, x: Any, other: Any) -> Any:
    """X * other."""
    if isinstance(other, Value) and not isinstance(x, Value):
        x, other = other, x
    if isinstance(x, Value):
        return _joined(graph, "mul", x, other) or _affine(graph, "mul", x, other, 0)
    return _computed(np.multiply, x, other)


@operator("div", "divide", "true_divide")
def div(graph: GraphBuilder, x: Any, other: Any, rounding_mode: Any = None) -> Any:
    """X / other."""
    if isinstance(other, Value) or (isinstance(x, Value) and rounding_mode is not None):
        return graph.unsupported("div", [x, other], why="by a value that is computed, or rounded", keeps_shape=True)
    if isinstance(x, Value):
        return _affine(graph, "div", x, 1 / np.asarray(other, np.float64), 0)
    return _computed(np.true_divide if rounding_mode is None else np.floor_divide, x, other)


@operator("neg", "negative")
def neg(graph: GraphBuilder, x: Any) -> Any:
    """-x."""
    return mul(graph, x, -1)


def _joined(graph: GraphBuilder, what: str, x: Any, other: Any) -> Value | None:
    """An unsupported operator where both are computed."""
    if isinstance(x, Value) and isinstance(other, Value):
        return graph.unsupported(what, [x, other], why="of two values that are both computed", keeps_shape=True)
    return None


def _affine(graph: GraphBuilder, what: str, x: Value, scale: Any, offset: Any) -> Value:
    """X * scale + offset, both constant."""
    factors = [_of_image(x, np.asarray(one, np.float32)) for one in (scale, offset)]
    try:
        fits = np.broadcast_shapes(x.image_shape, *(one.shape for one in factors)) == x.image_shape
    except ValueError as error:
        raise ShapeMismatch(f"{what}: a constant does not fit a value of the shape {x.shape}.") from error
    if not fits:
        return graph.unsupported(what, [x], why="a constant of it is larger than the value")
    return graph.add_foreign(what, Affine(factors[0], factors[1]), x, x.shape)


def _of_image(x: Value, constant: Any) -> Any:
    """A constant without the batch axis that broadcasting would give it."""
    if x.is_batched and constant.ndim == len(x.shape) and constant.shape[0] == 1:
        return constant[0]
    return constant


def _computed(function: Callable[..., Any], x: Any, other: Any) -> Any:
    """`function` of constants, numbers or arrays; whole numbers stay Python's, so that they can be sizes.

    Raises:
        FormatError: the result would be larger than any network's, or they are no numbers.
    """
    if not all(isinstance(one, int | float | np.ndarray) for one in (x, other)):
        raise FormatError("The file computes with something other than numbers.")
    if math.prod(np.broadcast_shapes(np.shape(x), np.shape(other))) > MAX_ELEMENTS:
        raise FormatError("The file computes more numbers than any network has.")
    with np.errstate(all="ignore"):
        result = function(x, other)
    return result.item() if isinstance(result, np.generic) else result


@dataclass(frozen=True, slots=True)
class Positive:
    """Where a value is above 0: all that is followed of a comparison."""

    of: Value


@operator("gt", "ge", "greater")
def gt(graph: GraphBuilder, x: Any, other: Any) -> Any:
    """Where a value is above 0."""
    if isinstance(x, Value) and isinstance(other, int | float) and other == 0:
        return Positive(x)
    return graph.unsupported("gt", [x, other], keeps_shape=True)


@operator("where")
def where(graph: GraphBuilder, condition: Any, x: Any, other: Any) -> Any:
    """X where it is above 0, otherwise x times something: a prelu, as exported programs write it."""
    made = graph.maker(other) if isinstance(other, Value) else None
    if (
        isinstance(condition, Positive)
        and condition.of is x
        and made is not None
        and isinstance(made.operator, Affine)
        and made.inputs == (x.name,)
        and not made.operator.offset.any()
    ):
        channels = (x.image_shape[0], *[1] * (len(x.image_shape) - 1))
        slopes = np.broadcast_to(made.operator.scale, channels).reshape(-1)
        graph.drop(made)
        return add_made(graph, "prelu", lambda: Prelu(slopes), x)
    return graph.unsupported("where", [x, other], keeps_shape=True)
