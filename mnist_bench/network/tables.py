"""Tables of 256 output bytes, for int8 operators that QNNPACK does not have; runners in C compute the same ones.

PyTorch's own kernels for these compute a byte differently depending on where in memory it lies (a fused multiply-add in
vectors, none in the rest), so that they cannot be a reference bit for bit. The formula here is their scalar one.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mnist_bench.network.arrays import FloatArray
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


def requantization_table(before: ActivationQuantization, after: ActivationQuantization) -> Table:
    """uint8 (256,): the same values in another quantization; the bytes themselves where it is the same."""
    return np.arange(256, dtype=np.uint8) if before == after else make_table(lambda x: x, before, after)
