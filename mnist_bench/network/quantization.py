"""How integers stand for real numbers: activations in unsigned bytes, weights in signed ones. No arithmetic."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_bench.network.arrays import FloatArray, floats, frozen
from mnist_bench.network.errors import NetworkError

Int8Array = npt.NDArray[np.int8]

LARGEST_WEIGHT = 127
"""Size of an int8 weight: with -128, two products would not fit 16 bits."""


@dataclass(frozen=True, slots=True)
class ActivationQuantization:
    """How float values stand in unsigned bytes: value = (byte - zero_point) * scale.

    `scale` is rounded to float32, the precision in which QNNPACK computes with it.
    """

    scale: float
    zero_point: int

    def __post_init__(self) -> None:
        try:
            with np.errstate(over="ignore", under="ignore"):
                scale = np.float32(self.scale)
        except OverflowError:
            scale = np.float32(np.inf)
        if not (np.isfinite(scale) and scale >= np.finfo(np.float32).tiny):
            raise NetworkError(f"The activation scale {self.scale!r} is not a positive float32 number.")
        if not 0 <= self.zero_point <= 255:
            raise NetworkError(f"The zero point {self.zero_point!r} is not from 0 to 255.")
        object.__setattr__(self, "scale", float(scale))


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedWeights:
    """Symmetric weights per output channel: weight = values * scales[output channel].

    `values`: int8 within +-127, the shape of the operator's weight; `scales`: float32 (output channels,), positive.
    """

    values: Int8Array
    scales: FloatArray

    def __post_init__(self) -> None:
        values = np.array(self.values, order="C")
        if values.dtype != np.int8 or values.ndim == 0:
            raise NetworkError("Quantized weights must be an array of int8.")
        if values.size and int(values.min()) < -LARGEST_WEIGHT:
            raise NetworkError("Quantized weights must lie within +-127.")
        scales = floats(self.scales, (values.shape[0],), "weight scales")
        if not (scales >= np.finfo(np.float32).tiny).all():
            raise NetworkError("The weight scales must be positive float32 numbers.")
        object.__setattr__(self, "values", frozen(values))
        object.__setattr__(self, "scales", scales)

    def dequantized(self) -> FloatArray:
        """The float32 weights that the integers stand for."""
        per_channel = self.scales.reshape(-1, *[1] * (self.values.ndim - 1))
        with np.errstate(over="ignore"):  # an operator refuses infinite weights
            return (self.values * per_channel).astype(np.float32)


INPUT_QUANTIZATION = ActivationQuantization(1 / 255, 0)
"""Of the input: a pixel's byte is its own quantized value."""
TANH_QUANTIZATION = ActivationQuantization(1 / 128, 128)
"""Of every tanh's output, as QNNPACK has it."""
SIGMOID_QUANTIZATION = ActivationQuantization(1 / 256, 0)
"""Of every sigmoid's output, as QNNPACK has it."""
