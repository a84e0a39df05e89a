"""The layers that a network is a chain of: shapes, weights and quantization parameters, no arithmetic.

Shapes are those of one image: (channels, height, width), or (features,) behind a flatten. Weights are laid out as
PyTorch lays them out. Arrays are made contiguous and read-only, so that a layer can be shared without copying.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mnist_bench.network.errors import NetworkError

Shape = tuple[int, ...]
Pair = tuple[int, int]
FloatArray = npt.NDArray[np.float32]
Int8Array = npt.NDArray[np.int8]

MAX_CHANNELS = 16_384
"""Along any axis of a weight."""
MAX_KERNEL = 28
"""A kernel, stride or padding along one axis; a pooling's padding is at most half its kernel."""
LARGEST_WEIGHT = 127
"""Size of an int8 weight: with -128, two products would not fit 16 bits."""


def _frozen(array: npt.NDArray[np.generic]) -> None:
    array.setflags(write=False)


def _floats(values: npt.ArrayLike, shape: Shape | int, what: str) -> FloatArray:
    """A read-only float32 copy of `values`, whose shape (or number of dimensions) and finiteness are checked."""
    array = np.array(values, dtype=np.float32, order="C")
    if (array.ndim != shape) if isinstance(shape, int) else (array.shape != shape):
        raise NetworkError(f"The {what} have the shape {array.shape}, which does not fit the layer.")
    if not np.isfinite(array).all():
        raise NetworkError(f"The {what} hold values that are not finite numbers.")
    _frozen(array)
    return array


def _check_pair(pair: Pair, low: int, high: int, what: str) -> None:
    if not all(low <= number <= high for number in pair):
        raise NetworkError(f"The {what} {pair!r} of a layer is not a pair of whole numbers from {low} to {high}.")


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

    `values`: int8 within +-127, the shape of the layer's weight; `scales`: float32 (output channels,), positive.
    """

    values: Int8Array
    scales: FloatArray

    def __post_init__(self) -> None:
        values = np.array(self.values, order="C")
        if values.dtype != np.int8 or values.ndim == 0:
            raise NetworkError("Quantized weights must be an array of int8.")
        if values.size and int(values.min()) < -LARGEST_WEIGHT:
            raise NetworkError("Quantized weights must lie within +-127.")
        _frozen(values)
        scales = _floats(self.scales, (values.shape[0],), "weight scales")
        if not (scales >= np.finfo(np.float32).tiny).all():
            raise NetworkError("The weight scales must be positive float32 numbers.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "scales", scales)

    def dequantized(self) -> FloatArray:
        """The float32 weights that the integers stand for."""
        per_channel = self.scales.reshape(-1, *[1] * (self.values.ndim - 1))
        with np.errstate(over="ignore"):  # a layer refuses infinite weights
            return (self.values * per_channel).astype(np.float32)


def _check_weighted(layer: "Conv2d | Linear", dimensions: int) -> None:
    weight = _floats(layer.weight, dimensions, "weights")
    if not all(1 <= size <= MAX_CHANNELS for size in weight.shape):
        raise NetworkError(f"Weights of the shape {weight.shape} are outside of what this program runs.")
    object.__setattr__(layer, "weight", weight)
    object.__setattr__(layer, "bias", _floats(layer.bias, (weight.shape[0],), "biases"))
    if layer.quantized is not None and layer.quantized.values.shape != weight.shape:
        raise NetworkError("The quantized weights do not have the shape of the layer's weights.")


def _window(size: int, kernel: int, stride: int, padding: int) -> int:
    """Output size along one axis: floor((size + 2 padding - kernel) / stride) + 1."""
    if size + 2 * padding < kernel:
        raise NetworkError(f"A window of {kernel} does not fit into {size} values with a padding of {padding}.")
    return (size + 2 * padding - kernel) // stride + 1


def _image(shape: Shape, what: str) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise NetworkError(f"A {what} layer needs an image (channels, height, width), but follows a flatten.")
    return shape[0], shape[1], shape[2]


@dataclass(frozen=True, slots=True, eq=False)
class Conv2d:
    """A 2-D convolution with zero padding: weight (out, in / groups, height, width), bias (out,)."""

    kind: ClassVar[str] = "conv2d"
    weight: FloatArray
    bias: FloatArray
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    groups: int = 1
    quantized: QuantizedWeights | None = None

    def __post_init__(self) -> None:
        _check_weighted(self, 4)
        _check_pair((self.weight.shape[2], self.weight.shape[3]), 1, MAX_KERNEL, "kernel")
        _check_pair(self.stride, 1, MAX_KERNEL, "stride")
        _check_pair(self.padding, 0, MAX_KERNEL, "padding")
        if self.groups < 1 or self.weight.shape[0] % self.groups:
            raise NetworkError(f"{self.weight.shape[0]} output channels cannot be split into {self.groups} groups.")

    def output_shape(self, shape: Shape) -> Shape:
        """The shape behind this layer; NetworkError if `shape` does not fit it."""
        channels, height, width = _image(shape, "conv2d")
        out, per_group, kernel_height, kernel_width = self.weight.shape
        if channels != per_group * self.groups:
            raise NetworkError(f"A conv2d layer for {per_group * self.groups} channels is given {channels}.")
        return (
            out,
            _window(height, kernel_height, self.stride[0], self.padding[0]),
            _window(width, kernel_width, self.stride[1], self.padding[1]),
        )

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications for one image of `shape`."""
        _, height, width = self.output_shape(shape)
        return height * width * self.weight.size


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A fully connected layer: weight (out, in), bias (out,)."""

    kind: ClassVar[str] = "linear"
    weight: FloatArray
    bias: FloatArray
    quantized: QuantizedWeights | None = None

    def __post_init__(self) -> None:
        _check_weighted(self, 2)

    def output_shape(self, shape: Shape) -> Shape:
        """The shape behind this layer; NetworkError if `shape` does not fit it."""
        if shape != (self.weight.shape[1],):
            raise NetworkError(f"A linear layer for {self.weight.shape[1]} features is given the shape {shape}.")
        return (self.weight.shape[0],)

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications for one image of `shape`."""
        self.output_shape(shape)
        return self.weight.size


