"""Foreign graphs lowered to networks that read 28 x 28 pixels / 255."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, ForeignNode, ForeignOperator, Pad, Reshape
from mnist_bench.formats.input import read_pixels, with_normalisation
from mnist_bench.formats.lower import clean, rewrite, to_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu,
    Shape,
    Softmax,
)
from mnist_bench.network.network import Network
from tests.foreign_graphs import TO_CHANNELS_FIRST, chain, channels_last, conv, kinds, linear

PIXELS = np.random.default_rng(1).integers(0, 256, (4, 1, 28, 28)).astype(np.float32) / np.float32(255)


def lowered(graph: ForeignGraph, scale: float = 1.0, offset: float = 0.0) -> tuple[ForeignGraph, Network]:
    """The graph rewritten, which computes the same, and its network."""
    cleaned = with_normalisation(clean(graph), scale, offset)
    rewritten = rewrite(cleaned)
    before, after = (evaluate(one, PIXELS, np.float64).reshape(4, 10) for one in (cleaned, rewritten))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-5 * np.abs(before).max())
    return rewritten, to_network(rewritten)[0]


def in_its_own_shape(shape: Shape) -> np.ndarray:
    """PIXELS as an input of this shape, made by hand."""
    side = 32 if 32 in shape or 1024 in shape else 28
    margin = (side - 28) // 2
    image = np.pad(PIXELS[:, 0], ((0, 0), (margin, margin), (margin, margin)))
    if 3 in shape:
        image = np.stack([image] * 3, axis=1 if shape[0] == 3 else 3)
    return image.reshape(4, *shape)


@pytest.mark.parametrize(
    "shape",
    [
        *((28, 28), (28, 28, 1), (1, 28, 28), (784,), (1, 784), (3, 28, 28), (28, 28, 3)),
        *((32, 32), (1, 32, 32), (32, 32, 1), (1024,), (3, 32, 32), (32, 32, 3)),
    ],
)
def test_every_shape_of_input_reads_the_same_pixels(shape: Shape) -> None:
    graph = chain(shape, Reshape((-1,)), linear(1, 10, math.prod(shape)))
    rewritten, network = lowered(graph, 2.0, -0.5)
    own = in_its_own_shape(shape) * 2 - 0.5
    np.testing.assert_allclose(evaluate(rewritten, PIXELS), evaluate(graph, own), rtol=0, atol=1e-3)
    assert [operator.kind for operator in network.operators] == ["flatten", "linear"]
    assert any("3 channels" in note for note in rewritten.notes) == (3 in shape)


def test_a_convolution_takes_the_padding_of_a_larger_input_and_its_normalisation() -> None:
    graph = chain((1, 32, 32), conv(1, 4, 1, (5, 5)), Relu(), Flatten(), linear(2, 10, 4 * 28 * 28))
    _, network = lowered(graph, 3.0, -0.4)
    first = network.operators[0]
    assert isinstance(first, Conv2d)
    assert first.sides == (2, 2, 2, 2)
    assert len(network.operators) == 4


def test_a_normalisation_stands_in_front_of_a_convolution_with_padding() -> None:
    layers = (conv(1, 4, 1, padding=(1, 1)), Relu(), Flatten(), linear(2, 10, 4 * 28 * 28))
    rewritten, network = lowered(chain((1, 28, 28), *layers), 3.0, -0.4)
    assert kinds(rewritten) == ["Conv2d", "Conv2d", "Relu", "Flatten", "Linear"]
    assert network.operators[0].multiply_adds((1, 28, 28)) == 784
    assert rewritten.notes[-1] == (
        "A 1 x 1 convolution (784 multiply-adds) stands for the input's normalisation, which cannot be folded exactly."
    )
    larger = (*layers[:-1], linear(2, 10, 4 * 32 * 32))
    rewritten, network = lowered(chain((1, 32, 32), *larger), 3.0, -0.4)
    first = network.operators[0]
    assert isinstance(first, Conv2d)
    assert first.sides == (2, 2, 2, 2)
    assert first.kernel == (1, 1)


def test_a_channels_last_graph_with_a_residual_becomes_a_network() -> None:
    def at(name: str, operator: Operator | ForeignOperator, *inputs: str) -> ForeignNode:
        return ForeignNode(name, operator, inputs, name)

    body = chain(
        (28, 28, 1), *channels_last(conv(1, 4, 1, padding=(1, 1), stride=(2, 2)), AvgPool2d()), TO_CHANNELS_FIRST
    )
    nodes = (
        *body.nodes,
        at("conv", conv(3, 4, 4, padding=(1, 1)), body.output),
        at("sum", Add(), body.output, "conv"),
        at("relu", Relu(), "sum"),
        at("flat", Flatten(), "relu"),
        at("linear", linear(4, 10, 196), "flat"),
        at("softmax", Softmax(), "linear"),
    )
    _, network = lowered(ForeignGraph("Keras", "resnet\n", body.input, (28, 28, 1), nodes, "softmax"))
    kinds = [operator.kind for operator in network.operators]
    assert kinds == ["conv2d", "avg_pool2d", "conv2d", "add", "relu", "flatten", "linear", "softmax"]
    assert network.inputs == ((0,), (1,), (2,), (2, 3), (4,), (5,), (6,), (7,))
    assert network.name == "resnet"


@pytest.mark.parametrize("shape", [(), (28,), (27, 28), (2, 28, 28), (3, 784), (28, 28, 28), (64, 64), (1, 0, 28)])
def test_other_inputs_are_refused(shape: Shape) -> None:
    with pytest.raises(FormatError, match="The network reads"):
        read_pixels(chain(shape, Relu()))


def test_other_numbers_of_classes_are_refused() -> None:
    with pytest.raises(FormatError, match="puts out 26 values"):
        clean(chain((784,), linear(1, 26, 784)))


def test_what_is_too_large_is_refused_before_anything_is_computed() -> None:
    wide = Conv2d(np.zeros((600, 1, 1, 1), np.float32), np.zeros(600, np.float32))
    layers = [wide] + [conv(2, 600, 600, padding=(1, 1))] * 5 + [conv(1, 10, 600, (28, 28)), Flatten()]
    with pytest.raises(FormatError, match="multiply-adds for one image, poolings and activations counted"):
        clean(chain((1, 28, 28), *layers))
    with pytest.raises(FormatError, match="pad0: it puts out 9,784,384 values; the limit is"):
        clean(chain((1, 28, 28), Pad(((0, 0), (3_000, 100), (3_000, 100))), Flatten(), linear(1, 10, 784)))
    with pytest.raises(FormatError, match="600 operators; the limit is"):
        clean(chain((784,), *[Relu()] * 599, linear(1, 10, 784)))
    deep = chain((784,), *[Relu()] * 200, linear(1, 10, 784))
    with pytest.raises(NetworkError, match="128 operators"):
        to_network(rewrite(clean(deep)))


def quantized_graph(output: ActivationQuantization) -> ForeignGraph:
    values = np.random.default_rng(3).integers(-127, 128, (10, 196)).astype(np.int8)
    weights = QuantizedWeights(values, np.full(10, 0.01, np.float32))
    operator = Linear(weights.dequantized(), np.zeros(10, np.float32), quantized=weights)
    graph = chain((28, 28, 1), *channels_last(MaxPool2d()), Reshape((196,)), operator, Softmax())
    quantizations = {
        "v0": ActivationQuantization(1 / 255, 0),
        "v2": output,
        "v5": ActivationQuantization(0.5, 100),
    }
    return ForeignGraph(
        graph.format, graph.name, "v0", graph.input_shape, graph.nodes, "v6", quantizations=quantizations
    )


def test_a_files_own_quantization_is_kept_where_qnnpack_computes_it() -> None:
    network, notes = to_network(rewrite(clean(quantized_graph(ActivationQuantization(1 / 255, 0)))))
    assert network.activations is not None
    assert network.activations[-1] == ActivationQuantization(0.5, 100)
    assert not notes


def test_otherwise_it_is_left_out_and_told() -> None:
    network, notes = to_network(rewrite(clean(quantized_graph(ActivationQuantization(1 / 128, 0)))))
    assert not network.is_quantized
    assert all(operator.quantized is None for operator in network.operators if isinstance(operator, Linear))
    assert "quantize it anew" in notes[0]
    assert "maxpool2d1" in notes[0]
    other_input = quantized_graph(ActivationQuantization(1 / 255, 0))
    quantizations = {**other_input.quantizations, "v0": ActivationQuantization(1 / 128, 0)}
    network, notes = to_network(rewrite(clean(replace(other_input, quantizations=quantizations))))
    assert not network.is_quantized
    assert "its input" in notes[0]
    shifted = with_normalisation(clean(quantized_graph(ActivationQuantization(1 / 255, 0))), 2.0, 0.0)
    network, notes = to_network(rewrite(shifted))
    assert not network.is_quantized
    assert notes
