"""How foreign files quantize their activations, in this program's terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.quantization import ActivationQuantization, QuantizedWeights

DYNAMIC = (
    "Its weights are int8, made by dynamic quantization; they are read as the float32 numbers that they stand for."
)
"""What people are told of a file that computes in float32 between such weights."""


def activation_quantization(scale: npt.ArrayLike, zero_point: npt.NDArray[np.integer]) -> ActivationQuantization | None:
    """For one scale and the zero point of int8 or uint8 values, in unsigned bytes: int8's are 128 more there.

    None for what has no such form: a scale for each channel, and whole numbers of another size.

    Raises:
        NetworkError: the scale is not a positive float32 number.
    """
    scales = np.asarray(scale)
    if scales.size != 1 or zero_point.size != 1 or zero_point.dtype not in (np.int8, np.uint8):
        return None
    shift = 128 if zero_point.dtype == np.int8 else 0
    return ActivationQuantization(float(scales.reshape(-1)[0]), int(zero_point.reshape(-1)[0]) + shift)


@dataclass(frozen=True, eq=False)
class QuantizedConstant:
    """Whole numbers of a file: (values - zero points) * scales, for all or along `axis`."""

    values: npt.NDArray[Any]
    scales: npt.NDArray[Any]
    zero_points: npt.NDArray[Any]
    axis: int

    def floats(self) -> npt.NDArray[np.float32]:
        """The real numbers that they stand for."""
        shape = [1] * self.values.ndim
        if max(self.scales.size, self.zero_points.size) > 1:
            shape[self.axis] = -1
        scales, zero_points = (
            array.reshape(shape if array.size > 1 else -1) for array in (self.scales, self.zero_points)
        )
        steps = self.values.astype(np.float64) - zero_points
        return np.asarray(steps * scales.astype(np.float64), np.float32)

    def as_weights(self, order: Sequence[int]) -> QuantizedWeights | None:
        """The values with their axes in this order, the output channels first; None where they are no such weights.

        Those are int8 within +-127, without zero points, and with one scale for all or for each output channel.
        """
        if self.values.dtype != np.int8 or self.zero_points.any() or self.values.ndim != len(order):
            return None
        values = self.values.transpose(order)
        if self.scales.size != 1 and (self.axis % len(order) != order[0] or self.scales.size != len(values)):
            return None
        try:
            return QuantizedWeights(values, np.broadcast_to(self.scales.reshape(-1), (len(values),)))
        except NetworkError:
            return None
