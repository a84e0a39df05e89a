"""ONNX models that these tests write, against ONNX's own reference implementation."""

from collections.abc import Callable, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_bench.formats import onnx as reader
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import Affine, ForeignGraph, Identity, LogSoftmax, Unsupported
from mnist_bench.formats.lower import clean
from mnist_bench.formats.onnx_reference import reference_program
from mnist_bench.network.layers import ActivationQuantization, Conv2d, Elu, LeakyRelu, Prelu, Relu, Relu6, Softmax

Array = npt.NDArray[Any]


class Model:
    """An ONNX model that grows node by node; `last` is the value that the next node reads first."""

    def __init__(
        self, shape: Sequence[int | str] = ("N", 1, 28, 28), opset: int = 21, kind: int = TensorProto.FLOAT
    ) -> None:
        self.random = np.random.default_rng(1)
        self.input = helper.make_tensor_value_info("image", kind, shape)
        self.opset = opset
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = "image"

    def constant(self, values: npt.ArrayLike, kind: npt.DTypeLike = np.float32) -> str:
        name = f"constant {len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(values, kind), name))
        return name

    def weights(self, *shape: int) -> str:
        return self.constant(self.random.normal(0, 1 / np.sqrt(prod(shape[1:])), shape))

    def add(self, kind: str, *more: str, inputs: Sequence[str] = (), **attributes: Any) -> str:
        name = f"{kind} {len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [*(inputs or [self.last]), *more], [name], name=name, **attributes))
        self.last = name
        return name

    def classes(self, features: int) -> None:
        """A linear layer to ten logits."""
        self.add("Gemm", self.weights(10, features), self.weights(1, 10), transB=1)

    def proto(self, *outputs: str) -> onnx.ModelProto:
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs or [self.last]]
        graph = helper.make_graph(self.nodes, "graph", [self.input], ends, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)

    def read(self, folder: Path, *outputs: str) -> ForeignGraph:
        (folder / "model.onnx").write_bytes(self.proto(*outputs).SerializeToString())
        return reader.read(folder / "model.onnx")


def check(model: Model, folder: Path, shape: Sequence[int] | None = None, tolerance: float = 1e-4) -> ForeignGraph:
    """The graph of the model, which answers as the reference does, image by image; `shape` is what a model takes.

    `tolerance` is relative to the largest answer.
    """
    graph = model.read(folder)
    images = np.random.default_rng(2).uniform(-1, 1, (3, *graph.input_shape)).astype(np.float32)
    given = images[:, None] if shape is None else images.reshape(-1, *shape)
    program = reference_program(folder / "model.onnx", model.last)
    expected = np.array([program(image).reshape(-1) for image in given])
    found = evaluate(graph, images).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())
    return graph


def operators(graph: ForeignGraph) -> list[object]:
    return [node.operator for node in graph.nodes]


def unsupported(graph: ForeignGraph) -> list[Unsupported]:
    return [operator for operator in operators(graph) if isinstance(operator, Unsupported)]


@pytest.mark.parametrize("opset", [6, 9, 11, 13, 18, 23])
def test_a_convolutional_network_of_each_opset(opset: int, tmp_path: Path) -> None:
    model = Model(opset=opset)
    model.add("Conv", model.weights(4, 1, 3, 3), model.weights(4), pads=[1, 0, 2, 1], strides=[2, 1])
    norm = [model.constant(model.random.uniform(0.5, 2, 4)) for _ in range(4)]
    model.add("BatchNormalization", *norm, epsilon=1e-3)
    model.add("Relu")
    model.add("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])
    model.add("Conv", model.weights(4, 2, 2, 3), group=2)
    not_live: dict[str, Any] = {"is_test": 1} if opset < 7 else {}
    model.add("Dropout", **not_live)
    model.add("Flatten")
    model.classes(4 * 7 * 11)
    model.add("Softmax", axis=1)
    graph = check(model, tmp_path)
    assert graph.input_shape == (1, 28, 28)
    assert not graph.notes


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 1), (3, 2), (5, 3)])
def test_padding_may_be_left_to_a_rule(auto_pad: str, kernel: int, stride: int, tmp_path: Path) -> None:
    model = Model()
    model.add("Conv", model.weights(2, 1, kernel, kernel), strides=[stride, stride], auto_pad=auto_pad)
    model.add("MaxPool", kernel_shape=[kernel, kernel], strides=[stride, stride], auto_pad=auto_pad)
    model.add("ReduceMax", model.constant([2, 3], np.int64), keepdims=0)
    model.classes(2)
    check(model, tmp_path)


