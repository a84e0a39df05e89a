"""Winograd's algorithm in the native runner: only where it computes finite numbers if the direct way does."""

from pathlib import Path

import numpy as np
import pytest

from mnist_bench.network.layers import Add, Conv2d, Elu, Flatten, LeakyRelu, Linear, MaxPool2d, Operator, Prelu
from mnist_bench.network.network import Inputs, Network, Precision
from tests.native.conftest import Start, kernel_names
from tests.networks import normal, zeros
from tests.runners.reference import float_logits

CHANNELS = 16
LARGE = 3e38  # float32 ends at 3.4e38; the transforms of F(4 x 4) multiply by 4 at least
DOUBLINGS = 16
ADDS = tuple(Add() for _ in range(DOUBLINGS))


def large_values(factor: float, between: tuple[Operator, ...]) -> Network:
    """A pixel times `factor`, in each of 16 channels, and through `between`; then a 3 x 3 convolution that makes
    ordinary numbers of it again.
    """
    rng = np.random.default_rng(0)
    operators = (
        Conv2d(np.full((CHANNELS, 1, 1, 1), factor, np.float32), zeros(CHANNELS)),
        *between,
        Conv2d(normal(rng, 1 / LARGE, CHANNELS, CHANNELS, 3, 3), normal(rng, 1, CHANNELS), padding=(1, 1)),
        MaxPool2d((4, 4), (4, 4)),
        Flatten(),
        Linear(normal(rng, 1, 10, CHANNELS * 49), zeros(10)),
    )
    reads: Inputs = tuple(
        (index, index) if isinstance(operator, Add) else (index,) for index, operator in enumerate(operators)
    )
    return Network("large-values", operators, inputs=reads)


@pytest.mark.parametrize(
    ("factor", "between"),
    [
        pytest.param(LARGE, (), id="conv2d"),
        pytest.param(-1, (LeakyRelu(-LARGE),), id="leaky_relu"),
        pytest.param(-1, (Prelu(np.full(CHANNELS, LARGE, np.float32)),), id="prelu"),
        pytest.param(-100, (Elu(LARGE),), id="elu"),
        pytest.param(LARGE / 2**DOUBLINGS, ADDS, id="add"),
    ],
)
def test_large_activations_spoil_no_neighbours(
    native_runner: Path, start: Start, factor: float, between: tuple[Operator, ...]
) -> None:
    network = large_values(factor, between)
    pixels = np.zeros((1, 28, 28), np.uint8)
    pixels[0, 13, 13] = 255
    expected = float_logits(network, pixels)
    for name in kernel_names(native_runner):
        runner = start("--kernels", name)
        runner.load(network, Precision.FP32)
        logits = runner.classify(pixels)
        np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-4 * np.abs(expected).max(), err_msg=name)
