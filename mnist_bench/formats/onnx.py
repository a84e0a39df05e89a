"""Reads ONNX models (opset 6 to 23): what is constant is computed, each other node becomes operators of the graph."""

from pathlib import Path

import onnx

from mnist_bench.base.text import one_line
from mnist_bench.formats.building import GraphBuilder, damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.onnx_constants import constant_of
from mnist_bench.formats.onnx_file import Tensors, open_model, opset, recognises
from mnist_bench.formats.onnx_node import Node
from mnist_bench.formats.onnx_operators import OPERATORS
from mnist_bench.network.arrays import Shape

__all__ = ["read", "recognises"]

_SIDE = 28
_FLOATS = (1, 10, 11, 16)
"""TensorProto's float32, float16, float64 and bfloat16."""
_INTEGERS = (2, 3, 4, 5, 6, 7, 12, 13)


def read(path: Path) -> ForeignGraph:
    """The graph of an ONNX file; its weights may lie in another file of the same folder.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged, or does not hold one graph from an image to an answer.
    """
    model = open_model(path)
    graph = model.graph
    if graph.sparse_initializer:
        raise FormatError("The file stores weights as sparse tensors, which this program does not read.")
    tensors = Tensors(path.parent)
    constants = {tensor.name: tensors.array(tensor) for tensor in graph.initializer}
    builder = _builder(graph, path.stem)
    builder.constants.update(constants)
    version = opset(model)
    for proto in graph.node:
        _read_node(Node(proto, builder, version), tensors)
    return builder.finish([output.name for output in graph.output if output.name not in builder.constants])


def _builder(graph: onnx.GraphProto, name: str) -> GraphBuilder:
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in initialized]
    if len(inputs) != 1:
        names = one_line(", ".join(one.name for one in inputs), 80)
        raise FormatError(f"The network in the file has {len(inputs)} inputs ({names}), not one image.")
    kind = inputs[0].type.tensor_type
    if kind.elem_type not in (*_FLOATS, *_INTEGERS):
        raise FormatError("The input of the network in the file is not an image.")
    builder = GraphBuilder("ONNX", name, inputs[0].name, _input_shape(kind.shape))
    builder.takes_bytes = kind.elem_type in _INTEGERS
    return builder


def _input_shape(shape: onnx.TensorShapeProto) -> Shape:
    """The shape with its batch; height and width that are left open are 28, channels 1."""
    sizes = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in shape.dim]
    if not 1 <= len(sizes) <= 4 or any(size < 0 for size in sizes):
        raise FormatError(f"The input of the network in the file has the shape {sizes}, which is not that of an image.")
    open_axes = {axis for axis, size in enumerate(sizes) if size == 0 and axis > 0}
    if len(sizes) == 4 and open_axes:
        channels = 3 if sizes[3] in (1, 3) and 3 not in open_axes else 1
        sizes = [size or (1 if axis in (0, channels) else _SIDE) for axis, size in enumerate(sizes)]
    if len(sizes) == 2 and sizes[1] == 0:
        sizes[1] = _SIDE * _SIDE
    return (max(1, sizes[0]), *(size or _SIDE for size in sizes[1:]))


def _read_node(node: Node, tensors: Tensors) -> None:
    outputs = list(node.proto.output)
    if not outputs or not outputs[0]:
        raise damaged(f"{node.place} ({one_line(node.kind, 40)}) puts out nothing")
    constant = constant_of(node, tensors)
    if constant is not None:
        node.graph.constants[outputs[0]] = constant
        return
    function = OPERATORS.get(node.kind)
    node.graph.read_node(
        node.place,
        one_line(node.kind, 80),
        None if function is None else lambda: function(node),
        [name for name in node.inputs if name],
        [name for name in outputs if name],
    )