@dataclass(frozen=True, slots=True)
class _Pool2d:
    """What both poolings share: a window, its stride, and padding of at most half the window."""

    kernel: Pair = (2, 2)
    stride: Pair = (2, 2)
    padding: Pair = (0, 0)

    def __post_init__(self) -> None:
        _check_pair(self.kernel, 1, MAX_KERNEL, "kernel")
        _check_pair(self.stride, 1, MAX_KERNEL, "stride")
        for padding, kernel in zip(self.padding, self.kernel, strict=True):
            _check_pair((padding, padding), 0, kernel // 2, "padding")

    def output_shape(self, shape: Shape) -> Shape:
        """The shape behind this layer; NetworkError if `shape` does not fit it."""
        channels, height, width = _image(shape, "pooling")
        return (
            channels,
            _window(height, self.kernel[0], self.stride[0], self.padding[0]),
            _window(width, self.kernel[1], self.stride[1], self.padding[1]),
        )

    def multiply_adds(self, shape: Shape) -> int:
        """None worth counting."""
        self.output_shape(shape)
        return 0


@dataclass(frozen=True, slots=True)
class MaxPool2d(_Pool2d):
    """The largest value of each window; padding never wins."""

    kind: ClassVar[str] = "max_pool2d"


@dataclass(frozen=True, slots=True)
class AvgPool2d(_Pool2d):
    """The mean of each window, padding counted as zeros (PyTorch's `count_include_pad`)."""

    kind: ClassVar[str] = "avg_pool2d"


@dataclass(frozen=True, slots=True)
class _Elementwise:
    """What the activations share: nothing but their shape's staying as it is."""

    def output_shape(self, shape: Shape) -> Shape:
        """`shape` itself."""
        return shape

    def multiply_adds(self, shape: Shape) -> int:  # noqa: ARG002 - every layer has the same shape of call
        """None worth counting."""
        return 0


@dataclass(frozen=True, slots=True)
class Relu(_Elementwise):
    """max(x, 0)."""

    kind: ClassVar[str] = "relu"


@dataclass(frozen=True, slots=True)
class Tanh(_Elementwise):
    """The hyperbolic tangent."""

    kind: ClassVar[str] = "tanh"


@dataclass(frozen=True, slots=True)
class Sigmoid(_Elementwise):
    """1 / (1 + exp(-x))."""

    kind: ClassVar[str] = "sigmoid"


@dataclass(frozen=True, slots=True)
class Softmax(_Elementwise):
    """The softmax over all features; only as the last layer, and never run: see Network.logit_layers."""

    kind: ClassVar[str] = "softmax"


@dataclass(frozen=True, slots=True)
class Flatten(_Elementwise):
    """(channels, height, width) in that order to (features,)."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        """The number of values, as one axis."""
        return (int(np.prod(shape)),)


Layer = Conv2d | Linear | Relu | Tanh | Sigmoid | MaxPool2d | AvgPool2d | Flatten | Softmax
