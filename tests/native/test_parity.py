"""What the native runner computes, against the same written down in NumPy: bytes equal, floats close."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.layers import (
    ActivationQuantization,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu,
)
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tracing import LayerTrace
from tests.graphs import random_activation, random_graph
from tests.native.conftest import NativeRunner, Start, kernel_names
from tests.networks import (
    normal,
    quantize,
    random_conv,
    random_linear,
    random_network,
    random_pool,
    with_integers,
    with_spread_int8,
)
from tests.runners.reference import dequantized, float_logits, quantized_bytes, quantized_logits

NETWORKS = 40
TOLERANCE = 1e-4  # of the largest logit


@pytest.fixture(scope="module")
def runners(native_runner: Path) -> Iterator[list[NativeRunner]]:
    """One for each set of kernels that this processor can run."""
    runners = [NativeRunner(native_runner, "--kernels", name) for name in kernel_names(native_runner)]
    yield runners
    for runner in runners:
        runner.end_of_input()
        with runner.process:
            pass


def images(rng: np.random.Generator, count: int = 3) -> Pixels:
    return rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)


def assert_same(runners: list[NativeRunner], network: Network, pixels: Pixels) -> None:
    """In int8 each layer's bytes, so that a difference is found where it arises; in fp32 the logits."""
    if network.activations is None:
        assert_close(runners, network, pixels)
        return
    outputs = quantized_bytes(network, pixels[:1])
    logits = quantized_logits(network, pixels)
    for runner in runners:
        runner.load(network, Precision.INT8)
        for entry in runner.trace(pixels[0]).layers:
            expected = dequantized(outputs[entry.last][0], network.activations[entry.last])
            np.testing.assert_array_equal(entry.output, expected, f"{entry.name} of {names(network)}")
        np.testing.assert_array_equal(runner.classify(pixels), logits)


def assert_close(runners: list[NativeRunner], network: Network, pixels: Pixels) -> None:
    expected = float_logits(network, pixels)
    for runner in runners:
        runner.load(network, Precision.FP32)
        logits = runner.classify(pixels)
        np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())


def names(network: Network) -> str:
    return ", ".join(layer.kind for layer in network.operators)


@pytest.mark.parametrize("quantized", [False, True])
def test_random_networks(runners: list[NativeRunner], quantized: bool) -> None:
    rng = np.random.default_rng(1)
    for _ in range(NETWORKS):
        assert_same(runners, random_network(rng, quantized=quantized), images(rng))


@pytest.mark.parametrize("quantized", [False, True])
def test_networks_of_which_layers_are_fused(runners: list[NativeRunner], quantized: bool) -> None:
    """A convolution in front of poolings that can be fused and others that cannot, a ReLU before, behind or nowhere."""
    rng = np.random.default_rng(2)
    for number in range(NETWORKS):
        layers: list[Operator] = [random_conv(rng, (1, 28, 28))]
        shape = layers[0].output_shape((1, 28, 28))
        if number % 2:
            layers.append(Relu())
        pool = MaxPool2d() if number % 4 < 2 and min(shape[1:]) > 1 else random_pool(rng, shape, MaxPool2d)
        shape = pool.output_shape(shape)
        second = random_conv(rng, shape)
        shape = second.output_shape(shape)
        layers += [pool, Relu(), second] if number % 3 == 0 else [pool, second]
        layers += [Flatten(), random_linear(rng, 10, int(np.prod(shape)))]
        assert_same(runners, quantize(rng, layers) if quantized else Network("fused", tuple(layers)), images(rng))


