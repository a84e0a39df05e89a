"""Files that tests run as they are. Their weights are the mean digits, so that they read most digits."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.tflite_writing import WrittenOperator, WrittenTensor, write

Array = npt.NDArray[np.float32]


def centroids(side: int = 28) -> tuple[Array, Array]:
    """Weights (10, side, side) and biases of a linear network of pixel / 255 that tells which mean digit is nearest."""
    digits = labelled_digits()
    border = (side - 28) // 2
    pixels = np.pad(digits.images, ((0, 0), (border, border), (border, border))).astype(np.float32) / 255
    means = np.stack([pixels[digits.labels == label].mean(axis=0) for label in range(10)])
    return means, -np.square(means).sum(axis=(1, 2)) / 2


def onnx_file(
    path: Path, shape: Sequence[int], nodes: Sequence[onnx.NodeProto], constants: Mapping[str, Array]
) -> Path:
    """An ONNX file from `image` to `out`."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


def colourful_file(path: Path) -> Path:
    """32 x 32 pixels from -1 to 1, three channels, which come last; probabilities."""
    means, biases = centroids(32)
    weights = np.repeat(means[:, None] / 6, 3, axis=1)
    nodes = [
        helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "weights", "biases"], ["all"]),
        helper.make_node("Flatten", ["all"], ["row"]),
        helper.make_node("Softmax", ["row"], ["out"]),
    ]
    constants = {"weights": weights, "biases": biases + means.sum(axis=(1, 2)) / 2}
    return onnx_file(path, (1, 32, 32, 3), nodes, constants)


def linear_file(path: Path) -> Path:
    """A network of one linear operator, whose weights and biases are constants of those names."""
    means, biases = centroids()
    nodes = [
        helper.make_node("Flatten", ["image"], ["row"]),
        helper.make_node("Gemm", ["row", "weights", "biases"], ["out"], transB=1),
    ]
    return onnx_file(path, (1, 1, 28, 28), nodes, {"weights": means.reshape(10, 784), "biases": biases})


def squashing_file(path: Path, operator: str = "Softsign", classes: int = 10) -> Path:
    """A network that cannot be imported: it ends in an operator that this program does not run."""
    means, biases = (values[:classes] for values in centroids())
    nodes = [
        helper.make_node("Flatten", ["image"], ["row"]),
        helper.make_node("Gemm", ["row", "weights", "biases"], ["logits"], transB=1),
        helper.make_node(operator, ["logits"], ["out"]),
    ]
    return onnx_file(path, (1, 1, 28, 28), nodes, {"weights": means.reshape(classes, 784), "biases": biases})


def recurrent_file(path: Path) -> Path:
    """An LSTM over the rows of the image."""
    rng = np.random.default_rng(1)
    constants = {
        "w": rng.normal(0, 0.2, (1, 32, 28)).astype(np.float32),
        "r": rng.normal(0, 0.2, (1, 32, 8)).astype(np.float32),
        "b": rng.normal(0, 0.2, (1, 64)).astype(np.float32),
        "weights": rng.normal(0, 0.2, (10, 224)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Constant", [], ["rows"], value_ints=[28, 1, 28]),
        helper.make_node("Reshape", ["image", "rows"], ["sequence"]),
        helper.make_node("LSTM", ["sequence", "w", "r", "b"], ["states", "last", ""], hidden_size=8),
        helper.make_node("Constant", [], ["row"], value_ints=[1, 224]),
        helper.make_node("Reshape", ["states", "row"], ["features"]),
        helper.make_node("Gemm", ["features", "weights"], ["out"], transB=1),
    ]
    return onnx_file(path, (1, 1, 28, 28), nodes, constants)


def attending_file(path: Path) -> Path:
    """Attention of the rows of the image to each other."""
    rng = np.random.default_rng(2)
    constants = {name: rng.normal(0, 0.3, (28, 8)).astype(np.float32) for name in ("q", "k", "v")}
    constants["weights"] = rng.normal(0, 0.3, (224, 10)).astype(np.float32)
    nodes = [
        helper.make_node("Constant", [], ["rows"], value_ints=[1, 28, 28]),
        helper.make_node("Reshape", ["image", "rows"], ["sequence"]),
        *(helper.make_node("MatMul", ["sequence", name], [name * 2]) for name in ("q", "k", "v")),
        helper.make_node("Transpose", ["kk"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["qq", "turned"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["shares"], axis=-1),
        helper.make_node("MatMul", ["shares", "vv"], ["mixed"]),
        helper.make_node("Constant", [], ["row"], value_ints=[1, 224]),
        helper.make_node("Reshape", ["mixed", "row"], ["features"]),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["out"]),
    ]
    return onnx_file(path, (1, 1, 28, 28), nodes, constants)


def stateful_file(path: Path, feedback: float) -> Path:
    """A TFLite file whose logits are those of the mean digits, and `feedback` times its last logits."""
    means, biases = centroids()
    tensors = [
        WrittenTensor("image", (1, 784)),
        WrittenTensor("weights", (10, 784), values=means.reshape(10, 784)),
        WrittenTensor("feedback", (10, 10), values=feedback * np.eye(10, dtype=np.float32)),
        WrittenTensor("biases", (10,), values=biases),
        WrittenTensor("state", (1, 10), is_variable=True),
        WrittenTensor("out", (1, 10)),
    ]
    operator = WrittenOperator("RNN", ["image", "weights", "feedback", "biases", "state"], ["out"], {"fused": 0})
    path.write_bytes(write(tensors, [operator], ["image"], ["out"]))
    return path
