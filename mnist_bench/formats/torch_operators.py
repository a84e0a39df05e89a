"""PyTorch's operators (aten) by name, and what each adds to a graph: weighted layers, poolings and batch norms here.

The functions take what aten's schemas say (torch/_C/_VariableFunctions, native_functions.yaml): the first argument is
the value, the others have their names there. Constants are numpy arrays, numbers and lists.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from mnist_bench.base.text import one_line
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine
from mnist_bench.formats.layers_found import Array, make_norm
from mnist_bench.formats.torch_graph import GraphBuilder, ShapeMismatch, Value
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import AvgPool2d, Conv2d, Linear, MaxPool2d, Operator
from mnist_bench.network.operators.window import Pair, Sides

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
OPERATORS: dict[str, Function] = {}
"""By their names in aten, without its namespace and overload; those of other namespaces with it ("prepacked::...")."""


def operator(*names: str) -> Callable[[F], F]:
    """Enters a function under `names`; each stands for its form that works in place (relu_) too."""

    def enter(function: F) -> F:
        for name in names:
            OPERATORS[name] = function
            OPERATORS[name + "_"] = function
        return function

    return enter


def pair(value: Any) -> Pair:
    """Two whole numbers, from those or from one for both."""
    numbers = [value] if isinstance(value, int) else list(value)
    if len(numbers) not in (1, 2) or not all(isinstance(one, int) for one in numbers):
        raise FormatError(f"An operator has {one_line(repr(value), 80)} where one or two integers belong.")
    return (numbers[0], numbers[-1])


def add_made(graph: GraphBuilder, what: str, make: Callable[[], Operator], *inputs: Value) -> Value:
    """Adds what `make` makes; what it refuses to make (a kernel that is too large) becomes an unsupported operator."""
    try:
        made = make()
    except NetworkError as error:
        return graph.unsupported(what, inputs, why=error.message)
    return graph.add(what, made, inputs)


@operator("conv2d")
def conv2d(
    graph: GraphBuilder,
    x: Value,
    weight: Array,
    bias: Array | None = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
) -> Value:
    """A convolution; its padding may be "same" or "valid"."""
    if weight.ndim != 4:
        return graph.unsupported(f"conv{weight.ndim - 2}d", [x])
    if pair(dilation) != (1, 1):
        return graph.unsupported("conv2d", [x], why=f"it has a dilation of {pair(dilation)}")
    kernel = (weight.shape[2], weight.shape[3])
    sides = _sides(padding, kernel)
    filled = np.zeros(len(weight), np.float32) if bias is None else bias
    return add_made(graph, "conv2d", lambda: Conv2d(weight, filled, pair(stride), sides, groups), x)


def _sides(padding: Any, kernel: Pair) -> Sides:
    if padding == "same":
        left = [(size - 1) // 2 for size in kernel]
        return (left[0], left[1], kernel[0] - 1 - left[0], kernel[1] - 1 - left[1])
    height, width = (0, 0) if padding == "valid" else pair(padding)
    return (height, width, height, width)


@operator("_convolution", "convolution")
def convolution(
    graph: GraphBuilder,
    x: Value,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    *_: Any,
) -> Value:
    """A convolution of any kind."""
    if transposed or any(output_padding):
        return graph.unsupported("conv_transpose2d", [x])
    return conv2d(graph, x, weight, bias, stride, padding, dilation, groups)


@operator("_convolution_mode")
def convolution_mode(
    graph: GraphBuilder,
    x: Value,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: str,
    dilation: Any,
    groups: int,
) -> Value:
    """A convolution whose padding is a word."""
    return conv2d(graph, x, weight, bias, stride, padding, dilation, groups)


@operator("linear")
def linear(graph: GraphBuilder, x: Value, weight: Array, bias: Array | None = None) -> Value:
    """A fully connected layer."""
    filled = np.zeros(len(weight), np.float32) if bias is None else bias
    if len(x.image_shape) > 1 and weight.ndim == 2:  # along the last axis
        if x.image_shape[-1] != weight.shape[1]:
            raise ShapeMismatch(f"A linear layer for {weight.shape[1]} features is given {x.image_shape}.")
        return graph.add_foreign("linear", Linear(weight, filled), x, (*x.shape[:-1], len(weight)))
    return add_made(graph, "linear", lambda: Linear(weight, filled), x)


@operator("addmm")
def addmm(graph: GraphBuilder, bias: Any, x: Any, weight: Any, beta: float = 1, alpha: float = 1) -> Value:
    """Beta * bias + alpha * (x @ weight)."""
    if not (isinstance(x, Value) and isinstance(weight, np.ndarray) and isinstance(bias, np.ndarray)):
        return graph.unsupported("addmm", [bias, x, weight])
    return linear(graph, x, weight.T * np.float32(alpha), bias * np.float32(beta))


@operator("matmul", "mm")
def matmul(graph: GraphBuilder, x: Any, other: Any) -> Any:
    """A product of a value and constant weights; of two values it is not supported (attention)."""
    if isinstance(x, Value) and isinstance(other, np.ndarray) and other.ndim == 2:
        return linear(graph, x, other.T)
    return graph.unsupported("matmul", [x, other], why="of values that are both computed, as attention does")


@operator("max_pool2d")
def max_pool2d(
    graph: GraphBuilder,
    x: Value,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    ceil_mode: bool = False,
) -> Value:
    """The largest value of a window; ceil_mode is more padding at the bottom and right, which never wins."""
    if pair(dilation) != (1, 1):
        return graph.unsupported("max_pool2d", [x], why="it has a dilation")
    window = _window(x, kernel_size, stride, padding, ceil_mode)
    return add_made(graph, "max_pool2d", lambda: MaxPool2d(*window), x)


@operator("max_pool2d_with_indices")
def max_pool2d_with_indices(graph: GraphBuilder, x: Value, *arguments: Any, **named: Any) -> tuple[Value, None]:
    """A max_pool2d; where the largest values were is not followed."""
    return max_pool2d(graph, x, *arguments, **named), None


@operator("avg_pool2d")
def avg_pool2d(
    graph: GraphBuilder,
    x: Value,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = (0, 0),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    """The mean of a window, in which padding counts as zeros."""
    window = _window(x, kernel_size, stride, padding, ceil_mode)
    why = ""
    if any(pair(padding)) and not count_include_pad:
        why = "its padding is left out of the mean"
    elif ceil_mode and window[2][2:] != pair(padding):
        why = "its last windows reach beyond the image (ceil_mode)"
    elif divisor_override is not None:
        why = "it divides by a number of its own"
    if why:
        return graph.unsupported("avg_pool2d", [x], why=why)
    return add_made(graph, "avg_pool2d", lambda: AvgPool2d(*window), x)


def _window(x: Value, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> tuple[Pair, Pair, Sides]:
    """Kernel, stride (the kernel where it is not given) and padding of a pooling."""
    kernel, sides = pair(kernel_size), pair(padding)
    steps = pair(stride) if stride not in ((), [], None) else kernel
    more = (0, 0)
    if ceil_mode and len(x.shape) >= 3 and min(steps) > 0:
        extra = [_beyond(*axis) for axis in zip(x.shape[-2:], kernel, steps, sides, strict=True)]
        more = (extra[0], extra[1])
    return kernel, steps, (*sides, sides[0] + more[0], sides[1] + more[1])


def _beyond(size: int, kernel: int, stride: int, padding: int) -> int:
    """Values beyond the padding that the last window of ceil_mode takes in; one that begins beyond it is left out."""
    windows = -(-(size + 2 * padding - kernel) // stride) + 1
    if (windows - 1) * stride >= size + padding:
        windows -= 1
    return max(0, (windows - 1) * stride + kernel - size - 2 * padding)


@operator("adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_avg_pool2d(graph: GraphBuilder, x: Value, output_size: Any) -> Value:
    """A mean over equal parts of the image."""
    return _adaptive(graph, x, output_size, AvgPool2d)


@operator("adaptive_max_pool2d")
def adaptive_max_pool2d(graph: GraphBuilder, x: Value, output_size: Any) -> tuple[Value, None]:
    """The largest value of equal parts of the image; where it was is not followed."""
    return _adaptive(graph, x, output_size, MaxPool2d), None


def _adaptive(graph: GraphBuilder, x: Value, output_size: Any, kind: type[AvgPool2d | MaxPool2d]) -> Value:
    what = f"adaptive_{kind.kind}"
    if len(x.shape) < 3:
        return graph.unsupported(what, [x])
    sizes = [output_size, output_size] if isinstance(output_size, int) else list(output_size)
    wanted = [have if want is None else want for have, want in zip(x.shape[-2:], sizes, strict=True)]
    if any(want < 1 or have % want for have, want in zip(x.shape[-2:], wanted, strict=True)):
        return graph.unsupported(what, [x], why=f"{x.shape[-2:]} cannot be split into {tuple(wanted)} equal parts")
    kernel = (x.shape[-2] // wanted[0], x.shape[-1] // wanted[1])
    return graph.identity(what, x) if kernel == (1, 1) else add_made(graph, what, lambda: kind(kernel, kernel), x)


@operator("batch_norm")
def batch_norm(
    graph: GraphBuilder,
    x: Value,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool = False,
    momentum: float = 0.1,  # noqa: ARG001 - of aten's schema
    eps: float = 1e-5,
    *_: Any,
) -> Value:
    """A batch norm with its running statistics."""
    if running_mean is None or running_var is None:
        return graph.unsupported("batch_norm", [x], why="it has no running statistics", keeps_shape=True)
    if training:
        graph.note("A batch norm was in training mode when the file was saved; its running statistics are used here.")
    norm = make_norm(graph.place, running_mean, running_var, weight, bias, eps)
    axes = len(x.image_shape)
    if x.image_shape[:1] != norm.scale.shape:
        raise ShapeMismatch(
            f"A batch norm for {len(norm.scale)} channels is given a value of the shape {x.image_shape}."
        )
    shape = (-1, *[1] * (axes - 1))
    affine = Affine(norm.scale.reshape(shape), norm.offset.reshape(shape))
    result = graph.add_foreign("batch_norm", affine, x, x.shape)
    graph.learned.add(result.name)
    return result


@operator("_native_batch_norm_legit_no_training", "native_batch_norm", "_batch_norm_with_update")
def native_batch_norm(
    graph: GraphBuilder, x: Value, weight: Any, bias: Any, running_mean: Any, running_var: Any, *rest: Any
) -> tuple[Value, None, None]:
    """A batch norm with its running statistics; `rest` ends with momentum and epsilon."""
    return batch_norm(graph, x, weight, bias, running_mean, running_var, False, *rest[-2:]), None, None
