"""What the runners must compute, written down once more in plain NumPy: float64, and QNNPACK's integers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    ResizeBilinear,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import Network

Array = npt.NDArray[Any]  # of float64
Integers = npt.NDArray[Any]  # of int64


def float_logits(network: Network, images: npt.NDArray[np.uint8]) -> Array:
    """uint8 (N, 28, 28) to logits (N, 10)."""
    return float_outputs(network, images)[-1]


def float_outputs(network: Network, images: npt.NDArray[np.uint8]) -> list[Array]:
    """Each layer's output for uint8 (N, 28, 28), up to the logits."""
    values: list[Array] = [images[:, np.newaxis] / 255.0]
    for operator, read in zip(network.logit_operators, network.inputs, strict=False):
        values.append(_float_operator(operator, [values[value] for value in read]))
    return values[1:]


def _float_operator(layer: Operator, values: list[Array]) -> Array:
    value = values[0]
    match layer:
        case Add():
            return values[0] + values[1]
        case Concat():
            return np.concatenate(values, axis=1)
        case Relu6():
            return np.clip(value, 0, 6)
        case LeakyRelu():
            return np.where(value > 0, value, value * layer.slope)
        case Elu():
            return np.where(value > 0, value, layer.alpha * np.expm1(np.minimum(value, 0)))
        case Prelu():
            return np.where(value > 0, value, value * _by_channel(layer, value))
        case Conv2d():
            return _convolve(layer, value, layer.weight.astype(np.float64)) + layer.bias[:, np.newaxis, np.newaxis]
        case Linear():
            return value @ layer.weight.T.astype(np.float64) + layer.bias
        case MaxPool2d():
            return _pooled(np.max, layer, value, -np.inf)
        case AvgPool2d():
            return _pooled(np.mean, layer, value, 0.0)
        case ResizeBilinear():
            return _resized(layer, value)
        case Relu():
            return np.maximum(value, 0)
        case Tanh():
            return np.tanh(value)
        case Sigmoid():
            return _sigmoid(value)
        case _:
            return value.reshape(len(value), -1)


def quantized_bytes(network: Network, images: npt.NDArray[np.uint8]) -> list[Integers]:
    """Each layer's output as bytes (N, ...), a ReLU fused where the runners fuse it (and listed twice)."""
    assert network.activations is not None
    values: list[Integers] = [images[:, np.newaxis].astype(np.int64)]
    operators = network.logit_operators
    for index, (operator, after) in enumerate(zip(operators, network.activations, strict=False)):
        follower = operators[index + 1] if index + 1 < len(operators) and network.can_fuse(index + 1) else None
        read = [values[value] for value in network.inputs[index]]
        before = network.read_quantizations(index)
        values.append(_quantized_operator(operator, read, before, after, fused=isinstance(follower, Relu)))
    return values[1:]


