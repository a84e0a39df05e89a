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

    What it puts out first is taken where the file has no value of this name. Only for files whose every operator was
    recognised: the reference implementation computes whatever a file says. It raises errors of
    its own, of any kind, for what it cannot run.

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

    evaluator = ReferenceEvaluator(model, new_ops=[BatchNormalization, Dropout])

    def run(values: Array) -> Array:
        with np.errstate(all="ignore"):
            answers = evaluator.run(None, {image.name: values.astype(kind)})
        return np.asarray(next(iter(answers)))

    return run
