"""What conv2d and linear share: weights for each output channel, their bias, and their int8 form."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from mnist_bench.network.arrays import FloatArray, Shape, floats
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import OwnQuantization, Quantizations
from mnist_bench.network.quantization import ActivationQuantization, QuantizedWeights

MAX_PARAMETERS = 16_000_000
"""Weights and biases of a network."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighted(OwnQuantization):
    """weight: (out, ...) as PyTorch lays it out; bias: (out,); quantized: int8 weights, of a quantized network.

    `axes` is the number of dimensions of its weight.
    """

    axes: ClassVar[int]
    weight: FloatArray
    bias: FloatArray
    quantized: QuantizedWeights | None = field(default=None, kw_only=True)

    def _check_weights(self) -> None:
        weight = floats(self.weight, self.axes, "weights")
        check_count(weight.shape)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", floats(self.bias, (weight.shape[0],), "biases"))
        if self.quantized is not None and self.quantized.values.shape != weight.shape:
            raise NetworkError("The quantized weights do not have the shape of the operator's weights.")

    @property
    def parameters(self) -> tuple[FloatArray, ...]:
        """Weights and biases."""
        return self.weight, self.bias

    def work(self, *shapes: Shape) -> int:
        """Its multiply-adds for one image of `shapes`."""
        return self.multiply_adds(*shapes)

    def check_quantization(self, own: ActivationQuantization, before: Quantizations) -> None:  # noqa: ARG002
        """NetworkError unless it has int8 weights whose sums fit: QNNPACK adds up bytes times weights, and the bias in
        the same unit, in 32 bits.
        """
        if self.quantized is None:
            raise NetworkError("It has no quantized weights, but the network is quantized.")
        biases = np.abs(self.bias.astype(np.float64)) / (before[0].scale * self.quantized.scales.astype(np.float64))
        products = 255.0 * np.abs(self.quantized.values.reshape(len(self.bias), -1).astype(np.int64)).sum(axis=1)
        if (biases + products >= 2.0**31).any():
            raise NetworkError("It has a bias or weights that are too large for int8 arithmetic.")


def check_count(shape: tuple[int, ...]) -> None:
    """NetworkError unless weights of this shape are at least one and not too many."""
    if not all(size >= 1 for size in shape):
        raise NetworkError(f"Weights of the shape {shape} are outside of what this program runs.")
    if math.prod(shape) > MAX_PARAMETERS:
        raise NetworkError(f"An operator has {math.prod(shape):,} weights; the limit is {MAX_PARAMETERS:,}.")
