"""Layers: their output shapes are PyTorch's, and what they refuse."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    QuantizedWeights,
    Relu,
    ResizeBilinear,
    Shape,
    Softmax,
    Tanh,
)
from tests.networks import ones, random_conv, random_pool, zeros

SIZES: list[Shape] = [(1, 28, 28), (6, 13, 9), (4, 5, 1), (12, 2, 7)]


@pytest.mark.parametrize("shape", SIZES)
def test_a_convolution_puts_out_pytorchs_shape(shape: Shape) -> None:
    rng = np.random.default_rng(sum(shape))
    for _ in range(30):
        layer = random_conv(rng, shape)
        out, per_group, *kernel = layer.weight.shape
        module = nn.Conv2d(per_group * layer.groups, out, tuple(kernel), layer.stride, layer.sides[:2], 1, layer.groups)
        assert layer.output_shape(shape) == tuple(module(torch.zeros(1, *shape)).shape[1:])


@pytest.mark.parametrize(("kind", "module"), [(MaxPool2d, nn.MaxPool2d), (AvgPool2d, nn.AvgPool2d)])
@pytest.mark.parametrize("shape", SIZES)
def test_a_pooling_puts_out_pytorchs_shape(
    kind: type[MaxPool2d | AvgPool2d], module: type[nn.Module], shape: Shape
) -> None:
    rng = np.random.default_rng(sum(shape))
    for _ in range(30):
        layer = random_pool(rng, shape, kind)
        pooled = module(layer.kernel, layer.stride, layer.sides[:2])(torch.zeros(1, *shape))
        assert layer.output_shape(shape) == tuple(pooled.shape[1:])


@pytest.mark.parametrize("size", [(29, 28), (56, 1024), (28, 27), (3, 4)])
def test_a_resize_that_float32_would_round_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(NetworkError, match="alike"):
        ResizeBilinear(size).output_shape((2, 28, 28) if size != (56, 1024) else (2, 28, 12))


@pytest.mark.parametrize("size", [(0, 28), (28, 1025)])
def test_a_resize_has_at_most_1024_pixels_along_a_side(size: tuple[int, int]) -> None:
    with pytest.raises(NetworkError, match="1024"):
        ResizeBilinear(size)


def test_the_other_layers_shapes() -> None:
    assert Flatten().output_shape((3, 4, 5)) == (60,)
    assert Linear(zeros(7, 60), zeros(7)).output_shape((60,)) == (7,)
    assert ResizeBilinear((32, 56)).output_shape((3, 28, 28)) == (3, 32, 56)
    assert Tanh().output_shape((3, 4, 5)) == Softmax().output_shape((3, 4, 5)) == (3, 4, 5)


def test_multiply_adds_count_each_weight_for_each_place_it_is_used_at() -> None:
    conv = Conv2d(zeros(6, 2, 3, 3), zeros(6), padding=(1, 1), groups=2)
    assert conv.multiply_adds((4, 10, 12)) == 10 * 12 * 6 * 2 * 9
    assert Linear(zeros(7, 60), zeros(7)).multiply_adds((60,)) == 420
    assert MaxPool2d().multiply_adds((1, 4, 4)) == Relu().multiply_adds((1, 4, 4)) == 0


def test_work_counts_a_value_for_each_window_that_it_is_in() -> None:
    assert MaxPool2d((3, 2), (1, 1)).work((5, 4, 4)) == 10 * 6 * 5 * 2 * 3
    assert Tanh().work((5, 4, 4)) == Add().work((5, 4, 4), (5, 4, 4)) == 10 * 80
    assert Concat().work((5, 4, 4), (1, 4, 4)) == 10 * 96
    assert Linear(zeros(7, 60), zeros(7)).work((60,)) == 420


def conv(weight: Shape = (4, 1, 3, 3), bias: int = 4, **options: object) -> Conv2d:
    return Conv2d(zeros(*weight), zeros(bias), **options)  # type: ignore[arg-type]  # wrong ones are the point


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight": (4, 3, 3)}, "shape"),
        ({"weight": (4, 1, 33, 3)}, "kernel"),
        ({"weight": (0, 1, 3, 3), "bias": 0}, "outside"),
        ({"weight": (4_001, 4_000, 1, 1), "bias": 4_001}, "the limit"),
        ({"bias": 5}, "biases"),
        ({"stride": (0, 1)}, "stride"),
        ({"stride": (1, 33)}, "stride"),
        ({"padding": (-1, 0)}, "padding"),
        ({"padding": (0, 33)}, "padding"),
        ({"groups": 3}, "groups"),
        ({"groups": 0}, "groups"),
        ({"groups": -2}, "groups"),
        ({"quantized": QuantizedWeights(np.zeros((4, 1, 3, 2), np.int8), ones(4))}, "quantized"),
    ],
)
def test_an_unsound_convolution_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        conv(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_must_be_finite(bad: float) -> None:
    with pytest.raises(NetworkError, match="finite"):
        Linear(bad * ones(2, 2), zeros(2))
    with pytest.raises(NetworkError, match="finite"):
        Linear(zeros(2, 2), bad * ones(2))


def test_a_layer_refuses_a_shape_that_does_not_fit_it() -> None:
    with pytest.raises(NetworkError, match="follows a flatten"):
        conv().output_shape((784,))
    with pytest.raises(NetworkError, match="follows a flatten"):
        MaxPool2d().output_shape((784,))
    with pytest.raises(NetworkError, match="channels is given 2"):
        conv().output_shape((2, 28, 28))
    with pytest.raises(NetworkError, match="does not fit"):
        conv().output_shape((1, 2, 28))
    with pytest.raises(NetworkError, match="784 features"):
        Linear(zeros(1, 784), zeros(1)).output_shape((1, 28, 28))


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_each_window_of_a_pooling_holds_a_value(kind: type[MaxPool2d | AvgPool2d]) -> None:
    kind((3, 3), (1, 1), (2, 0, 1, 2))
    with pytest.raises(NetworkError, match="padding"):
        kind((3, 3), (1, 1), (1, 3))
    with pytest.raises(NetworkError, match="kernel"):
        kind((0, 3))
    with pytest.raises(NetworkError, match="stride"):
        kind((3, 3), (3, 33))


def test_arrays_are_float32_and_cannot_be_changed() -> None:
    weight = np.ones((2, 3), np.float32, order="F")
    layer = Linear(weight, zeros(2))
    weight[:] = 5
    assert layer.weight.dtype == np.float32
    assert (layer.weight == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        layer.weight[0, 0] = 2


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, 1e-39, 1e39, 10**400])
def test_an_activation_scale_must_be_a_positive_float32(scale: float) -> None:
    with pytest.raises(NetworkError, match="scale"):
        ActivationQuantization(scale, 0)


@pytest.mark.parametrize("zero_point", [-1, 256])
def test_a_zero_point_is_a_byte(zero_point: int) -> None:
    with pytest.raises(NetworkError, match="zero point"):
        ActivationQuantization(1.0, zero_point)


def test_an_activation_scale_is_rounded_to_what_qnnpack_computes_with() -> None:
    assert ActivationQuantization(0.1, 0).scale == float(np.float32(0.1))


def test_quantized_weights_stand_for_integers_times_their_channels_scale() -> None:
    weights = QuantizedWeights(np.array([[1, -127], [3, 127]], np.int8), np.array([0.5, 2.0]))
    np.testing.assert_array_equal(weights.dequantized(), np.array([[0.5, -63.5], [6.0, 254.0]], np.float32))


@pytest.mark.parametrize(
    ("values", "scales", "words"),
    [
        (np.array([[-128]], np.int8), ones(1), "127"),
        (np.array([[1]], np.int16), ones(1), "int8"),
        (np.array(1, np.int8), ones(1), "int8"),
        (np.array([[1]], np.int8), ones(2), "scales"),
        (np.array([[1]], np.int8), zeros(1), "positive"),
        (np.array([[1]], np.int8), np.array([np.nan]), "finite"),
    ],
)
def test_unsound_quantized_weights_are_refused(values: np.ndarray, scales: np.ndarray, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        QuantizedWeights(values, scales)


def test_scales_too_large_for_float32_weights_are_refused_without_a_warning() -> None:
    weights = QuantizedWeights(np.full((2, 2), 127, np.int8), np.full(2, 3e38))
    with pytest.raises(NetworkError, match="finite"):
        Linear(weights.dequantized(), zeros(2), quantized=weights)
