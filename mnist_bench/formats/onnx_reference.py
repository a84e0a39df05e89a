"""Runs an ONNX file as it is, by ONNX's own reference implementation, to compare an import with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from mnist_bench.formats.building import Array
from mnist_bench.formats.onnx_file import Tensors, open_model
from mnist_bench.formats.onnx_quantized import ends_at_six


class BatchNormalization(OpRun):
    """With the stored mean and variance: of opsets before 14 the reference computes what training does."""

    def _run(self, x: Array, *stored: Array, epsilon: float = 1e-5, **_: Any) -> tuple[Array]:
        gain, bias, mean, variance = (array.reshape(-1, *[1] * (x.ndim - 2)) for array in stored)
        return (((x - mean) / np.sqrt(variance + epsilon) * gain + bias).astype(x.dtype),)


class Dropout(OpRun):
    """Without effect, in training mode too: an import leaves it out."""

    def _run(self, x: Array, *_: Array, **__: Any) -> tuple[Array, ...]:
        return (x, np.ones(x.shape, np.bool_))[: len(self.onnx_node.output)]


def reference_program(path: Path, output: str) -> Callable[[Array], Array]:
    """The file as a function: from an image as the file takes it, the batch in front, to its value named `output`.

    What it puts out first is taken where the file has no value of this name. Quantized activations are computed without
    the rounding, as the import reads them. Only for files whose every operator was recognised: the reference
    implementation computes whatever a file says. It raises errors of its own, of any kind, for what it cannot run.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged.
    """
    model = open_model(path)
    tensors = Tensors(path.parent)
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(tensors.array(tensor), tensor.name))
    constants = {tensor.name for tensor in model.graph.initializer}
    [image] = [one for one in model.graph.input if one.name not in constants]
    if any(output in node.output for node in model.graph.node):
        model.graph.output.insert(0, onnx.ValueInfoProto(name=output))
    kind = helper.tensor_dtype_to_np_dtype(image.type.tensor_type.elem_type)
    if any(node.op_type == "DequantizeLinear" and node.input[0] == image.name for node in model.graph.node):
        kind = np.dtype(np.float32)  # an import takes what the bytes stand for
    if not _computes_in_integers(model.graph):
        _skip_rounding(model.graph, constants, {image.name} if kind == np.float32 else set())

    evaluator = ReferenceEvaluator(model, new_ops=[BatchNormalization, Dropout])

    def run(values: Array) -> Array:
        with np.errstate(all="ignore"):
            answers = evaluator.run(None, {image.name: values.astype(kind)})
        return np.asarray(next(iter(answers)))

    return run


def computes_in_integers(path: Path) -> bool:
    """Whether an ONNX file has operators on whole numbers, whose answers differ by their rounding from an import's."""
    return _computes_in_integers(open_model(path).graph)


def _computes_in_integers(graph: onnx.GraphProto) -> bool:
    return any(node.op_type.startswith("QLinear") or node.op_type.endswith("Integer") for node in graph.node)


def _skip_rounding(graph: onnx.GraphProto, constants: set[str], floats: set[str]) -> None:
    """Make each QuantizeLinear of a computed value, and the DequantizeLinear behind it, put out what it reads.

    `floats` are values that the file may have as whole numbers, and that are real ones here.
    """
    known = constants | {node.output[0] for node in graph.node if node.op_type == "Constant"}
    for node in graph.node:
        begins = node.op_type == "QuantizeLinear" and node.input[0] not in known
        ends = node.op_type == "DequantizeLinear" and node.input[0] in floats
        if begins or (not floats.isdisjoint(node.input) and not ends):
            floats.update(node.output)
        if begins or ends:
            limits = _limits(graph, node) if begins else []
            node.CopyFrom(
                helper.make_node("Clip" if limits else "Identity", [node.input[0], *limits], node.output, node.name)
            )


def _limits(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[str]:
    """Constants for the limits that a QuantizeLinear stands for: 0, and 6 if its bytes end there (onnx_quantized)."""
    stored = {one.name: one for one in graph.initializer}
    scale, *zeros = (numpy_helper.to_array(stored[name]) for name in node.input[1:] if name in stored)
    if zeros and zeros[0].reshape(-1)[0] != np.iinfo(zeros[0].dtype).min:
        return []
    limits = {"limit 0": 0.0} | ({"limit 6": 6.0} if ends_at_six(float(scale.reshape(-1)[0])) else {})
    graph.initializer.extend(
        numpy_helper.from_array(np.array(limits[name], np.float32), name) for name in limits.keys() - stored
    )
    return list(limits)