@pytest.mark.parametrize("quantized", [False, True])
def test_depthwise_convolutions(runners: list[NativeRunner], quantized: bool) -> None:
    """As many groups as channels: fewer and more of them than are computed at a time, and what just fills vectors."""
    rng = np.random.default_rng(5)
    for number in range(NETWORKS):
        channels = (16, 32, 64, int(rng.integers(2, 24)), int(rng.integers(24, 80)))[number % 5]
        kernel = (3, 3) if number % 2 else (int(rng.integers(1, 6)), int(rng.integers(1, 7)))
        first = Conv2d(normal(rng, 0.5, channels, 1, 2, 2), normal(rng, 0.3, channels), (2, 2))
        stride, padding = (1 + number % 3, 1 + number // 3 % 2), (number % 2, int(rng.integers(0, 3)))
        weights, biases = normal(rng, 0.3, channels, 1, *kernel), normal(rng, 0.3, channels)
        layers: list[Operator] = [first, Relu(), Conv2d(weights, biases, stride, padding, channels)]
        layers += [Relu()] if number % 4 else []
        shape = layers[2].output_shape((channels, 14, 14))
        layers += [MaxPool2d(), Flatten()]
        features = int(np.prod(MaxPool2d().output_shape(shape)))
        layers.append(random_linear(rng, 10, features))
        assert_same(runners, quantize(rng, layers) if quantized else Network("depthwise", tuple(layers)), images(rng))


def test_sums_too_large_for_winograds_way_in_integers(runners: list[NativeRunner]) -> None:
    """From 2^25 on, a sum cannot be told from 576 times it, modulo 2^32; it still fits the direct way's 32 bits."""
    channels = 144
    assert channels * 9 * 127 * 255 > 2**25

    def all_largest(
        rng: np.random.Generator, layer: Conv2d | Linear, input_scale: float, fused: bool
    ) -> tuple[Conv2d | Linear, ActivationQuantization]:
        if isinstance(layer, Linear):
            return with_spread_int8(rng, layer, input_scale, fused)
        largest = QuantizedWeights(
            np.full(layer.weight.shape, 127, np.int8), np.full(len(layer.weight), 0.01, np.float32)
        )
        wide = 2.0**26 if layer.weight.shape[1] == channels else 1.0  # the first layer's bytes are 255
        return with_integers(layer, largest, layer.bias), ActivationQuantization(wide * input_scale * 0.01 / 255, 0)

    rng = np.random.default_rng(8)
    layers: list[Operator] = [Conv2d(normal(rng, 1, channels, 1, 2, 2), np.zeros(channels, np.float32), (2, 2)), Relu()]
    layers += [Conv2d(normal(rng, 1, 16, channels, 3, 3), np.zeros(16, np.float32)), Relu(), Flatten()]
    layers.append(random_linear(rng, 10, 16 * 12 * 12))
    assert_same(runners, quantize(rng, layers, all_largest), np.full((1, 28, 28), 255, np.uint8))


@pytest.mark.parametrize("quantized", [False, True])
def test_many_images_of_an_mlp_get_the_logits_of_single_ones(runners: list[NativeRunner], quantized: bool) -> None:
    """They are executed in blocks, of which the last one overlaps the one before."""
    rng = np.random.default_rng(7)
    for count in (8, 19):
        widths = [784, *(int(width) for width in rng.integers(1, 70, 2)), 10]
        layers: list[Operator] = [Flatten()]
        for features, out in itertools.pairwise(widths):
            layers += [random_linear(rng, out, features), random_activation(rng, (out, 1, 1))]
        network = quantize(rng, layers) if quantized else Network("mlp", tuple(layers))
        pixels = images(rng, count)
        for runner in runners:
            runner.load(network, Precision.INT8 if quantized else Precision.FP32)
            alone = np.concatenate([runner.classify(pixels[i : i + 1]) for i in range(count)])
            most = 0 if quantized else 1e-5 * np.abs(alone).max()
            np.testing.assert_allclose(runner.classify(pixels), alone, rtol=0, atol=most)


@pytest.mark.parametrize("name", bundled_names())
def test_the_bundled_models_on_the_samples(runners: list[NativeRunner], name: str) -> None:
    network = load_network(name)
    pixels = np.stack([sample.pixels for sample in bundled_samples()])
    assert network.is_quantized
    assert_close(runners, network, pixels)
    assert_same(runners, network, pixels)


def test_layers_that_are_executed_as_one_make_one_entry(start: Start) -> None:
    rng = np.random.default_rng(3)
    layers = (random_conv(rng, (1, 28, 28)), Relu(), MaxPool2d((1, 1), (1, 1)), Relu(), Flatten())
    shape = layers[0].output_shape((1, 28, 28))
    network = Network("entries", (*layers, random_linear(rng, 10, int(np.prod(shape)))))
    runner = start("--kernels", "portable")
    runner.load(network, Precision.FP32)
    entries = runner.trace(images(rng)[0]).layers
    assert [(entry.name, entry.first, entry.last) for entry in entries] == [
        ("conv2d + relu", 0, 1),
        ("max_pool2d", 2, 2),
        ("relu", 3, 3),
        ("flatten", 4, 4),
        ("linear", 5, 5),
    ]
    assert [entry.output.shape for entry in entries] == [shape, shape, shape, (np.prod(shape),), (10,)]
    assert in_order(entries)


def in_order(entries: tuple[LayerTrace, ...]) -> bool:
    """Whether the flattened values are the image's, channel by channel."""
    return np.array_equal(entries[3].output, entries[2].output.reshape(-1))


def test_extreme_scales_overflow_as_on_x86(runners: list[NativeRunner]) -> None:
    """Sums times multipliers beyond 32 bits become the smallest integer there, and so the lowest byte here."""
    rng = np.random.default_rng(4)
    overflows = 0
    for _ in range(NETWORKS):
        network = extreme_network(rng)
        pixels = images(rng)
        expected, overflowed = x86_linear(network, pixels)
        for runner in runners:
            runner.load(network, Precision.INT8)
            np.testing.assert_array_equal(runner.classify(pixels), expected)
        overflows += overflowed
    assert overflows > NETWORKS


def extreme_network(rng: np.random.Generator) -> Network:
    """One linear layer whose output scale is so small that sums leave 32 bits when they are scaled."""
    network = quantize(rng, [Flatten(), random_linear(rng, 10, 784)])
    assert network.activations is not None
    own = network.activations[-1]
    tiny = dataclasses.replace(own, scale=own.scale * 2.0 ** -float(rng.integers(18, 30)))
    return Network("extreme", network.operators, (*network.activations[:-1], tiny))


def x86_linear(network: Network, pixels: Pixels) -> tuple[npt.NDArray[np.float32], int]:
    """The logits of such a network by cvtps2dq's rule, and how many products leave 32 bits."""
    layer, own = network.operators[-1], (network.activations or ())[-1]
    assert isinstance(layer, Linear)
    assert layer.quantized is not None
    in_scales = np.float32(INPUT_QUANTIZATION.scale) * layer.quantized.scales
    sums = pixels.reshape(len(pixels), -1).astype(np.int64) @ layer.quantized.values.T.astype(np.int64)
    sums = sums + np.rint(layer.bias / in_scales).astype(np.int64)
    products = sums.astype(np.float32) * (in_scales / np.float32(own.scale))
    outside = ~((products >= -(2.0**31)) & (products < 2.0**31))
    rounded = np.rint(np.where(outside, -(2.0**31), products)).astype(np.int64)
    return dequantized(np.clip(rounded + own.zero_point, 0, 255), own), int(outside.sum())


@pytest.mark.parametrize("quantized", [False, True])
def test_random_graphs(runners: list[NativeRunner], quantized: bool) -> None:
    rng = np.random.default_rng(6)
    for _ in range(2 * NETWORKS):
        assert_same(runners, random_graph(rng, quantized=quantized), images(rng))
