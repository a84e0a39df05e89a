"""What the runners must compute, written down once more in plain NumPy: float64, and QNNPACK's integers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Relu,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import INPUT_QUANTIZATION, Network

Array = npt.NDArray[Any]  # of float64
Integers = npt.NDArray[Any]  # of int64


def float_logits(network: Network, images: npt.NDArray[np.uint8]) -> Array:
    """uint8 (N, 28, 28) to logits (N, 10)."""
    return float_outputs(network, images)[-1]


def float_outputs(network: Network, images: npt.NDArray[np.uint8]) -> list[Array]:
    """Each layer's output for uint8 (N, 28, 28), up to the logits."""
    outputs: list[Array] = []
    value = images[:, np.newaxis] / 255.0
    for layer in network.logit_layers:
        value = _float_layer(layer, value)
        outputs.append(value)
    return outputs


def _float_layer(layer: Layer, value: Array) -> Array:
    match layer:
        case Conv2d():
            return _convolve(layer, value, layer.weight.astype(np.float64)) + layer.bias[:, np.newaxis, np.newaxis]
        case Linear():
            return value @ layer.weight.T.astype(np.float64) + layer.bias
        case MaxPool2d():
            return _pooled(np.max, layer, value, -np.inf)
        case AvgPool2d():
            return _pooled(np.mean, layer, value, 0.0)
        case Relu():
            return np.maximum(value, 0)
        case Tanh():
            return np.tanh(value)
        case Sigmoid():
            return _sigmoid(value)
        case _:
            return value.reshape(len(value), -1)


def quantized_bytes(network: Network, images: npt.NDArray[np.uint8]) -> list[Integers]:
    """Each layer's output as bytes (N, ...), a ReLU behind conv2d and linear fused with it (and listed twice)."""
    assert network.activations is not None
    outputs: list[Integers] = []
    value: Integers = images[:, np.newaxis].astype(np.int64)
    before = INPUT_QUANTIZATION
    layers = network.logit_layers
    for index, (layer, after) in enumerate(zip(layers, network.activations, strict=False)):
        fused = index + 1 < len(layers) and isinstance(layers[index + 1], Relu)
        value = _quantized_layer(layer, value, before, after, fused=fused)
        outputs.append(value)
        before = after
    return outputs


def quantized_logits(network: Network, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """uint8 (N, 28, 28) to logits float32 (N, 10), as QNNPACK dequantizes them."""
    assert network.activations is not None
    return dequantized(quantized_bytes(network, images)[-1], network.activations[len(network.logit_layers) - 1])


def dequantized(value: Integers, own: ActivationQuantization) -> npt.NDArray[np.float32]:
    return (value - own.zero_point).astype(np.float32) * np.float32(own.scale)


def _quantized_layer(
    layer: Layer, value: Integers, before: ActivationQuantization, after: ActivationQuantization, *, fused: bool
) -> Integers:
    match layer:
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
        case Relu():
            return np.maximum(value, before.zero_point)
        case Tanh():
            return _table(_float32_tanh, before, 128, 128)[value]
        case Sigmoid():
            return _table(_sigmoid, before, 256, 0)[value]
        case _:
            assert isinstance(layer, Flatten)
            return value.reshape(len(value), -1)


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
    return 1 / (1 + np.exp(-value))


def _pooled(function: Callable[..., Array], layer: MaxPool2d | AvgPool2d, value: Array, fill: float) -> Array:
    """`function` of each window, `fill` standing in the padding."""
    return function(_windows(value, layer.kernel, layer.stride, layer.padding, fill), (-2, -1))


def _convolve(layer: Conv2d, value: Array, weight: Array) -> Array:
    """(N, C, H, W) with `layer`'s stride, zero padding and groups, without its bias."""
    windows = _windows(value, weight.shape[2:], layer.stride, layer.padding, 0.0)
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
    padding: tuple[int, int],
    fill: float,
) -> npt.NDArray[Any]:
    """(N, C, H, W) to (N, C, rows, columns, kernel height, kernel width)."""
    padded = np.pad(value, ((0, 0), (0, 0), *((size, size) for size in padding)), constant_values=fill)
    windows: Array = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]]
