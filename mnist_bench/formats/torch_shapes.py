"""What PyTorch's operators on shapes add to a graph; on constants they are computed here."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Pad, Reshape, Transpose
from mnist_bench.formats.torch_graph import GraphBuilder, ShapeMismatch, Value
from mnist_bench.formats.torch_operators import add_made, operator
from mnist_bench.formats.torch_tensors import MAX_ELEMENTS
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import AvgPool2d, Concat, ResizeBilinear
from mnist_bench.network.operators.window import MAX_KERNEL


def _to_shape(graph: GraphBuilder, what: str, x: Any, shape: Sequence[int]) -> Any:
    """`x` with the same values in `shape`, in which one size may be -1."""
    if isinstance(x, np.ndarray):
        return x.reshape(tuple(shape))
    known = math.prod(size for size in shape if size != -1)
    total = math.prod(x.shape)
    full = tuple(total // known if size == -1 and known else size for size in shape)
    if math.prod(full) != total or list(shape).count(-1) > 1:
        raise ShapeMismatch(f"A value of the shape {x.shape} cannot take the shape {tuple(shape)}.")
    if full == x.shape:
        return graph.identity(what, x)
    after = full[1:] if x.is_batched and graph.is_batch(full) else full
    return graph.reshaped(what, Reshape(after), x, full)


@operator("view", "reshape", "_unsafe_view", "_reshape_alias")
def view(graph: GraphBuilder, x: Any, size: Any, *_: Any) -> Any:
    """Another shape."""
    return _to_shape(graph, "reshape", x, size)


@operator("flatten")
def flatten(graph: GraphBuilder, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start_dim to end_dim as one."""
    shape = x.shape
    start, end = start_dim % len(shape), end_dim % len(shape)
    return _to_shape(graph, "flatten", x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@operator("squeeze")
def squeeze(graph: GraphBuilder, x: Any, dim: Any = None) -> Any:
    """Without the axes `dim` of size 1, or all of them."""
    axes = range(len(x.shape)) if dim is None else [dim] if isinstance(dim, int) else dim
    dropped = {axis % len(x.shape) for axis in axes}
    return _to_shape(graph, "squeeze", x, [one for at, one in enumerate(x.shape) if one != 1 or at not in dropped])


@operator("unsqueeze")
def unsqueeze(graph: GraphBuilder, x: Any, dim: int) -> Any:
    """With another axis of size 1."""
    shape = list(x.shape)
    shape.insert(dim % (len(shape) + 1), 1)
    return _to_shape(graph, "unsqueeze", x, shape)


@operator("unflatten")
def unflatten(graph: GraphBuilder, x: Value, dim: int, sizes: Any) -> Any:
    """One axis as several."""
    axis = x.axis(dim)
    size = x.shape[axis]
    known = math.prod(one for one in sizes if one != -1)
    whole = [size // known if one == -1 and known else one for one in sizes]
    return _to_shape(graph, "unflatten", x, (*x.shape[:axis], *whole, *x.shape[axis + 1 :]))


@operator("repeat")
def repeat(graph: GraphBuilder, x: Value, repeats: Any) -> Any:
    """The channels of an image several times."""
    if len(x.shape) != 4 or len(repeats) != 4 or [*repeats[:1], *repeats[2:]] != [1, 1, 1]:
        return graph.unsupported("repeat", [x])
    return x if repeats[1] == 1 else add_made(graph, "repeat", Concat, *[x] * repeats[1])


@operator("expand")
def expand(graph: GraphBuilder, x: Value, size: Any, *_: Any, **__: Any) -> Any:
    """A larger shape, where only the one channel of an image is repeated; -1 stands for an axis that stays."""
    whole = [have if want == -1 else want for have, want in zip(x.shape, size, strict=True)]
    if whole == list(x.shape):
        return x
    if len(whole) != 4 or x.shape[1] != 1 or whole != [x.shape[0], whole[1], *x.shape[2:]]:
        return graph.unsupported("expand", [x])
    return repeat(graph, x, [1, whole[1], 1, 1])


@operator("permute")
def permute(graph: GraphBuilder, x: Any, dims: Any) -> Any:
    """Axes in another order."""
    if isinstance(x, np.ndarray):
        return x.transpose(dims)
    order = [x.axis(axis) for axis in dims]
    shape = tuple(x.shape[axis] for axis in order)
    if x.is_batched and order[0] != 0:
        return graph.unsupported("permute", [x], why="it moves the axis of the batch")
    moved = tuple(axis - 1 for axis in order[1:]) if x.is_batched else tuple(order)
    return graph.reshaped("permute", Transpose(moved), x, shape)


@operator("transpose", "swapaxes")
def transpose(graph: GraphBuilder, x: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged."""
    order = list(range(len(x.shape)))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return permute(graph, x, order)


@operator("t", "numpy_T", "adjoint", "mT")
def t(graph: GraphBuilder, x: Any) -> Any:
    """A matrix transposed."""
    return x.T if isinstance(x, np.ndarray) else transpose(graph, x, -1, -2)


@operator("zeros")
def zeros(_: GraphBuilder, size: Any, *__: Any, **___: Any) -> Any:
    """A constant of zeros."""
    return constant(0, size)


@operator("ones")
def ones(_: GraphBuilder, size: Any, *__: Any, **___: Any) -> Any:
    """A constant of ones."""
    return constant(1, size)


def constant(value: float, size: Sequence[int]) -> Any:
    """An array of one value; FormatError if it is larger than any network's."""
    if math.prod(size) > MAX_ELEMENTS:
        raise FormatError("The file makes an array of more numbers than any network has.")
    return np.full(tuple(size), value, np.float32)


@operator("cat", "concat", "concatenate")
def cat(graph: GraphBuilder, tensors: Any, dim: int = 0) -> Any:
    """Values one after another along an axis."""
    if not all(isinstance(one, Value) for one in tensors):
        return graph.unsupported("cat", tensors)
    first: Value = tensors[0]
    if len(tensors) == 1:
        return first
    axis = first.axis(dim) - int(first.is_batched)
    if axis != 0:
        return graph.unsupported("cat", tensors, why="it is not along the channels or features")
    return graph.add("cat", Concat(), list(tensors))


@operator("mean")
def mean(graph: GraphBuilder, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Any:
    """A mean over the last axes: an average pooling of the whole image."""
    if dim is None:
        return graph.unsupported("mean", [x])
    axes = sorted(x.axis(axis) for axis in ([dim] if isinstance(dim, int) else dim))
    if axes != list(range(len(x.shape) - len(axes), len(x.shape))) or len(x.shape) - len(axes) != 2:
        return graph.unsupported("mean", [x], why="it is not over the last axes of an image")
    area = math.prod(x.shape[2:])
    height = next((one for one in range(math.isqrt(area), 0, -1) if area % one == 0), 1)
    if area // height > MAX_KERNEL:
        return graph.unsupported("mean", [x], why=f"it is over {area} values")
    image = (
        x
        if len(x.shape) == 4 and max(x.shape[2:]) <= MAX_KERNEL
        else view(graph, x, (*x.shape[:2], height, area // height))
    )
    kernel = (image.shape[2], image.shape[3])
    pooled = add_made(graph, "mean", lambda: AvgPool2d(kernel, kernel), image)
    return _to_shape(graph, "squeeze", pooled, (*x.shape[:2], *[1] * (len(axes) if keepdim else 0)))


@operator("constant_pad_nd", "pad")
def pad(graph: GraphBuilder, x: Value, pad: Any, mode: Any = "constant", value: Any = None) -> Value:
    """Values around an image; `pad` gives those of the last axis first. constant_pad_nd has the value for `mode`."""
    if isinstance(mode, int | float):
        mode, value = "constant", mode
    shape = x.shape
    if mode != "constant" or any(size < 0 for size in pad):
        return graph.unsupported("pad", [x], why="" if mode == "constant" else f"its mode is {mode!r}")
    sides = [(0, 0)] * (len(shape) - len(pad) // 2) + list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    full = tuple(size + sum(side) for size, side in zip(shape, sides, strict=True))
    return graph.add_foreign("pad", Pad(tuple(sides[int(x.is_batched) :]), float(value or 0)), x, full)


@operator("upsample_bilinear2d")
def upsample_bilinear2d(
    graph: GraphBuilder, x: Value, output_size: Any, align_corners: bool, *scale_factors: Any
) -> Value:
    """An image in another size, which is named or follows from two factors."""
    if align_corners:
        return graph.unsupported("upsample", [x], why="it aligns the corners")
    factors = scale_factors[0] if scale_factors and isinstance(scale_factors[0], list | tuple) else ()
    size = output_size or [int(side * factor) for side, factor in zip(x.shape[2:], factors, strict=True)]
    return add_made(graph, "upsample", lambda: ResizeBilinear((size[0], size[1])), x)


@operator("zero_pad2d")
def zero_pad2d(graph: GraphBuilder, x: Value, padding: Any) -> Value:
    """Zeros around an image."""
    return pad(graph, x, padding)


@operator("slice")
def take_slice(graph: GraphBuilder, x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A part along an axis, where it is all of it."""
    if isinstance(x, list | tuple):
        return x[dim:start:end]  # a list's slice has no dim
    if isinstance(x, Value):
        size = x.shape[x.axis(dim)]
        if (start or 0) in (0, -size) and (end is None or end >= size) and step == 1:
            return graph.identity("slice", x)
    return graph.unsupported("slice", [x])


@operator("select")
def select(graph: GraphBuilder, x: Any, dim: int, index: int) -> Any:
    """One element along an axis, where it has only one."""
    if isinstance(x, np.ndarray):
        return np.take(x, index, axis=dim)
    if x.shape[x.axis(dim)] == 1 and index in (0, -1):
        return squeeze(graph, x, dim)
    return graph.unsupported("select", [x])


_SAME = (
    "to",
    "type_as",
    "float",
    "contiguous",
    "clone",
    "detach",
    "alias",
    "lift_fresh",
    "lift_fresh_copy",
    "_to_copy",
)


@operator(*_SAME, "requires_grad", "cpu", "identity", "detach_copy", "_assert_tensor_metadata", "to_dtype")
def same(graph: GraphBuilder, x: Any, *_: Any, **__: Any) -> Any:
    """Nothing: another kind of number, place in memory or device."""
    return graph.identity("cast", x) if isinstance(x, Value) else x


_SIZES: dict[str, Callable[[Shape], Any]] = {"dim": len, "numel": math.prod}


@operator("size", "sym_size")
def size(_: GraphBuilder, x: Any, dim: Any = None) -> Any:
    """The shape, or one size of it."""
    shape = x.shape
    return list(shape) if dim is None else shape[dim]


for _name, _of in _SIZES.items():
    operator(_name)(lambda _, x, _of=_of: _of(x.shape))
