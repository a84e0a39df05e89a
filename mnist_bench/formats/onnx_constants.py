"""Computes the parts of an ONNX graph that depend on no image: weights put together from others, shapes.

Source: docs/Operators.md and docs/Changelog.md of ONNX.
"""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import onnx

from mnist_bench.formats.building import Array, NotSupported, damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.onnx_file import Tensors
from mnist_bench.formats.onnx_node import Node
from mnist_bench.formats.quantized_values import QuantizedConstant


def constant_of(node: Node, tensors: Tensors) -> Array | None:
    """The first output of a node that depends on no image; None where it depends on one or is not computed here.

    Raises:
        FormatError: it cannot be computed, or would be too large.
    """
    match node.kind:
        case "Constant":
            return _written(node, tensors)
        case "Shape" | "Size":
            return _shape(node)
    if not node.inputs or not all(node.is_constant(index) for index in range(len(node.inputs)) if node.given(index)):
        return None
    rule = _RULES.get(node.kind)
    if rule is None:
        return None
    inputs = [node.constant(index) for index in range(len(node.inputs)) if node.given(index)]
    try:
        if node.kind not in _VIEWS and not tensors.may_compute(_size(node, inputs)):
            raise FormatError(f"{node.place} ({node.kind}) of the file makes a constant that is too large.")
        with np.errstate(all="ignore"):  # values that are not finite are refused where they are used
            return np.asarray(rule(node, inputs))
    except (ArithmeticError, LookupError, MemoryError, NotSupported, TypeError, ValueError) as error:
        raise damaged(f"{node.place} ({node.kind}) does not fit its constants") from error


def _size(node: Node, inputs: Sequence[Array]) -> int:
    """The largest number of values that the result can have."""
    if node.kind in _ARITHMETIC:
        return prod(np.broadcast_shapes(*(array.shape for array in inputs)))
    if node.kind == "Gather":
        return inputs[0].size * inputs[1].size
    if node.kind == "ConstantOfShape":
        return prod(int(size) for size in inputs[0].reshape(-1))
    return sum(array.size for array in inputs)


def _written(node: Node, tensors: Tensors) -> Array:
    """What a Constant holds."""
    for attribute in node.proto.attribute:
        match attribute.name:
            case "value":
                return tensors.array(attribute.t)
            case "value_float":
                return np.array(attribute.f, np.float32)
            case "value_floats":
                return np.array(attribute.floats, np.float32)
            case "value_int":
                return np.array(attribute.i, np.int64)
            case "value_ints":
                return np.array(attribute.ints, np.int64)
    raise FormatError(f"The constant {node.place} of the file is of a kind that this program does not read.")


def _shape(node: Node) -> Array | None:
    """The shape of a constant, or of a value behind the image with a batch of one; None behind what is unsupported."""
    if node.is_constant(0):
        shape = node.constant(0).shape
    elif node.given(0) and node.graph.is_known(node.inputs[0]):
        shape = node.graph.shape(node.value(0))
    else:
        return None
    if node.kind == "Size":
        return np.array(prod(shape), np.int64)
    return np.array(shape[node.integer("start", 0) : node.integer("end", len(shape))], np.int64)


def _cast(node: Node, inputs: Sequence[Array]) -> Array:
    return inputs[0].astype(onnx.helper.tensor_dtype_to_np_dtype(node.integer("to", 1)))


def _constant_of_shape(node: Node, inputs: Sequence[Array]) -> Array:
    values = [attribute.t for attribute in node.proto.attribute if attribute.name == "value"]
    value = onnx.numpy_helper.to_array(values[0]).reshape(()) if values else np.zeros((), np.float32)
    return np.full(inputs[0].reshape(-1), value)


def _dequantize(node: Node, inputs: Sequence[Array]) -> Array:
    values, scales = inputs[:2]
    zero_points = inputs[2] if len(inputs) > 2 else np.zeros((), values.dtype)
    stored = QuantizedConstant(values, scales, zero_points, node.integer("axis", 1))
    node.graph.quantized_constants[node.proto.output[0]] = stored
    return stored.floats()


def _divide(_: Node, inputs: Sequence[Array]) -> Array:
    """Of whole numbers the quotient is cut off towards zero."""
    kind = inputs[0].dtype
    quotient = np.true_divide(*inputs)
    return np.asarray(np.trunc(quotient) if kind.kind in "iu" else quotient, kind)


def _flatten(node: Node, inputs: Sequence[Array]) -> Array:
    return inputs[0].reshape(prod(inputs[0].shape[: node.integer("axis", 1)]), -1)


def _reduce_prod(node: Node, inputs: Sequence[Array]) -> Array:
    keeps = bool(node.integer("keepdims", 1))
    return np.asarray(np.prod(inputs[0], axis=node.axes(1), keepdims=keeps), inputs[0].dtype)


def _reshape(node: Node, inputs: Sequence[Array]) -> Array:
    sizes = [int(size) for size in inputs[1].reshape(-1)]
    if not node.integer("allowzero", 0):
        sizes = [inputs[0].shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return inputs[0].reshape(sizes)


def _slice(node: Node, inputs: Sequence[Array]) -> Array:
    if node.version < 10:
        starts, ends, axes, steps = (node.integers(name) for name in ("starts", "ends", "axes", "steps"))
    else:
        starts, ends, axes, steps = (node.numbers(index) or () for index in (1, 2, 3, 4))
    parts = [slice(None)] * inputs[0].ndim
    axes = axes or tuple(range(len(starts)))
    for axis, start, end, step in zip(axes, starts, ends, steps or (1,) * len(starts), strict=True):
        parts[axis] = slice(start, end, step)
    return inputs[0][tuple(parts)]


def _squeeze(node: Node, inputs: Sequence[Array]) -> Array:
    return np.squeeze(inputs[0], node.axes(1))


def _transpose(node: Node, inputs: Sequence[Array]) -> Array:
    return inputs[0].transpose(node.integers("perm") or None)


def _unsqueeze(node: Node, inputs: Sequence[Array]) -> Array:
    return np.expand_dims(inputs[0], node.axes(1) or ())


_VIEWS = ("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""What computes no value anew."""
Rule = Callable[[Node, Sequence[Array]], Array]
_ARITHMETIC: dict[str, Rule] = {
    "Add": lambda _, inputs: np.add(*inputs),
    "Div": _divide,
    "Mul": lambda _, inputs: np.multiply(*inputs),
    "Pow": lambda _, inputs: np.power(*inputs),
    "Sub": lambda _, inputs: np.subtract(*inputs),
}
_RULES: dict[str, Rule] = {
    **_ARITHMETIC,
    "Cast": _cast,
    "Ceil": lambda _, inputs: np.ceil(inputs[0]),
    "Concat": lambda node, inputs: np.concatenate(inputs, node.integer("axis", 1)),
    "ConstantOfShape": _constant_of_shape,
    "DequantizeLinear": _dequantize,
    "Flatten": _flatten,
    "Floor": lambda _, inputs: np.floor(inputs[0]),
    "Gather": lambda node, inputs: np.take(inputs[0], inputs[1].astype(np.int64), node.integer("axis", 0)),
    "Identity": lambda _, inputs: inputs[0],
    "Neg": lambda _, inputs: np.negative(inputs[0]),
    "ReduceProd": _reduce_prod,
    "Reshape": _reshape,
    "Slice": _slice,
    "Sqrt": lambda _, inputs: np.sqrt(inputs[0]),
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""By ONNX's names."""
