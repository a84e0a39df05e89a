"""PyTorch's modules compute what the reference does: float32 closely, QNNPACK bit for bit."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_bench.network.bundled import load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.network.operators import OPERATORS
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.runners.torch_executor import parameter_bytes
from mnist_bench.runners.torch_float import KINDS
from tests.graphs import every_operator
from tests.networks import ones, quantize, random_linear, random_network, tiny_network, zeros
from tests.runners import reference
from tests.runners.conftest import loaded_executor

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)
IMAGES[0] = 0
IMAGES[1] = 255
MODES = ("eager", "torchscript")


@pytest.mark.parametrize("seed", range(30))
def test_float_module_compute_the_network(seed: int) -> None:
    network = random_network(np.random.default_rng(seed))
    logits = loaded_executor(network, Precision.FP32).run(IMAGES)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, reference.float_logits(network, IMAGES), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("precision", "step"), [(Precision.FP16, 2.0**-10), (Precision.BF16, 2.0**-7)])
@pytest.mark.parametrize("mode", MODES)
def test_floats_of_two_bytes_compute_the_network_as_closely_as_they_can(
    precision: Precision, step: float, mode: str
) -> None:
    for seed in range(5):
        network = random_network(np.random.default_rng(seed))
        executor = loaded_executor(network, precision, mode)
        exact = loaded_executor(network, Precision.FP32)
        logits, expected = executor.run(IMAGES), exact.run(IMAGES)
        assert logits.dtype == np.float32
        assert 0 < np.abs(logits - expected).max() < 4 * step * np.abs(expected).max(), f"seed {seed}"
        for layer, twin in zip(executor.trace(IMAGES[2]), exact.trace(IMAGES[2]), strict=True):
            rounded = torch.tensor(layer.output).to(KINDS[precision]).float().numpy()
            np.testing.assert_array_equal(layer.output, rounded)
            np.testing.assert_allclose(layer.output, twin.output, rtol=0, atol=4 * step * np.abs(twin.output).max())


@pytest.mark.parametrize("precision", KINDS)
def test_every_operator_runs_in_every_kind_of_float(precision: Precision) -> None:
    operators, inputs = every_operator()
    assert {type(one) for one in operators} >= set(OPERATORS) - {Softmax}
    network = Network("every operator", operators, inputs=inputs)
    logits = loaded_executor(network, precision).run(IMAGES)
    expected = loaded_executor(network, Precision.FP32).run(IMAGES)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=3e-2 * np.abs(expected).max())
    parameters = parameter_bytes(network, precision)
    assert parameters == network.parameter_count * (4 if precision is Precision.FP32 else 2)


@pytest.mark.parametrize("seed", range(40))
def test_qnnpack_computes_conv_linear_relu_and_max_pool_bit_for_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, quantized=True, activations=[Relu], poolings=[MaxPool2d])
    logits = loaded_executor(network, Precision.INT8).run(IMAGES)
    np.testing.assert_array_equal(logits, reference.quantized_logits(network, IMAGES))


@pytest.mark.parametrize("seed", range(15))
def test_qnnpacks_tanh_and_sigmoid_are_tables(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, quantized=True, activations=[Tanh, Sigmoid], poolings=[MaxPool2d])
    logits = loaded_executor(network, Precision.INT8).run(IMAGES)
    np.testing.assert_array_equal(logits, reference.quantized_logits(network, IMAGES))


def test_qnnpacks_average_pooling_is_off_by_one_step_at_most() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        pool = AvgPool2d((2, 3), (2, 2), (1, 1))
        features = int(np.prod(pool.output_shape((1, 28, 28))))
        network = quantize(rng, (pool, Flatten(), random_linear(rng, 10, features)))
        executor = loaded_executor(network, Precision.INT8)
        pooled = executor.trace(IMAGES[2])[0].output * 255
        expected = reference.quantized_bytes(network, IMAGES[2:3])[0][0]
        assert np.abs(np.rint(pooled) - expected).max() <= 1
        assert np.mean(np.rint(pooled) != expected) < 0.1


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("seed", range(4))
def test_both_modes_and_every_start_give_the_same_bytes(seed: int, precision: Precision) -> None:
    network = random_network(np.random.default_rng(100 + seed), quantized=True)
    outputs = [
        loaded_executor(network, precision, mode).run(IMAGES).tobytes() for mode in ("eager", "eager", "torchscript")
    ]
    assert len(set(outputs)) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["digits-cnn", "digits-mlp"])
def test_a_bundled_networks_int8_logits_are_the_references(name: str, mode: str) -> None:
    network = load_network(name)
    logits = loaded_executor(network, Precision.INT8, mode).run(IMAGES)
    np.testing.assert_array_equal(logits, reference.quantized_logits(network, IMAGES))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_one_image_and_many_give_the_same(precision: Precision) -> None:
    executor = loaded_executor(load_network("digits-cnn"), precision)
    together = executor.run(IMAGES)
    alone = np.concatenate([executor.run(image[np.newaxis]) for image in IMAGES])
    np.testing.assert_allclose(together, alone, rtol=0, atol=0 if precision is Precision.INT8 else 1e-3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_softmax_at_the_end_is_not_run(precision: Precision, mode: str) -> None:
    network = tiny_network()
    assert network.activations is not None
    softmax = Network("s", (*network.operators, Softmax()), (*network.activations, network.activations[-1]))
    with_it, without = (loaded_executor(each, precision, mode).run(IMAGES) for each in (softmax, network))
    np.testing.assert_array_equal(with_it, without)
    assert with_it[1, 9] == pytest.approx(9)  # a white image: the largest pixel times the digit


@pytest.mark.parametrize("mode", MODES)
def test_a_trace_shows_each_layers_output(mode: str) -> None:
    network = random_network(np.random.default_rng(5), quantized=True)
    layers = loaded_executor(network, Precision.FP32, mode).trace(IMAGES[2])
    assert [layer.name for layer in layers] == [layer.kind for layer in network.logit_operators]
    assert [(layer.first, layer.last) for layer in layers] == [(index, index) for index in range(len(layers))]
    assert [layer.output.shape for layer in layers] == list(network.output_shapes[: len(layers)])
    assert all(layer.compute_ns > 0 and layer.output.dtype == np.float32 for layer in layers)
    np.testing.assert_allclose(layers[-1].output, reference.float_logits(network, IMAGES[2:3])[0], rtol=1e-4, atol=1e-4)


def test_a_quantized_trace_shows_a_relu_with_the_layer_that_it_is_fused_with() -> None:
    network = load_network("digits-cnn")
    assert network.activations is not None
    layers = loaded_executor(network, Precision.INT8).trace(IMAGES[2])
    expected = reference.quantized_bytes(network, IMAGES[2:3])
    assert layers[0].name == "conv2d + relu"
    assert [layer.first for layer in layers] == [0, *(layer.last + 1 for layer in layers[:-1])]
    assert layers[-1].last == len(network.logit_operators) - 1
    for layer in layers:
        output = reference.dequantized(expected[layer.last][0], network.activations[layer.last])
        np.testing.assert_array_equal(layer.output, output)


@pytest.mark.parametrize(("precision", "weight_bytes"), [(Precision.FP32, 4 * 7840), (Precision.INT8, 7840 + 40)])
def test_a_loaded_network_tells_what_its_parameters_occupy(precision: Precision, weight_bytes: int) -> None:
    rng = np.random.default_rng(0)
    network = quantize(rng, (Flatten(), random_linear(rng, 10, 784)))
    executor = loaded_executor(network, precision)
    assert executor.load(network, precision) == weight_bytes + 40
    assert executor.is_loaded
    executor.unload()
    assert not executor.is_loaded


def test_a_network_of_the_other_precision_is_refused() -> None:
    executor = loaded_executor(tiny_network(), Precision.FP32)
    with pytest.raises(Refused, match="fp32") as caught:
        executor.load(tiny_network(), Precision.INT8)
    assert caught.value.code == ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("pool", [MaxPool2d((1, 1), (2, 2)), AvgPool2d((1, 1), (1, 1))])
def test_what_qnnpack_cannot_execute_is_refused_when_it_is_loaded(pool: Operator) -> None:
    features = int(np.prod(pool.output_shape((1, 28, 28))))
    rng = np.random.default_rng(0)
    network = quantize(rng, (pool, Flatten(), random_linear(rng, 10, features)))
    executor = loaded_executor(tiny_network(), Precision.INT8)
    with pytest.raises(Refused, match="cannot execute this network") as caught:
        executor.load(network, Precision.INT8)
    assert caught.value.code == ErrorCode.UNSUPPORTED
    assert not executor.is_loaded
    assert loaded_executor(network, Precision.FP32).is_loaded


def test_qnnpack_multiplies_by_reciprocals() -> None:
    """Biases that lie between two integers, where a quotient and a product with the reciprocal round apart."""
    rng = np.random.default_rng(0)
    weights = QuantizedWeights(np.zeros((10, 784), np.int8), np.full(10, 0.0123, np.float32))
    scale = np.float32(INPUT_QUANTIZATION.scale) * weights.scales[0]
    middles = (rng.integers(0, 250, 100_000).astype(np.float32) + np.float32(0.5)) * scale
    apart = np.rint(middles / scale) != np.rint(middles * (np.float32(1) / scale))
    bias = middles[apart][:10]
    layers = (Flatten(), Linear(weights.dequantized(), bias, quantized=weights))
    network = Network("ties", layers, (INPUT_QUANTIZATION, ActivationQuantization(float(scale), 0)))
    logits = loaded_executor(network, Precision.INT8).run(IMAGES)
    np.testing.assert_array_equal(logits, reference.quantized_logits(network, IMAGES))


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_bias_that_a_network_may_have_does_not_wrap_around(sign: int) -> None:
    values = np.full((10, 784), sign * 127, np.int8)
    weights = QuantizedWeights(values, np.full(10, 1e-4, np.float32))
    largest = (2**31 - 1 - 255 * 127 * 784) * 1e-4 / 255
    bias = np.full(10, sign * largest * 0.9999, np.float32)
    middle = ActivationQuantization(8.0, 128)
    layers = (Flatten(), Linear(weights.dequantized(), bias, quantized=weights))
    network = Network("large", layers, (INPUT_QUANTIZATION, middle))
    np.testing.assert_array_equal(
        loaded_executor(network, Precision.INT8).run(IMAGES), reference.quantized_logits(network, IMAGES)
    )
    too_large = replace(layers[1], bias=bias * 2)
    with pytest.raises(NetworkError, match="too large for int8"):
        replace(network, operators=(Flatten(), too_large))


def test_a_convolution_of_groups_keeps_them_apart() -> None:
    first = Conv2d(ones(4, 1, 1, 1), zeros(4))
    grouped = Conv2d(np.arange(8, dtype=np.float32).reshape(4, 2, 1, 1), zeros(4), groups=2)
    network = Network(
        "groups", (first, grouped, MaxPool2d((28, 28), (28, 28)), Flatten(), Linear(ones(10, 4), zeros(10)))
    )
    white = np.full((1, 28, 28), 255, np.uint8)
    maxima = loaded_executor(network, Precision.FP32).trace(white[0])[3].output
    np.testing.assert_allclose(maxima, [1, 5, 9, 13])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_large_network_takes_its_images_in_pieces(precision: Precision, monkeypatch: pytest.MonkeyPatch) -> None:
    """400 images of the largest that is allowed would need gigabytes."""
    network = random_network(np.random.default_rng(3), quantized=True)
    images = np.random.default_rng(4).integers(0, 256, (7, 28, 28), np.uint8)
    together = loaded_executor(network, precision).run(images)
    largest = max(map(math.prod, network.output_shapes))
    monkeypatch.setattr("mnist_bench.runners.torch_executor._MOST_VALUES", 3 * largest)
    executor = loaded_executor(network, precision)
    batches: list[int] = []
    module = executor._module
    assert module is not None

    def counted(values: torch.Tensor) -> torch.Tensor:
        batches.append(len(values))
        return module(values)

    executor._module = counted
    np.testing.assert_allclose(executor.run(images), together, rtol=1e-5, atol=1e-5)
    assert batches == [3, 3, 1]