@pytest.mark.parametrize(("kernel", "stride", "pad"), [(2, 2, 0), (3, 2, 0), (3, 2, 1), (4, 3, 1), (2, 3, 0)])
def test_a_pooling_may_round_up(kernel: int, stride: int, pad: int, tmp_path: Path) -> None:
    model = Model((1, 1, 27, 28))
    model.add("MaxPool", ceil_mode=1, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=[pad] * 4)
    model.add("GlobalMaxPool")
    model.add("Squeeze", model.constant([2, 3], np.int64))
    model.classes(1)
    check(model, tmp_path)


def test_means_of_windows_and_of_the_image(tmp_path: Path) -> None:
    model = Model()
    model.add("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    model.add("Conv", model.weights(3, 1, 3, 3))
    model.add("ReduceMean", model.constant([-1, 2], np.int64), keepdims=1)
    model.add("GlobalAveragePool")
    model.add("Flatten")
    model.classes(3)
    check(model, tmp_path)


@pytest.mark.parametrize("opset", [10, 21])
def test_each_activation(opset: int, tmp_path: Path) -> None:
    model = Model((1, 1, 28, 28), opset)
    model.add("Conv", model.weights(2, 1, 1, 1), model.weights(2))
    model.add("Elu", alpha=0.7)
    model.add("LeakyRelu", alpha=0.3)
    model.add("PRelu", model.constant([[[0.2]], [[-0.4]]]))
    model.add("PRelu", model.constant([0.9]))
    model.add("Tanh")
    model.add("Sigmoid")
    if opset < 11:
        model.add("Clip", min=0.0, max=6.0)
    else:
        model.add("Clip", model.constant(0.0), model.constant(6.0))
        model.add("Clip", model.constant(0.0))
    model.add("GlobalAveragePool")
    model.add("Flatten")
    model.classes(2)
    model.add("LogSoftmax", axis=1)
    kinds = [type(operator) for operator in operators(check(model, tmp_path))]
    assert {Prelu, LeakyRelu, Relu6, LogSoftmax} <= set(kinds)


def test_each_activation_that_is_written_in_other_operators(tmp_path: Path) -> None:
    model = Model(("N", 1, 28, 28))
    model.add("Conv", model.weights(2, 1, 3, 3), model.weights(2))
    model.add("Selu")
    model.add("Celu", alpha=0.5)
    model.add("Selu", alpha=1.2, gamma=0.8)
    model.add("Neg")
    model.add("Mul", model.constant(9.0))
    model.add("Max", model.constant(0.0))
    model.add("Min", inputs=[model.constant([6.0]), model.last])
    model.add("Flatten")
    model.classes(1352)
    model.add("Softmax", axis=-1)
    model.add("Log")
    kinds = [type(operator) for operator in operators(check(model, tmp_path))]
    assert kinds[-1] is LogSoftmax
    assert {Elu, Relu, Relu6} <= set(kinds)
    assert Softmax not in kinds


@pytest.mark.parametrize(
    ("kind", "constant"), [("Max", 0.5), ("Min", 6.0), ("Min", 5.0), ("Max", None), ("Log", None), ("Celu", None)]
)
def test_what_only_resembles_such_an_activation_is_named(kind: str, constant: float | None, tmp_path: Path) -> None:
    model = Model()
    model.add("Conv", model.weights(2, 1, 3, 3))
    if kind == "Celu":
        model.add(kind, alpha=0.0)
    else:
        others = [] if constant is None else [model.constant(constant)]
        model.add(kind, *([model.last] if kind == "Max" and not others else others))
    model.add("Flatten")
    model.classes(1352)
    assert [one.what for one in unsupported(model.read(tmp_path))] == [kind]


def test_constants_may_stand_on_either_side(tmp_path: Path) -> None:
    model = Model((1, 3, 28, 28))
    model.add("Div", model.constant(np.ones((3, 1, 1)) * [[[2.0]], [[3.0]], [[4.0]]]))
    model.add("Sub", inputs=[model.constant(1.5), "Div 0"])
    model.add("Mul", inputs=[model.constant([[[[0.5]], [[1.0]], [[-1.0]]]]), model.last])
    model.add("Sub", model.constant([0.25]))
    left = model.add("Add", model.constant(0.75))
    right = model.add("Relu")
    model.add("Add", inputs=[left, right])
    model.add("Sum", left)
    model.add("Concat", inputs=[left, model.last], axis=1)
    model.add("Pad", model.constant([0, 0, 1, 2, 0, 0, 3, 0], np.int64), model.constant(0.5))
    model.add("Reshape", model.constant([0, -1], np.int64))
    model.classes(6 * 32 * 30)
    check(model, tmp_path)


def test_weights_may_be_put_together_in_the_graph(tmp_path: Path) -> None:
    """As exporters do: the flatten from the shape, a weight through Transpose, a bias as an Add."""
    model = Model((1, 1, 28, 28))
    model.add("Shape")
    model.add("Gather", model.constant(0, np.int64), axis=0)
    model.add("Unsqueeze", model.constant([0], np.int64))
    model.add("Concat", model.constant([-1], np.int64), axis=0)
    model.add("Reshape", inputs=["image", model.last])
    flat = model.last
    model.add("Reshape", inputs=[model.weights(10, 4, 196), model.constant([10, 784], np.int64)])
    model.add("Transpose", perm=[1, 0])
    model.add("MatMul", inputs=[flat, model.last])
    model.add("Add", model.weights(10))
    graph = check(model, tmp_path)
    assert isinstance(operators(graph)[-1], Affine)


@pytest.mark.parametrize("shape", [(1, 28, 28, 1), ("N", 28, 28, 1)])
def test_a_network_may_have_its_channels_last(shape: Sequence[int | str], tmp_path: Path) -> None:
    model = Model(shape)
    model.add("Transpose", perm=[0, 3, 1, 2])
    model.add("Conv", model.weights(4, 1, 5, 5))
    model.add("Transpose", perm=[0, 2, 3, 1])
    image = model.last
    model.add("Concat", image, axis=3)
    model.add("ReduceMean", model.constant([1, 2], np.int64), keepdims=0)
    model.classes(8)
    graph = check(model, tmp_path)
    assert graph.input_shape == (28, 28, 1)


@pytest.mark.parametrize("shape", [(1, 28, 28), (28, 28), (1, 784), (784,)])
def test_an_input_need_not_be_an_image_with_its_batch(shape: tuple[int, ...], tmp_path: Path) -> None:
    model = Model(shape)
    if shape[0] == 1 and len(shape) == 3:
        model.add("Unsqueeze", model.constant([0], np.int64))
    else:
        model.add("Reshape", model.constant([1, 1, 28, 28], np.int64))
    model.add("Conv", model.weights(2, 1, 5, 5))
    model.add("Squeeze", model.constant([0], np.int64))
    model.add("Reshape", model.constant([-1], np.int64))
    model.add("MatMul", model.weights(1152, 10))
    check(model, tmp_path, shape)


@pytest.mark.parametrize("kind", ["Tile", "Expand"])
def test_gray_may_be_repeated_in_three_channels(kind: str, tmp_path: Path) -> None:
    model = Model()
    model.add(kind, model.constant([1, 3, 1, 1], np.int64))
    model.add("Conv", model.weights(2, 3, 5, 5))
    model.add("GlobalMaxPool")
    model.add("Flatten")
    model.classes(2)
    check(model, tmp_path)


def test_a_constant_may_name_its_axis_in_an_old_opset(tmp_path: Path) -> None:
    model = Model(opset=6)
    model.add("Conv", model.weights(2, 1, 3, 3))
    model.add("Add", model.constant([0.5, -2.0]), axis=1, broadcast=1)
    model.add("Flatten")
    model.classes(1352)
    affine = operators(model.read(tmp_path))[1]
    assert isinstance(affine, Affine)
    np.testing.assert_array_equal(affine.offset, [[[0.5]], [[-2.0]]])


def test_a_batch_may_be_fixed(tmp_path: Path) -> None:
    model = Model((64, 1, 28, 28))
    model.add("Reshape", model.constant([64, 784], np.int64))
    model.classes(784)
    assert not unsupported(model.read(tmp_path))


def test_a_linear_layer_has_factors(tmp_path: Path) -> None:
    model = Model((1, 784))
    model.add("Gemm", model.weights(784, 10), model.constant([[0.5]]), alpha=0.25, beta=3.0)
    check(model, tmp_path)


def quantized_model() -> Model:
    """A convolution and a linear layer whose values and weights are quantized (QDQ)."""
    model = Model()
    scale, zero_point = model.constant(1 / 255), model.constant(0, np.uint8)
    model.add("QuantizeLinear", scale, zero_point)
    model.add("DequantizeLinear", scale, zero_point)
    image = model.last
    scales, zeros = model.constant([0.01, 0.02]), model.constant([0, 0], np.int8)
    weight = model.constant(model.random.integers(-127, 128, (2, 1, 5, 5)), np.int8)
    model.add("DequantizeLinear", inputs=[weight, scales, zeros], axis=0)
    model.add("Conv", inputs=[image, model.last])
    scale, zero_point = model.constant(0.05), model.constant(-3, np.int8)
    model.add("QuantizeLinear", scale, zero_point)
    model.add("DequantizeLinear", scale, zero_point)
    model.add("Flatten")
    model.classes(1152)
    return model


def test_a_quantized_model_keeps_how_its_values_are_quantized(tmp_path: Path) -> None:
    graph = quantized_model().read(tmp_path)
    [conv] = [node for node in graph.nodes if isinstance(node.operator, Conv2d)]
    assert isinstance(conv.operator, Conv2d)
    assert conv.operator.quantized is not None
    np.testing.assert_allclose(conv.operator.quantized.dequantized(), conv.operator.weight)
    assert graph.quantizations[conv.output] == ActivationQuantization(0.05, 125)
    assert graph.quantizations["image"] == ActivationQuantization(1 / 255, 0)
    assert graph.pixel_scale == pytest.approx(1 / 255)
    assert not unsupported(graph)


def test_integer_arithmetic_stands_for_floats(tmp_path: Path) -> None:
    """The form with a scale for each value (QOperator), and the one that finds it for each image."""
    model = Model((1, 1, 28, 28))
    image_scale, zero_point = model.constant(2 / 255), model.constant(128, np.uint8)
    model.add("QuantizeLinear", image_scale, zero_point)
    weight = model.constant(model.random.integers(-127, 128, (3, 1, 5, 5)), np.int8)
    scales, zeros = model.constant([0.002, 0.004, 0.001]), model.constant([0, 0, 0], np.int8)
    bias = model.constant([3000, -2000, 500], np.int32)
    scale, zero_point_of_result = model.constant(0.02), model.constant(100, np.uint8)
    model.add(
        "QLinearConv", image_scale, zero_point, weight, scales, zeros, scale, zero_point_of_result, bias, strides=[2, 2]
    )
    model.add("DequantizeLinear", scale, zero_point_of_result)
    model.add("Relu")
    model.add("Flatten")
    features = model.last
    names = ["quantized", "scale", "zero point"]
    model.nodes.append(helper.make_node("DynamicQuantizeLinear", [features], names))
    weight, weight_zero = (
        model.constant(model.random.integers(0, 256, (432, 10)), np.uint8),
        model.constant(120, np.uint8),
    )
    model.add("MatMulInteger", inputs=["quantized", weight, "zero point", weight_zero])
    model.add("Cast", to=TensorProto.FLOAT)
    product = model.last
    model.add("Mul", model.constant(0.01), inputs=["scale"])
    model.add("Mul", inputs=[product, model.last])
    graph = check(model, tmp_path, tolerance=0.02)
    [conv] = [node for node in graph.nodes if isinstance(node.operator, Conv2d)]
    assert graph.quantizations[conv.output] == ActivationQuantization(0.02, 100)
    assert conv.operator.quantized is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("make", "scale"),
    [
        (lambda model: model.add("Cast", to=TensorProto.FLOAT), 1.0),
        (lambda model: model.add("Div", model.constant(255.0)), 1.0),
        (lambda model: [model.add("Sub", model.constant(127.5)), model.add("Div", model.constant(127.5))], 1.0),
        (lambda model: [model.add("Sub", model.constant(0.1307)), model.add("Div", model.constant(0.3081))], 1 / 255),
        (lambda model: model.add("Mul", model.constant(50.0)), None),
        (lambda model: model.add("Relu"), None),
    ],
)
def test_the_unit_of_pixels_is_told_in_front(
    make: Callable[[Model], object], scale: float | None, tmp_path: Path
) -> None:
    model = Model()
    make(model)
    if model.nodes and model.nodes[0].op_type == "Cast":
        model.input = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 1, 28, 28])
    model.add("Flatten")
    model.classes(784)
    assert model.read(tmp_path).pixel_scale == (None if scale is None else pytest.approx(scale))


