"""Networks as TFLite files, run by LiteRT's own interpreter and read back."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from mnist_bench.formats import tflite
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import Network, Precision
from tests.networks import normal, ones, quantize, random_network, zeros
from tests.runners.reference import float_logits, quantized_bytes

Array = npt.NDArray[Any]


def litert(data: bytes, images: Array) -> Array:
    """The logits of images (N, 28, 28) as LiteRT has them: float32, or in int8 the bytes that they stand for."""
    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    [given], [answer] = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images[..., np.newaxis]:
        pixels = (image / 255).astype(np.float32) if given["dtype"] == np.float32 else (image - 128.0).astype(np.int8)
        interpreter.set_tensor(given["index"], pixels[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(answer["index"])[0].astype(np.float32))
    return np.array(rows)


def every_operator() -> tuple[tuple[Operator, ...], tuple[tuple[int, ...], ...]]:
    """A graph with each operator once at least, residual and joined, on images and on features."""
    rng = np.random.default_rng(5)

    def conv(out: int, per_group: int, kernel: int, **fields: Any) -> Conv2d:
        deviation = (per_group * kernel * kernel) ** -0.5
        return Conv2d(normal(rng, deviation, out, per_group, kernel, kernel), normal(rng, 0.3, out), **fields)

    def linear(out: int, features: int) -> Linear:
        return Linear(normal(rng, features**-0.5, out, features), normal(rng, 0.3, out))

    chain: list[tuple[Operator, tuple[int, ...]]] = [
        (conv(4, 1, 3, padding=(1, 1, 1, 1)), (0,)),
        (Relu(), (1,)),
        (conv(4, 1, 3, padding=(0, 2, 2, 0), groups=4), (2,)),
        (Add(), (2, 3)),
        (Relu(), (4,)),
        (MaxPool2d((3, 3), (2, 2), (1, 0, 1, 1)), (5,)),
        (conv(6, 2, 2, stride=(2, 2), groups=2), (6,)),
        (Elu(), (7,)),
        (AvgPool2d((2, 2), (1, 2), (1, 0, 0, 1)), (8,)),
        (LeakyRelu(0.2), (9,)),
        (Prelu(np.array([0.1, -0.2, 0.3, 0.4, 0.0, 0.25])), (9,)),
        (Concat(), (10, 11)),
        (Relu6(), (12,)),
        (Flatten(), (13,)),
        (linear(9, 12 * 7 * 4), (14,)),
        (Tanh(), (15,)),
        (linear(9, 12 * 7 * 4), (14,)),
        (Sigmoid(), (17,)),
        (Concat(), (16, 18)),
        (linear(10, 18), (19,)),
        (Softmax(), (20,)),
    ]
    return tuple(operator for operator, _ in chain), tuple(read for _, read in chain)


def pixels(count: int) -> Array:
    return np.random.default_rng(6).integers(0, 256, (count, 28, 28))


def random_networks(*, quantized: bool) -> list[Network]:
    rng = np.random.default_rng(7)
    return [random_network(rng, quantized=quantized) for _ in range(20)]


def test_every_operator_computes_in_float_what_the_network_does() -> None:
    operators, inputs = every_operator()
    network = Network("every operator", operators, None, inputs)
    images = pixels(20)
    expected = float_logits(network, images)
    answers = litert(export_tflite(network, Precision.FP32), images)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_random_networks_compute_in_float_what_they_do_here() -> None:
    images = pixels(3)
    for network in random_networks(quantized=False):
        expected = float_logits(network, images)
        answers = litert(export_tflite(network, Precision.FP32), images)
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_in_int8_all_are_within_a_step_or_two() -> None:
    """Each operator rounds by itself, in LiteRT and in QNNPACK in another way, and a step grows on its way."""
    operators, inputs = every_operator()
    network = quantize(np.random.default_rng(8), operators, inputs=inputs)
    assert network.activations is not None
    images = pixels(50)
    with np.errstate(over="ignore"):  # the sigmoid of what is far below zero
        expected = quantized_bytes(network, images.astype(np.uint8))[-1] - 128
    answers = litert(export_tflite(network, Precision.INT8), images)
    steps = np.abs(answers - expected)
    assert steps.max() <= 2
    assert (steps <= 1).mean() >= 0.99


def test_what_is_written_reads_back_as_the_same_network(tmp_path: Path) -> None:
    operators, inputs = every_operator()
    network = quantize(np.random.default_rng(8), operators, inputs=inputs)
    path = tmp_path / "network.tflite"
    images = pixels(5)
    for precision in Precision:
        path.write_bytes(export_tflite(network, precision))
        graph = tflite.read(path)
        expected = float_logits(network, images)
        answers = evaluate(graph, (images[..., np.newaxis] / 255).astype(np.float32))
        np.testing.assert_allclose(answers, expected, rtol=0, atol=0.02 * np.abs(expected).max())
    assert graph.pixel_scale == pytest.approx(1 / 255)
    assert graph.quantizations[graph.output] == (network.activations or ())[-2]


def test_int8_wants_a_quantized_network() -> None:
    network = random_networks(quantized=False)[0]
    with pytest.raises(FormatError, match="no int8"):
        export_tflite(network, Precision.INT8)


def test_an_elu_of_another_alpha_is_named() -> None:
    network = Network("elu", (Elu(0.5), Flatten(), Linear(ones(10, 784), zeros(10))))
    with pytest.raises(FormatError, match="alpha"):
        export_tflite(network, Precision.FP32)
