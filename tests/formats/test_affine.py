"""Batch norms, biases and scalings folded into what is beside them, or made operators."""

import numpy as np
import pytest

from mnist_bench.formats.affine import (
    affine_to_operators,
    drop_affine_without_effect,
    fold_affine_back,
    fold_affine_forward,
)
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode
from mnist_bench.network.layers import Add, Conv2d, Flatten, Linear, QuantizedWeights, Relu
from tests.foreign_graphs import assert_same, chain, conv, kinds, linear, nodes_of, random_values


def per_channel(seed: int, channels: int) -> Affine:
    return Affine(random_values(seed, channels, 1, 1), random_values(seed + 1, channels, 1, 1))


def per_feature(seed: int, features: int) -> Affine:
    return Affine(random_values(seed, features), random_values(seed + 1, features))


def test_a_batch_norm_goes_into_the_operator_before_it() -> None:
    images = chain((2, 6, 6), conv(1, 4, 2, padding=(1, 1)), per_channel(3, 4), Relu())
    assert kinds(assert_same(images, fold_affine_back)) == ["Conv2d", "Relu"]
    groups = chain((2, 6, 6), conv(1, 4, 2, groups=2), per_channel(3, 4))
    assert kinds(assert_same(groups, fold_affine_back)) == ["Conv2d"]
    features = chain((6,), linear(1, 4, 6), per_feature(3, 4), per_feature(5, 4), Relu())
    assert kinds(assert_same(features, fold_affine_back)) == ["Linear", "Relu"]
    alone = chain((2, 6, 6), per_channel(3, 2), Affine(random_values(1, 1), random_values(2, 1, 1, 1)))
    assert kinds(assert_same(alone, fold_affine_back)) == ["Affine"]


def test_a_value_that_others_read_too_stays() -> None:
    nodes = (
        ForeignNode("conv", conv(1, 2, 2, padding=(1, 1)), ("x",), "c"),
        ForeignNode("norm", per_channel(3, 2), ("c",), "n"),
        ForeignNode("add", Add(), ("c", "n"), "y"),
    )
    graph = ForeignGraph("made up", "made up", "x", (2, 6, 6), nodes, "y")
    assert kinds(assert_same(graph, fold_affine_back)) == ["Conv2d", "Affine", "Add"]
    both: tuple[ForeignNode, ...] = (
        nodes[1],
        ForeignNode("conv", conv(1, 2, 2), ("n",), "a"),
        ForeignNode("conv", conv(2, 2, 2), ("n",), "b"),
    )
    both = (*both, ForeignNode("add", Add(), ("a", "b"), "y"))
    graph = ForeignGraph("made up", "made up", "c", (2, 6, 6), both, "y")
    assert kinds(assert_same(graph, fold_affine_forward)) == ["Affine", "Conv2d", "Conv2d", "Add"]
    output = ForeignGraph("made up", "made up", "x", (2, 6, 6), nodes[:2], "c")
    assert kinds(assert_same(output, fold_affine_back)) == ["Conv2d", "Affine"]


def test_a_scaling_goes_into_the_operator_behind_it() -> None:
    images = chain((4, 6, 6), Relu(), per_channel(1, 4), conv(3, 6, 4, groups=2), Relu())
    assert kinds(assert_same(images, fold_affine_forward)) == ["Relu", "Conv2d", "Relu"]
    features = chain((6,), Relu(), per_feature(3, 6), linear(1, 4, 6))
    assert kinds(assert_same(features, fold_affine_forward)) == ["Relu", "Linear"]
    flattened = chain((4, 3, 3), Relu(), per_channel(1, 4), Flatten(), linear(3, 6, 36))
    assert kinds(assert_same(flattened, fold_affine_forward)) == ["Relu", "Flatten", "Linear"]
    each_pixel = chain((4, 3, 3), Affine(random_values(1, 4, 3, 3), random_values(2, 3)), Flatten(), linear(3, 6, 36))
    assert kinds(assert_same(each_pixel, fold_affine_forward)) == ["Flatten", "Linear"]


def test_an_offset_does_not_go_into_a_convolution_with_padding_but_a_scale_does() -> None:
    shifted = chain((4, 6, 6), per_channel(1, 4), conv(3, 6, 4, padding=(0, 0, 1, 0)))
    assert kinds(assert_same(shifted, fold_affine_forward)) == ["Affine", "Conv2d"]
    scaled = chain((4, 6, 6), Affine(random_values(1, 4, 1, 1), np.zeros(1, np.float32)), conv(3, 6, 4, padding=(1, 1)))
    assert kinds(assert_same(scaled, fold_affine_forward)) == ["Conv2d"]


def test_what_is_left_becomes_an_operator_whose_cost_is_told() -> None:
    images = assert_same(chain((4, 6, 6), Relu(), per_channel(1, 4), Relu()), affine_to_operators)
    assert kinds(images) == ["Relu", "Conv2d", "Relu"]
    assert images.notes == (
        "A 1 x 1 convolution (144 multiply-adds) stands for affine1, which cannot be folded exactly.",
    )
    norm = nodes_of(images)[1]
    assert isinstance(norm, Conv2d)
    assert norm.groups == 4
    features = assert_same(chain((5,), per_feature(1, 5), Relu()), affine_to_operators)
    assert kinds(features) == ["Linear", "Relu"]
    with pytest.raises(FormatError, match="affine0: it scales each pixel"):
        affine_to_operators(chain((4, 3, 3), Affine(random_values(1, 3, 3), random_values(1, 1)), Relu()))


def test_an_affine_that_does_nothing_is_dropped() -> None:
    one = Affine(np.ones((2, 1, 1), np.float32), np.zeros(1, np.float32))
    assert kinds(assert_same(chain((2, 3, 3), one, Relu(), one), drop_affine_without_effect)) == ["Relu"]


def test_int8_weights_are_kept_where_their_scales_can_take_the_factor() -> None:
    values = np.arange(-4, 4, dtype=np.int8).reshape(2, 4)
    scales = np.array([0.5, 0.25], np.float32)
    quantized = QuantizedWeights(values, scales)
    operator = Linear(quantized.dequantized(), np.zeros(2, np.float32), quantized=quantized)
    for factors, kept in ((np.array([2, 3], np.float32), True), (np.array([2, -3], np.float32), False)):
        changed = assert_same(chain((4,), operator, Affine(factors, np.ones(1, np.float32))), fold_affine_back)
        folded = nodes_of(changed)[0]
        assert isinstance(folded, Linear)
        assert (folded.quantized is not None) == kept
        if folded.quantized is not None:
            np.testing.assert_array_equal(folded.quantized.dequantized(), folded.weight)
