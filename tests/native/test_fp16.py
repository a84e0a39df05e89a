"""fp16 in the native runner: near fp32 on every kind of network, and only where the processor has it.

The portable kernels compute it in float32 between one operator and the next, on every computer.
"""

from collections.abc import Callable

import numpy as np
import pytest

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.layers import Flatten, Linear
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.messages import ClassifyRequest, Pixels, RunnerInfo
from mnist_bench.protocol.tables import ErrorCode, Kind
from tests.graphs import random_graph
from tests.native.conftest import NativeRunner, Start
from tests.networks import ones, random_network, tiny_network, zeros
from tests.runners.reference import float_logits, float_outputs

TOLERANCE = 3e-2  # of the largest value
NETWORKS = 20
PIXELS: Pixels = np.random.default_rng(1).integers(0, 256, (3, 28, 28), dtype=np.uint8)


def assert_near(runner: NativeRunner, network: Network, pixels: Pixels) -> None:
    expected = float_logits(network, pixels)
    runner.load(network, Precision.FP16)
    logits = runner.classify(pixels)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())


@pytest.mark.parametrize("make", [random_network, random_graph])
def test_random_networks(start: Start, make: Callable[[np.random.Generator], Network]) -> None:
    rng = np.random.default_rng(1)
    runner = start("--kernels", "portable")
    for _ in range(NETWORKS):
        assert_near(runner, make(rng), PIXELS)


@pytest.mark.parametrize("name", bundled_names())
def test_the_bundled_models(start: Start, name: str) -> None:
    pixels = np.stack([sample.pixels for sample in bundled_samples()])
    runner, network = start("--kernels", "portable"), load_network(name)
    assert_near(runner, network, pixels)
    fp16 = runner.load(network, Precision.FP16)
    assert fp16.network_bytes == 2 * network.parameter_count
    outputs = float_outputs(network, pixels[:1])
    for entry in runner.trace(pixels[0]).layers:
        expected = outputs[entry.last][0]
        np.testing.assert_allclose(entry.output, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())
        np.testing.assert_array_equal(entry.output, entry.output.astype(np.float16))


def test_a_processor_without_fp16_refuses_it_and_says_so_before(start: Start) -> None:
    runner = start()
    has_fp16 = "fp16" in runner.answer(Kind.HELLO, b"", RunnerInfo.decode).capabilities
    if has_fp16:
        assert_near(runner, tiny_network(), PIXELS)
    else:
        error = runner.refusal(Kind.LOAD, encode_network(tiny_network(), Precision.FP16))
        assert (error.code, error.sentence) == (ErrorCode.UNSUPPORTED, "This processor has no fp16 arithmetic.")
    error = runner.refusal(Kind.LOAD, encode_network(tiny_network(), Precision.BF16))
    assert error.code == ErrorCode.UNSUPPORTED


def test_what_leaves_fp16_is_no_answer(start: Start) -> None:
    """784 pixels times 100 are fine in fp32, and infinite in fp16; the largest finite number is not."""
    runner = start("--kernels", "portable")
    white = np.full((1, 28, 28), 255, np.uint8)
    for weight, is_finite in ((100, False), (65504 / 784, True)):
        network = Network("large", (Flatten(), Linear(ones(10, 784) * np.float32(weight), zeros(10))))
        runner.load(network, Precision.FP16)
        if is_finite:
            np.testing.assert_allclose(runner.classify(white), 65504, rtol=1e-3)
        else:
            error = runner.refusal(Kind.CLASSIFY, ClassifyRequest(white).encode())
            assert error.code == ErrorCode.FAILED