def quantized_logits(network: Network, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """uint8 (N, 28, 28) to logits float32 (N, 10), as QNNPACK dequantizes them."""
    assert network.activations is not None
    return dequantized(quantized_bytes(network, images)[-1], network.activations[len(network.logit_operators) - 1])


def dequantized(value: Integers, own: ActivationQuantization) -> npt.NDArray[np.float32]:
    return (value - own.zero_point).astype(np.float32) * np.float32(own.scale)


def _quantized_operator(
    layer: Operator,
    values: list[Integers],
    quantizations: tuple[ActivationQuantization, ...],
    after: ActivationQuantization,
    *,
    fused: bool,
) -> Integers:
    value, before = values[0], quantizations[0]
    match layer:
        case Add():
            return _added(values, quantizations, after, fused=fused)
        case Concat():
            pairs = zip(values, quantizations, strict=True)
            return np.concatenate(
                [one if own == after else _quantized(dequantized(one, own), after) for one, own in pairs], axis=1
            )
        case Relu6():
            return np.clip(value, before.zero_point, _byte_of_six(before))
        case LeakyRelu():
            floats = dequantized(value, before)
            return _quantized(np.where(floats > 0, floats, floats * np.float32(layer.slope)), after)
        case Elu():
            floats = dequantized(value, before)
            negative = np.float32(layer.alpha) * np.expm1(np.minimum(floats, 0).astype(np.float64)).astype(np.float32)
            return _quantized(np.where(floats > 0, floats, negative), after)
        case Prelu():
            floats = dequantized(value, before)
            return _quantized(np.where(floats > 0, floats, floats * _by_channel(layer, floats)), after)
        case Conv2d():
            weight = _integers(layer).astype(np.float64)  # exact: every sum is far below 2 ** 53
            sums = _convolve(layer, (value - before.zero_point).astype(np.float64), weight)
            return _requantized(sums, layer, before, after, channel_axes=2, fused=fused)
        case Linear():
            sums = (value - before.zero_point).astype(np.float64) @ _integers(layer).T.astype(np.float64)
            return _requantized(sums, layer, before, after, channel_axes=0, fused=fused)
        case MaxPool2d():
            return _pooled(np.max, layer, value, 0)
        case AvgPool2d():
            return _mean_pooled(layer, value, before)
        case ResizeBilinear():
            return np.rint(_resized(layer, value)).astype(np.int64)
        case Relu():
            return np.maximum(value, before.zero_point)
        case Tanh():
            return _table(_float32_tanh, before, 128, 128)[value]
        case Sigmoid():
            return _table(_sigmoid, before, 256, 0)[value]
        case _:
            assert isinstance(layer, Flatten)
            return value.reshape(len(value), -1)


def _by_channel(prelu: Prelu, value: Array) -> npt.NDArray[np.float32]:
    """Its slopes, to be broadcast against (N, C, ...)."""
    return prelu.slopes.reshape(-1, *[1] * (value.ndim - 2))


def _quantized(value: npt.NDArray[np.float32], own: ActivationQuantization) -> Integers:
    """float32 to bytes with the reciprocal of the scale, as PyTorch does."""
    scaled = value * (np.float32(1) / np.float32(own.scale))
    outputs: Integers = np.clip(np.rint(scaled).astype(np.int64) + own.zero_point, 0, 255)
    return outputs


def _byte_of_six(own: ActivationQuantization) -> int:
    """QNNPACK's clamp adds the zero point before it rounds."""
    six = np.float32(6) * (np.float32(1) / np.float32(own.scale)) + np.float32(own.zero_point)
    return int(np.clip(np.rint(six), 0, 255))


def _added(
    values: list[Integers],
    quantizations: tuple[ActivationQuantization, ...],
    after: ActivationQuantization,
    *,
    fused: bool,
) -> Integers:
    """QNNPACK's addition: factors of 22 bits at most, and a shift to the right that rounds half away from zero."""
    ratios = [np.float32(one.scale) / np.float32(after.scale) for one in quantizations]
    shift = 21 - int(np.floor(np.log2(max(ratios))))
    factors = [int(np.rint(np.float64(ratio) * 2.0**shift)) for ratio in ratios]
    pairs = zip(values, quantizations, factors, strict=True)
    sums = sum((value - own.zero_point) * factor for value, own, factor in pairs)
    remainder = (sums & ((1 << shift) - 1)) - (sums < 0)
    rounded = (sums >> shift) + (remainder > ((1 << shift) - 1) >> 1)
    outputs: Integers = np.clip(rounded + after.zero_point, after.zero_point if fused else 0, 255)
    return outputs


def _integers(layer: Conv2d | Linear) -> npt.NDArray[np.int8]:
    assert layer.quantized is not None
    return layer.quantized.values


def _requantized(
    sums: Array,
    layer: Conv2d | Linear,
    before: ActivationQuantization,
    after: ActivationQuantization,
    *,
    channel_axes: int,
    fused: bool,
) -> Integers:
    """bias = rint(bias (1 / (s_in s_w))); clamp(rint(float(acc) * (s_in s_w) (1 / s_out)) + zp, lo, 255).

    Reciprocals, in float32: a quotient would now and then round to the other side.
    """
    assert layer.quantized is not None
    in_scales = np.float32(before.scale) * layer.quantized.scales
    bias = np.rint(layer.bias * (np.float32(1) / in_scales))
    multipliers = in_scales * (np.float32(1) / np.float32(after.scale))
    shape = (-1, *[1] * channel_axes)
    scaled = (sums + bias.reshape(shape)).astype(np.float32) * multipliers.reshape(shape)
    lowest = after.zero_point if fused else 0
    outputs: Integers = np.clip(np.rint(scaled).astype(np.int64) + after.zero_point, lowest, 255)
    return outputs


def _mean_pooled(layer: AvgPool2d, value: Integers, before: ActivationQuantization) -> Integers:
    """QNNPACK scales the sum by s_in / (s_out * size), in float32, although both scales are the same."""
    sums = _pooled(np.sum, layer, value - before.zero_point, 0).astype(np.float32)
    scale = np.float32(before.scale)
    multiplier = scale / (scale * np.float32(layer.kernel[0] * layer.kernel[1]))
    outputs: Integers = np.rint(sums * multiplier).astype(np.int64) + before.zero_point
    return outputs


def _resized(layer: ResizeBilinear, value: Array) -> Array:
    """Along rows, then along columns: between the two inputs whose centres an output's centre lies between."""
    for axis, after in zip((2, 3), layer.size, strict=True):
        before = value.shape[axis]
        at = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
        first = np.floor(at).astype(int)
        behind = (at - first).reshape(-1, *[1] * (3 - axis))
        second = np.minimum(first + 1, before - 1)
        value = value.take(first, axis) * (1 - behind) + value.take(second, axis) * behind
    return value


def _table(function: Callable[[Array], Array], before: ActivationQuantization, steps: int, zero_point: int) -> Integers:
    """All 256 outputs of a function whose output scale is 1 / steps: float32, and the zero point before rounding."""
    inputs = np.float32(before.scale) * (np.arange(256) - before.zero_point).astype(np.float32)
    scaled = np.float32(steps) * function(inputs.astype(np.float64)).astype(np.float32) + np.float32(zero_point)
    outputs: Integers = np.clip(np.rint(scaled), 0, 255).astype(np.int64)
    return outputs


def _float32_tanh(value: Array) -> Array:
    """tanhf as C libraries compute it, from expm1f."""
    size = np.minimum(np.abs(value), 22)
    shrinking, growing = (np.expm1(sign * size).astype(np.float32) for sign in (-2, 2))
    two = np.float32(2)
    positive = np.where(size < 1, -shrinking / (shrinking + two), np.float32(1) - two / (growing + two))
    outputs: Array = np.where(value < 0, -positive, positive)
    return outputs


def _sigmoid(value: Array) -> Array:
    result: Array = expit(value)
    return result


def _pooled(function: Callable[..., Array], layer: MaxPool2d | AvgPool2d, value: Array, fill: float) -> Array:
    """`function` of each window, `fill` standing in the padding."""
    return function(_windows(value, layer.kernel, layer.stride, layer.sides, fill), (-2, -1))


def _convolve(layer: Conv2d, value: Array, weight: Array) -> Array:
    """(N, C, H, W) with `layer`'s stride, zero padding and groups, without its bias."""
    windows = _windows(value, weight.shape[2:], layer.stride, layer.sides, 0.0)
    size = weight.shape[0] // layer.groups
    per_group = weight.shape[1]
    parts = [
        np.einsum(
            "ncyxhw,ochw->noyx",
            windows[:, group * per_group : (group + 1) * per_group],
            weight[group * size : (group + 1) * size],
            optimize=True,
        )
        for group in range(layer.groups)
    ]
    return np.concatenate(parts, axis=1)


def _windows(
    value: npt.NDArray[Any],
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    sides: tuple[int, int, int, int],
    fill: float,
) -> npt.NDArray[Any]:
    """(N, C, H, W) to (N, C, rows, columns, kernel height, kernel width)."""
    top, left, bottom, right = sides
    padded = np.pad(value, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    windows: Array = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]]
