"""Tables of 256 output bytes, for int8 operators that QNNPACK does not have; runners in C compute the same ones.

PyTorch's own kernels for these compute a byte differently depending on where in memory it lies (a fused multiply-add in
vectors, none in the rest), so that they cannot be a reference bit for bit. The formula here is their scalar one.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from mnist_bench.network.arrays import FloatArray
from mnist_bench.network.operators.activations import Elu, LeakyRelu, Prelu
from mnist_bench.network.quantization import ActivationQuantization

Table = npt.NDArray[np.uint8]


def make_table(
    function: Callable[[FloatArray], FloatArray], before: ActivationQuantization, after: ActivationQuantization
) -> Table:
    """uint8 (256,): rint(function((byte - zero point) * scale) * (1 / scale)) + zero point, clamped, in float32."""
    values = (np.arange(256) - before.zero_point).astype(np.float32) * np.float32(before.scale)
    with np.errstate(over="ignore"):
        scaled = np.rint(function(values) * (np.float32(1) / np.float32(after.scale)))
    table: Table = (np.clip(scaled, -256, 511) + after.zero_point).clip(0, 255).astype(np.uint8)
    return table


def activation_tables(
    operator: LeakyRelu | Elu | Prelu, before: ActivationQuantization, after: ActivationQuantization
) -> Table:
    """uint8 (channels, 256) of a prelu, (1, 256) of the others."""
    match operator:
        case LeakyRelu():
            return make_table(partial(_leaky, slope=operator.slope), before, after)[np.newaxis]
        case Elu():
            return make_table(partial(_elu, alpha=operator.alpha), before, after)[np.newaxis]
        case Prelu():
            return np.stack([make_table(partial(_leaky, slope=slope), before, after) for slope in operator.slopes])


def requantization_table(before: ActivationQuantization, after: ActivationQuantization) -> Table:
    """uint8 (256,): the same values in another quantization; the bytes themselves where it is the same."""
    return np.arange(256, dtype=np.uint8) if before == after else make_table(lambda x: x, before, after)


def _leaky(values: FloatArray, slope: float) -> FloatArray:
    return np.where(values > 0, values, values * np.float32(slope))


def _elu(values: FloatArray, alpha: float) -> FloatArray:
    shrunk = np.expm1(np.minimum(values, 0).astype(np.float64)).astype(np.float32)
    return np.where(values > 0, values, np.float32(alpha) * shrunk)