def test_a_batch_norm_in_front_tells_no_unit(tmp_path: Path) -> None:
    model = Model()
    model.add("BatchNormalization", *(model.constant([number]) for number in (1.0, 0.0, 0.13, 0.1)))
    model.add("Flatten")
    model.classes(784)
    assert model.read(tmp_path).pixel_scale is None


def test_live_dropout_is_told(tmp_path: Path) -> None:
    model = Model((1, 784))
    model.add("Dropout", model.constant(0.5), model.constant(True, np.bool_))
    model.classes(784)
    graph = model.read(tmp_path)
    assert operators(graph)[0] == Identity("dropout")
    assert "answers a little differently" in " ".join(graph.notes)


@pytest.mark.parametrize(
    ("kind", "attributes", "why"),
    [
        ("LSTM", {"hidden_size": 3}, ""),
        ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, "padding that is left out of the mean"),
        ("MaxPool", {"kernel_shape": [2, 2], "dilations": [2, 2]}, "dilation"),
        ("Softmax", {"axis": 2}, "axis"),
        ("Transpose", {"perm": [0, 1]}, None),
        ("ArgMin", {}, ""),
    ],
)
def test_what_cannot_be_imported_is_named(
    kind: str, attributes: dict[str, Any], why: str | None, tmp_path: Path
) -> None:
    model = Model()
    model.add(kind, **attributes)
    model.add("Flatten")
    model.classes(784)
    if why is None:
        with pytest.raises(FormatError, match=kind):
            model.read(tmp_path)
        return
    [operator] = unsupported(model.read(tmp_path))
    assert operator.what == kind
    assert why in operator.why


