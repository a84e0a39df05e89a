"""TFLite files that these tests write, against LiteRT's own interpreter."""

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from mnist_bench.formats import tflite
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, Pad, Transpose, Unsupported
from mnist_bench.formats.tflite_writing import WrittenOperator, WrittenTensor, write
from mnist_bench.network.layers import ActivationQuantization, Conv2d, Linear

Array = npt.NDArray[Any]
SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
CONV = {"stride_w": 1, "stride_h": 1, "dilation_w": 1, "dilation_h": 1}
POOL = {"stride_w": 2, "stride_h": 2, "width": 2, "height": 2}


class Model:
    """A TFLite model that grows operator by operator; `last` is the tensor that the next one reads."""

    def __init__(
        self, shape: Sequence[int] = (1, 28, 28, 1), kind: npt.DTypeLike = np.float32, **quantized: Any
    ) -> None:
        self.random = np.random.default_rng(1)
        self.tensors = [WrittenTensor("image", shape, kind, **quantized)]
        self.operators: list[WrittenOperator] = []
        self.last = "image"

    def constant(self, values: npt.ArrayLike, kind: npt.DTypeLike = np.float32, **quantized: Any) -> str:
        array = np.array(values, kind)
        name = f"constant {len(self.tensors)}"
        self.tensors.append(WrittenTensor(name, array.shape, kind, array, **quantized))
        return name

    def weights(self, *shape: int) -> str:
        return self.constant(self.random.normal(0, 1 / np.sqrt(prod(shape[1:])), shape))

    def add(
        self,
        kind: str,
        shape: Sequence[int],
        *more: str,
        inputs: Sequence[str] = (),
        type_: npt.DTypeLike = np.float32,
        options: Mapping[str, Any] | None = None,
        **quantized: Any,
    ) -> str:
        name = f"{kind} {len(self.operators)}"
        self.tensors.append(WrittenTensor(name, shape, type_, **quantized))
        self.operators.append(WrittenOperator(kind, [*(inputs or [self.last]), *more], [name], options or {}))
        self.last = name
        return name

    def classes(self, features: int) -> None:
        """A linear layer to ten logits."""
        self.add(
            "FULLY_CONNECTED", (1, 10), self.weights(10, features), self.weights(10), options={"keep_num_dims": False}
        )

    def bytes(self, *outputs: str) -> bytes:
        return write(self.tensors, self.operators, ["image"], outputs or [self.last])

    def read(self, folder: Path, *outputs: str) -> ForeignGraph:
        (folder / "model.tflite").write_bytes(self.bytes(*outputs))
        return tflite.read(folder / "model.tflite")


def litert(data: bytes, images: Array) -> Array:
    """What LiteRT answers for each image."""
    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    [given], answer = interpreter.get_input_details(), interpreter.get_output_details()[0]
    rows = []
    for image in images:
        interpreter.set_tensor(given["index"], image.reshape(given["shape"]).astype(given["dtype"]))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(answer["index"])[0].copy())
    return np.array(rows)


def check(model: Model, folder: Path) -> ForeignGraph:
    """The graph of the model, which answers as LiteRT does."""
    graph = model.read(folder)
    images = np.random.default_rng(2).uniform(-1, 1, (3, *graph.input_shape)).astype(np.float32)
    expected = litert(model.bytes(), images)
    answers = evaluate(graph, images)
    np.testing.assert_allclose(answers.reshape(expected.shape), expected, atol=1e-4 * np.abs(expected).max())
    return graph


def unsupported(graph: ForeignGraph) -> list[Unsupported]:
    return [node.operator for node in graph.nodes if isinstance(node.operator, Unsupported)]


