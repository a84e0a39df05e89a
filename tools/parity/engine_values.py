"""What every operator of a network puts out inside ONNX Runtime and LiteRT, in int8.

Their runners show no layers, so the exported file gets more outputs and is run by the engine's own Python package,
which the development environment has.
"""

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from ai_edge_litert.interpreter import Interpreter
from flatbuffers.table import Table
from onnx import TensorProto, helper

from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.network.layers import Flatten
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import Pixels

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the library is loaded
import onnxruntime

Bytes = npt.NDArray[np.uint8]
Values = Mapping[int, Bytes]
"""By their number in the network, uint8 (N, ...), the axes in the network's order."""

_ONLY_ERRORS = 3  # are told by ONNX Runtime


def values_in_onnxruntime(network: Network, images: Pixels) -> Values:
    """For uint8 images (N, 28, 28); without those of a ReLU that the file leaves out."""
    model = onnx.load_from_string(export_onnx(network, Precision.INT8))
    names = [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.UINT8, None) for name in names)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = _ONLY_ERRORS
    settings.add_session_config_entry("session.x64quantprecision", "1")  # as the library runner does
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, ["CPUExecutionProvider"])
    rows = [session.run(names, {"pixels": image[np.newaxis, np.newaxis]}) for image in images]
    # "3 bytes" is what operator 3 puts out, which is value 4.
    return dict(zip([int(name.split()[0]) + 1 for name in names], _joined(rows), strict=True))


def values_in_litert(network: Network, images: Pixels) -> Values:
    """For uint8 images (N, 28, 28); without what a flatten puts out, whose order in the file may be another."""
    data = export_tflite(network, Precision.INT8)
    shown = {
        f"{index + 1 + network.has_fused_relu(index)}: {operator.kind}": index + 1 + network.has_fused_relu(index)
        for index, operator in enumerate(network.logit_operators)
        if not isinstance(operator, Flatten)
    }
    details = Interpreter(model_content=data).get_tensor_details()
    places = {one["index"]: shown[one["name"]] for one in details if one["name"] in shown}
    interpreter = Interpreter(model_content=_with_outputs(data, tuple(places)), num_threads=1)
    interpreter.allocate_tensors()
    [given] = interpreter.get_input_details()
    rows = []
    for image in images:
        interpreter.set_tensor(given["index"], (image ^ 128).view(np.int8)[np.newaxis, ..., np.newaxis])
        interpreter.invoke()
        rows.append([interpreter.get_tensor(place) for place in places])
    values = [value.view(np.uint8) ^ np.uint8(128) for value in _joined(rows)]
    turned = [value.transpose(0, 3, 1, 2) if value.ndim == 4 else value for value in values]
    return dict(zip(places.values(), turned, strict=True))


def _joined(rows: Sequence[Sequence[npt.NDArray[np.generic]]]) -> list[Bytes]:
    """Of each output the values for all images."""
    return [np.concatenate(parts) for parts in zip(*rows, strict=True)]


def _with_outputs(data: bytes, tensors: Sequence[int]) -> bytes:
    """The TFLite file with these tensors as its outputs: their list is appended, and the graph's field points there."""
    changed = bytearray(data) + bytes(-len(data) % 4)
    model = Table(changed, int.from_bytes(changed[:4], "little"))
    graph = Table(changed, model.Indirect(model.Vector(model.Offset(8))))  # 8 is the place of field 2, in both
    place = graph.Pos + graph.Offset(8)
    changed[place : place + 4] = (len(changed) - place).to_bytes(4, "little")
    return bytes(changed) + np.array([len(tensors), *tensors], "<u4").tobytes()


VALUES: dict[str, Callable[[Network, Pixels], Values]] = {
    "onnxruntime": values_in_onnxruntime,
    "litert": values_in_litert,
}
"""By the engine's name."""
