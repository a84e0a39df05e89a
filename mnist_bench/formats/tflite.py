"""Reads TFLite models: in float32, with int8 weights, and quantized throughout; weights become float32."""

from pathlib import Path

from mnist_bench.formats.building import GraphBuilder
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.quantized_values import DYNAMIC
from mnist_bench.formats.tflite_constants import constant_of
from mnist_bench.formats.tflite_file import INT8, INT16, FileGraph, open_graph, recognises
from mnist_bench.formats.tflite_node import Node, tensor_name
from mnist_bench.formats.tflite_operators import OPERATORS

__all__ = ["read", "recognises"]

_WIDE = (
    "Its weights are int8 and the values between its layers int16; both are read as the float32 numbers that they "
    "stand for."
)


def read(path: Path) -> ForeignGraph:
    """The graph of a TFLite file; `quantizations` are its own, in unsigned bytes.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged, or does not hold one graph from an image to an answer.
    """
    file = open_graph(path)
    builder = _builder(file, path.stem)
    for operator in file.operators:
        _read_node(Node(file, operator, builder))
    if not builder.quantizations and any(tensor.type == INT8 and tensor.data.size for tensor in file.tensors):
        builder.note(
            _WIDE if any(tensor.type == INT16 and not tensor.data.size for tensor in file.tensors) else DYNAMIC
        )
    return builder.finish([tensor_name(file, index) for index in file.outputs])


def _builder(file: FileGraph, name: str) -> GraphBuilder:
    if len(file.inputs) != 1:
        raise FormatError(f"The network in the file has {len(file.inputs)} inputs, not one image.")
    tensor = file.tensors[file.inputs[0]]
    if not 1 <= len(tensor.shape) <= 4 or 0 in tensor.shape:
        raise FormatError(
            f"The input of the network in the file has the shape {list(tensor.shape)}: not that of an image."
        )
    builder = GraphBuilder("TFLite", name, tensor_name(file, file.inputs[0]), tensor.shape)
    builder.quantized(builder.input, tensor.quantization)
    builder.takes_bytes = tensor.is_integer
    return builder


def _read_node(node: Node) -> None:
    names = [tensor_name(node.file, index) for index in node.operator.outputs]
    constant = constant_of(node)
    if constant is not None:
        node.graph.constants[names[0]] = constant
        return
    function = OPERATORS.get(node.kind)
    inputs = [
        node.name(index)
        for index in range(len(node.operator.inputs))
        if node.given(index) and not node.is_constant(index)
    ]
    node.graph.read_node(node.place, node.kind, None if function is None else lambda: function(node), inputs, names)
    node.graph.quantized(node.graph.value(names[0]), node.output.quantization)