@pytest.mark.parametrize("first", [True, False])
def test_a_sum_with_what_cannot_be_imported_is_refused(first: bool, tmp_path: Path) -> None:
    model = Model()
    model.add("Flatten")
    model.classes(784)
    known, unknown = model.last, model.add("ArgMin")
    model.add("Add", inputs=[unknown, known] if first else [known, unknown])
    model.add("Relu")
    with pytest.raises(FormatError, match="does not run: ArgMin"):
        clean(model.read(tmp_path))


def test_operators_of_others_are_named_with_whose_they_are(tmp_path: Path) -> None:
    model = Model()
    model.nodes.append(helper.make_node("Conv", ["image"], ["out"], domain="com.example"))
    model.last = "out"
    [operator] = unsupported(model.read(tmp_path))
    assert operator.what == "com.example.Conv"


def test_logits_are_chosen_among_outputs(tmp_path: Path) -> None:
    model = Model((1, 784))
    features = model.add("Relu")
    model.classes(784)
    logits = model.last
    softmax = model.add("Softmax")
    graph = model.read(tmp_path, features, softmax, logits)
    assert graph.output == logits
    assert graph.notes == (f"The file has 3 outputs; {logits!r} is used.",)
    assert Softmax() not in operators(graph)


def external_model(folder: Path, location: str = "weights.bin") -> onnx.ModelProto:
    """A model whose weight lies in weights.bin."""
    model = Model((1, 784))
    model.add("Gemm", model.weights(784, 10))
    proto = model.proto()
    tensor = proto.graph.initializer[0]
    (folder / "weights.bin").write_bytes(b"skipped." + tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "8"), ("length", "31360")):
        tensor.external_data.add(key=key, value=value)
    return proto