@pytest.mark.parametrize("fused", [NONE, RELU, RELU6])
@pytest.mark.parametrize(("stride", "kernel"), [(1, 3), (2, 3), (2, 2), (3, 5)])
def test_same_padding_of_a_convolution_is_tensorflows(fused: int, stride: int, kernel: int, tmp_path: Path) -> None:
    model = Model()
    side = -(-28 // stride)
    model.add(
        "CONV_2D",
        (1, side, side, 4),
        model.weights(4, kernel, kernel, 1),
        model.weights(4),
        options=CONV | {"padding": SAME, "stride_w": stride, "stride_h": stride, "fused": fused},
    )
    model.classes(side * side * 4)
    check(model, tmp_path)


def test_a_depthwise_convolution_has_a_group_for_each_channel(tmp_path: Path) -> None:
    model = Model((1, 28, 28, 3))
    model.add(
        "DEPTHWISE_CONV_2D",
        (1, 26, 26, 6),
        model.weights(1, 3, 3, 6),
        model.weights(6),
        options=CONV | {"padding": VALID, "multiplier": 2, "fused": RELU},
    )
    model.add("MAX_POOL_2D", (1, 13, 13, 6), options=POOL | {"padding": SAME})
    model.add("MEAN", (1, 6), model.constant([1, 2], np.int32), options={"keep_dims": False})
    model.classes(6)
    graph = check(model, tmp_path)
    [conv] = [node.operator for node in graph.nodes if isinstance(node.operator, Conv2d)]
    assert conv.groups == 3


def test_a_flatten_may_be_computed_from_the_shape(tmp_path: Path) -> None:
    model = Model()
    pooled = model.add("AVERAGE_POOL_2D", (1, 14, 14, 1), options=POOL | {"padding": VALID})
    model.add("SHAPE", (4,), type_=np.int32, options={"out_type": 2})
    ends = (model.constant([number], np.int32) for number in (0, 1, 1))
    model.add("STRIDED_SLICE", (), *ends, type_=np.int32, options={"shrink_axis_mask": 1})
    features = model.constant(196, np.int32)
    model.add("PACK", (2,), features, type_=np.int32, options={"values_count": 2, "axis": 0})
    model.add("RESHAPE", (1, 196), inputs=[pooled, model.last])
    model.classes(196)
    model.add("SOFTMAX", (1, 10), options={"beta": 1.0})
    check(model, tmp_path)


def test_values_may_be_added_joined_and_padded(tmp_path: Path) -> None:
    model = Model()
    first = model.add("PAD", (1, 30, 32, 1), model.constant([[0, 0], [1, 1], [1, 3], [0, 0]], np.int32))
    conv = model.add(
        "CONV_2D", (1, 30, 32, 1), model.weights(1, 3, 3, 1), model.weights(1), options=CONV | {"padding": SAME}
    )
    model.add("ADD", (1, 30, 32, 1), inputs=[first, conv], options={"fused": RELU})
    model.add("CONCATENATION", (1, 30, 32, 2), inputs=[model.last, first], options={"axis": 3})
    model.add("MAX_POOL_2D", (1, 15, 16, 2), options=POOL | {"padding": VALID})
    model.add("TRANSPOSE", (1, 2, 15, 16), model.constant([0, 3, 1, 2], np.int32))
    model.add("RESHAPE", (1, 480), model.constant([-1, 480], np.int32))
    model.classes(480)
    check(model, tmp_path)


def test_each_activation_and_constant(tmp_path: Path) -> None:
    model = Model((1, 28, 28))
    model.add("EXPAND_DIMS", (1, 28, 28, 1), model.constant(-1, np.int32))
    model.add("MUL", (1, 28, 28, 1), model.constant(0.7))
    model.add("SUB", (1, 28, 28, 1), inputs=[model.constant([0.25]), model.last])
    shape = (1, 28, 28, 2)
    model.add("CONV_2D", shape, model.weights(2, 1, 1, 1), model.weights(2), options=CONV | {"padding": VALID})
    model.add("PRELU", shape, model.constant([[[0.1, -0.3]]]))
    model.add("LEAKY_RELU", shape, options={"alpha": 0.2})
    model.add("ELU", shape)
    model.add("ADD", shape, model.constant([-0.2, 0.1]), options={"fused": NONE})
    model.add("TANH", shape)
    model.add("DIV", shape, model.constant([[[[0.5, 2.0]]]]))
    model.add("RELU6", shape)
    model.add("LOGISTIC", shape)
    model.add("REDUCE_MAX", (1, 1, 1, 2), model.constant([1, 2], np.int32), options={"keep_dims": True})
    model.add("SQUEEZE", (1, 2), options={"squeeze_dims": [1, 2]})
    model.add("RELU", (1, 2))
    model.classes(2)
    model.add("LOG_SOFTMAX", (1, 10))
    check(model, tmp_path)


def test_a_linear_layer_takes_an_image_as_it_lies(tmp_path: Path) -> None:
    model = Model()
    model.classes(784)
    check(model, tmp_path)


def test_quantized_weights_become_floats(tmp_path: Path) -> None:
    model = Model((1, 4))
    values = np.arange(-20, 20).reshape(10, 4)
    weight = model.constant(values, np.int8, scales=[0.5], zero_points=[0])
    model.add("FULLY_CONNECTED", (1, 10), weight, "")
    graph = model.read(tmp_path)
    [linear] = [node.operator for node in graph.nodes if isinstance(node.operator, Linear)]
    np.testing.assert_array_equal(linear.weight, values * 0.5)
    assert linear.quantized is None  # it computes in float32
    assert not graph.quantizations
    assert "dynamic quantization" in graph.notes[0]


def test_int16_between_the_layers_is_told(tmp_path: Path) -> None:
    model = Model((1, 4))
    weight = model.constant(np.arange(-20, 20).reshape(10, 4), np.int8, scales=[0.5], zero_points=[0])
    wide: dict[str, Any] = {"type_": np.int16, "scales": [0.001], "zero_points": [0]}
    model.add("QUANTIZE", (1, 4), **wide)
    model.add("FULLY_CONNECTED", (1, 10), weight, "", **wide)
    model.add("DEQUANTIZE", (1, 10))
    graph = model.read(tmp_path)
    assert graph.notes[0].startswith("Its weights are int8 and the values between its layers int16")


def test_halves_become_floats(tmp_path: Path) -> None:
    model = Model((1, 784))
    weight = model.constant(model.random.normal(0, 0.1, (10, 784)), np.float16)
    model.add("DEQUANTIZE", (10, 784), inputs=[weight])
    model.add("FULLY_CONNECTED", (1, 10), inputs=["image", model.last], options={})
    check(model, tmp_path)


def quantized_model() -> Model:
    """A convolution and a linear layer in int8, the weights with a scale for each channel."""
    model = Model((1, 28, 28, 1), np.int8, scales=[1 / 255], zero_points=[-128])
    weight_scales = [0.01, 0.02, 0.005]
    weight = model.constant(
        model.random.integers(-127, 128, (3, 5, 5, 1)), np.int8, scales=weight_scales, zero_points=[0, 0, 0]
    )
    biases = [scale / 255 for scale in weight_scales]
    bias = model.constant([500, -900, 100], np.int32, scales=biases, zero_points=[0, 0, 0])
    options = CONV | {"padding": VALID, "fused": RELU}
    model.add(
        "CONV_2D", (1, 24, 24, 3), weight, bias, type_=np.int8, options=options, scales=[0.02], zero_points=[-128]
    )
    options = POOL | {"padding": VALID}
    model.add("MAX_POOL_2D", (1, 12, 12, 3), type_=np.int8, options=options, scales=[0.02], zero_points=[-128])
    weight = model.constant(model.random.integers(-127, 128, (10, 432)), np.int8, scales=[0.001], zero_points=[0])
    bias = model.constant(range(10), np.int32, scales=[0.02 * 0.001], zero_points=[0])
    model.add("FULLY_CONNECTED", (1, 10), weight, bias, type_=np.int8, options={}, scales=[0.1], zero_points=[5])
    return model


def test_a_quantized_model_keeps_how_its_values_are_quantized(tmp_path: Path) -> None:
    model = quantized_model()
    graph = model.read(tmp_path)
    by_kind = {node.operator.kind: node.output for node in graph.nodes if not isinstance(node.operator, Transpose)}  # type: ignore[union-attr]
    assert graph.pixel_scale == pytest.approx(1 / 255)
    assert graph.quantizations[graph.input] == ActivationQuantization(1 / 255, 0)
    assert graph.quantizations[by_kind["conv2d"]] == ActivationQuantization(0.02, 0)
    assert graph.quantizations[by_kind["relu"]] == ActivationQuantization(0.02, 0)
    assert graph.quantizations[graph.output] == ActivationQuantization(0.1, 133)

    [conv] = [node.operator for node in graph.nodes if isinstance(node.operator, Conv2d)]
    assert conv.quantized is not None
    np.testing.assert_array_equal(conv.quantized.scales, np.array([0.01, 0.02, 0.005], np.float32))
    np.testing.assert_array_equal(conv.quantized.dequantized(), conv.weight)

    pixels = np.random.default_rng(3).integers(0, 256, (5, 28, 28, 1))
    answers = litert(model.bytes(), pixels - 128)
    expected = (answers.astype(np.float32) - 5) * 0.1
    difference = np.abs(evaluate(graph, (pixels / 255).astype(np.float32)) - expected)
    assert difference.max() <= 0.3  # three steps: each value on the way is rounded in the file, and not here


def test_the_lowest_byte_as_padding_stands_for_the_lowest_number(tmp_path: Path) -> None:
    quantized: dict[str, Any] = {"scales": [0.1], "zero_points": [-28]}
    model = Model((1, 28, 28, 1), np.int8, **quantized)
    sizes = model.constant([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32)
    model.add("PADV2", (1, 30, 30, 1), sizes, model.constant(-128, np.int8, **quantized), type_=np.int8, **quantized)
    assert model.read(tmp_path).nodes[0].operator == Pad(((1, 1), (1, 1), (0, 0)), float(np.finfo(np.float32).min))


@pytest.mark.parametrize(
    ("kind", "quantized", "scale"),
    [
        (np.uint8, {}, 1.0),
        (np.uint8, {"scales": [1.0], "zero_points": [0]}, 1.0),
        (np.uint8, {"scales": [0.003906], "zero_points": [0]}, 1 / 255),
        (np.int8, {"scales": [0.0127], "zero_points": [-95]}, None),
        (np.float32, {}, None),
    ],
)
def test_the_unit_of_pixels_is_told_by_the_input(
    kind: type, quantized: dict[str, Any], scale: float | None, tmp_path: Path
) -> None:
    model = Model((1, 28, 28, 1), kind, **quantized)
    if kind != np.float32:
        model.add("DEQUANTIZE" if quantized else "CAST", (1, 28, 28, 1))
    model.classes(784)
    assert model.read(tmp_path).pixel_scale == (None if scale is None else pytest.approx(scale))


def test_what_cannot_be_imported_is_named(tmp_path: Path) -> None:
    model = Model()
    model.add("AVERAGE_POOL_2D", (1, 10, 10, 1), options=POOL | {"padding": SAME, "stride_w": 3, "stride_h": 3})
    model.add("HARD_SWISH", (1, 10, 10, 1))
    model.classes(100)
    [pool, swish] = unsupported(model.read(tmp_path))
    assert (pool.what, pool.why) == ("AVERAGE_POOL_2D", "with padding that is left out of the mean")
    assert swish.what == "HARD_SWISH"


def test_what_no_answer_needs_is_left_out(tmp_path: Path) -> None:
    model = Model((1, 784))
    model.add("HARD_SWISH", (1, 784))
    aside = model.last
    model.last = "image"
    model.classes(784)
    graph = model.read(tmp_path, aside, model.last)
    assert not unsupported(graph)
    assert graph.notes == (f"The file has 2 outputs; {graph.output!r} is used.",)


def test_logits_are_taken_where_a_file_puts_out_the_class_alone(tmp_path: Path) -> None:
    model = Model((1, 784))
    model.classes(784)
    logits = model.last
    model.add("ARG_MAX", (1,), model.constant(1, np.int32), type_=np.int64)
    graph = model.read(tmp_path)
    assert graph.output.endswith(logits)
    assert len(graph.notes) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", b""),
        ("other", b"\0\0\0\x1cTFL2" + bytes(100)),
        ("only its identifier", b"\x1c\0\0\0TFL3"),
        ("far offset", b"\xff\xff\xff\xffTFL3" + bytes(100)),
        ("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    ],
)
def test_other_files_are_refused(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    with pytest.raises(FormatError):
        tflite.read(path)


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, cases: int) -> None:
    random = np.random.default_rng(4)
    whole = quantized_model().bytes()
    path = tmp_path / "model.tflite"
    refused = 0
    for _ in range(cases):
        data = bytearray(whole)
        for at in random.integers(0, 2500, random.integers(1, 9)):  # its tables lie in front, the weights behind
            data[at] = random.integers(256)
        path.write_bytes(data[: random.integers(len(data) // 2, len(data) + 1)] if random.random() < 0.2 else data)
        try:
            tflite.read(path)
        except FormatError as error:
            assert error.message.endswith(".")  # noqa: PT017 - the other files are still readable
            refused += 1
    assert refused > cases // 10
