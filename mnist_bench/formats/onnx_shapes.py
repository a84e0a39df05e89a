"""ONNX's operators that only arrange values, or change nothing when a network is used: see onnx_operators."""

from collections.abc import Callable
from math import prod

import numpy as np

from mnist_bench.formats import composing
from mnist_bench.formats.building import NotSupported
from mnist_bench.formats.foreign import Identity
from mnist_bench.formats.onnx_node import Node

Read = Callable[[Node], str]
"""Adds a node to its graph and returns the graph's name of what it puts out."""


def _flatten(node: Node) -> str:
    value = node.value(0)
    shape = node.graph.shape(value)
    axis = node.integer("axis", 1)
    return composing.view(node.graph, value, (prod(shape[:axis]), prod(shape[axis:])))


def _reshape(node: Node) -> str:
    value = node.value(0)
    shape = node.graph.shape(value)
    target = [int(size) for size in node.constant(1).reshape(-1)]
    if not node.integer("allowzero", 0):
        target = [shape[axis] if size == 0 else size for axis, size in enumerate(target)]
    return composing.reshape(node.graph, value, target)


def _squeeze(node: Node) -> str:
    return composing.squeeze(node.graph, node.value(0), node.axes(1))


def _unsqueeze(node: Node) -> str:
    return composing.unsqueeze(node.graph, node.value(0), node.axes(1) or ())


def _transpose(node: Node) -> str:
    value = node.value(0)
    return composing.transpose(node.graph, value, node.integers("perm", range(len(node.graph.shape(value)))[::-1]))


def _pad(node: Node) -> str:
    if (mode := node.text("mode", "constant")) != "constant":
        raise NotSupported(f"with the mode {mode}")
    value = node.value(0)
    count = len(node.graph.shape(value))
    if node.version < 11:
        pads, fill = node.integers("pads"), node.number("value", 0)
    else:
        pads = tuple(int(size) for size in node.constant(1).reshape(-1))
        fill = float(node.constant_or(2, np.zeros(())).reshape(()))
    axes = [axis % count for axis in node.axes(3) or range(count)] if node.given(3) else list(range(count))
    pairs = dict(zip(axes, zip(pads[: len(axes)], pads[len(axes) :], strict=True), strict=True))
    return composing.pad(node.graph, value, [pairs.get(axis, (0, 0)) for axis in range(count)], fill)


def _concat(node: Node) -> str:
    values = [node.value(index) for index in range(len(node.inputs))]
    return values[0] if len(values) == 1 else composing.concat(node.graph, values, node.integer("axis", 1))


def _tile(node: Node) -> str:
    return composing.repeat(node.graph, node.value(0), node.numbers(1) or ())


def _expand(node: Node) -> str:
    value = node.value(0)
    shape = node.graph.shape(value)
    result = np.broadcast_shapes(shape, node.numbers(1) or ())
    value = composing.view(node.graph, value, (*[1] * (len(result) - len(shape)), *shape))
    before = node.graph.shape(value)
    return composing.repeat(node.graph, value, [after // size for after, size in zip(result, before, strict=True)])


# What changes nothing when a network is used


def _identity(node: Node) -> str:
    return node.value(0)


def _dropout(node: Node) -> str:
    training = node.constant(2).any() if node.given(2) else node.version < 7 and not node.integer("is_test", 0)
    if training:
        node.graph.note(
            "Dropout was left on when the file was saved, so each call of it answers a little differently. "
            "It is left out here."
        )
    return composing.elementwise(node.graph, Identity("dropout"), node.value(0))


_FLOATS = (1, 10, 11, 16)
"""TensorProto's float32, float16, float64 and bfloat16."""


def _cast(node: Node) -> str:
    value = node.value(0)
    return value if node.integer("to", 1) in _FLOATS else composing.rounded(node.graph, value)


def _class(node: Node) -> str:
    return composing.argmax(node.graph, node.value(0))


SHAPE_OPERATORS: dict[str, Read] = {
    "ArgMax": _class,
    "Cast": _cast,
    "Concat": _concat,
    "Dropout": _dropout,
    "Expand": _expand,
    "Flatten": _flatten,
    "Identity": _identity,
    "Pad": _pad,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