def test_weights_may_lie_in_a_file_beside_it(tmp_path: Path) -> None:
    proto = external_model(tmp_path)
    (tmp_path / "model.onnx").write_bytes(proto.SerializeToString())
    graph = reader.read(tmp_path / "model.onnx")
    images = np.random.default_rng(2).uniform(0, 1, (2, 784)).astype(np.float32)
    expected = reference_program(tmp_path / "model.onnx", graph.output)(images)
    np.testing.assert_allclose(evaluate(graph, images), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "location", ["../weights.bin", "sub/weights.bin", "..", "", "C:weights.bin", "sub\\weights.bin"]
)
def test_weights_lie_in_no_other_folder(location: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        proto = external_model(folder, location)
    path = tmp_path / "sub" / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(FormatError, match="not a file beside it"):
        reader.read(path)


@pytest.mark.parametrize("change", ["absolute", "link", "missing", "short", "folder", "pointer", "wide", "negative"])
def test_weights_lie_in_a_whole_plain_file(change: str, tmp_path: Path) -> None:
    proto = external_model(tmp_path)
    weights = tmp_path / "weights.bin"
    entries = {entry.key: entry for entry in proto.graph.initializer[0].external_data}
    match change:
        case "absolute":
            entries["location"].value = str(weights)
        case "link":
            weights.rename(tmp_path / "other.bin")
            weights.symlink_to(tmp_path / "other.bin")
        case "missing":
            weights.unlink()
        case "short":
            weights.write_bytes(weights.read_bytes()[:-1])
        case "folder":
            weights.unlink()
            weights.mkdir()
        case "pointer":
            weights.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 31368\n")
        case "wide":
            entries["length"].value = "31364"
        case "negative":
            entries["offset"].value = "-8"
    (tmp_path / "model.onnx").write_bytes(proto.SerializeToString())
    with pytest.raises(FormatError):
        reader.read(tmp_path / "model.onnx")


def test_a_file_tells_that_it_is_onnx(tmp_path: Path) -> None:
    path = tmp_path / "model"
    data = Model().proto().SerializeToString()
    assert reader.recognises(data[:64], path)
    core_ml = b"\x08\x04\x12\x0a\x0a\x05image\x12\x01x\xa2\x1f\x04\x0a\x02\x08\x01"  # field 500 holds its network
    assert not reader.recognises(core_ml, path)
    assert not reader.recognises(b"PK\x03\x04" + bytes(60), path)
    assert not reader.recognises(b"", path)


@pytest.mark.parametrize("opset", [5, 99])
def test_other_opsets_are_refused(opset: int, tmp_path: Path) -> None:
    model = Model((1, 784), opset)
    model.classes(784)
    with pytest.raises(FormatError, match=f"opset {opset}"):
        model.read(tmp_path)


def test_constants_do_not_grow_without_bound(tmp_path: Path) -> None:
    model = Model((1, 784))
    model.add("Concat", inputs=[model.weights(1000, 10), model.weights(1000, 10)], axis=0)
    for _ in range(40):
        model.add("Concat", model.last, axis=0)
    model.classes(784)
    with pytest.raises(FormatError, match="too large"):
        model.read(tmp_path)
    model = Model((1, 784))
    model.add("ConstantOfShape", inputs=[model.constant([1 << 20, 1 << 20], np.int64)])
    with pytest.raises(FormatError, match="too large"):
        model.read(tmp_path)


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, cases: int) -> None:
    random = np.random.default_rng(4)
    whole = quantized_model().proto().SerializeToString()
    path = tmp_path / "model.onnx"
    refused = 0
    for _ in range(cases):
        data = bytearray(whole)
        for _ in range(random.integers(1, 9)):
            data[random.integers(1500) - 750] = random.integers(256)  # nodes in front, names and shapes behind
        path.write_bytes(data[: random.integers(len(data))] if random.random() < 0.2 else data)
        try:
            reader.read(path)
        except FormatError as error:
            assert error.message.endswith(".")  # noqa: PT017 - the other files are still readable
            refused += 1
    assert refused > cases // 10
