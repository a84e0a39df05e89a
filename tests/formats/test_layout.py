"""Transposes and reshapes taken out of graphs."""

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    Affine,
    ForeignGraph,
    ForeignNode,
    Identity,
    LogSoftmax,
    Pad,
    Reshape,
    Transpose,
)
from mnist_bench.formats.layout import follow_layout
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Prelu,
    QuantizedWeights,
    Relu,
    Softmax,
    Tanh,
)
from tests.foreign_graphs import (
    TO_CHANNELS_FIRST,
    TO_CHANNELS_LAST,
    assert_same,
    chain,
    channels_last,
    conv,
    kinds,
    linear,
    nodes_of,
    random_values,
)

LAST = Reshape((8, 8, 1))
"""An image that comes in as (1, 8, 8) as a channels-last file has it."""


def test_a_channels_last_network_becomes_a_plain_one() -> None:
    graph = chain(
        (1, 8, 8),
        LAST,
        *channels_last(conv(1, 4, 1)),
        Relu(),
        *channels_last(MaxPool2d()),
        Identity("dropout"),
        Affine(random_values(2, 4), random_values(3, 4)),
        Reshape((-1,)),
        linear(4, 12, 36),
        Tanh(),
        linear(5, 10, 12),
        Softmax(),
    )
    changed = assert_same(graph, follow_layout)
    assert kinds(changed) == [
        *("Conv2d", "Relu", "MaxPool2d", "Affine", "Flatten", "Linear", "Tanh", "Linear", "Softmax"),
    ]
    assert "channels last" in changed.notes[0]


def test_a_flat_input_of_linears_needs_nothing() -> None:
    changed = assert_same(chain((1, 8, 8), Reshape((1, 64)), linear(1, 10, 64), Reshape((10,))), follow_layout)
    assert kinds(changed) == ["Flatten", "Linear"]
    assert not changed.notes


def test_weights_that_stay_as_they_are_are_not_copied() -> None:
    operator = linear(1, 10, 64)
    changed = follow_layout(chain((1, 8, 8), Flatten(), operator))
    assert nodes_of(changed)[1] is operator


def test_a_flat_value_becomes_an_image_of_one_channel_again() -> None:
    changed = assert_same(chain((1, 8, 8), Reshape((64,)), Reshape((1, 8, 8)), conv(1, 2, 1), Flatten()), follow_layout)
    assert kinds(changed) == ["Conv2d", "Flatten"]


def test_a_gray_image_repeated_as_channels_is_read_once() -> None:
    def repeated(*behind: ForeignNode) -> ForeignGraph:
        return ForeignGraph(
            "made up",
            "made up",
            "x",
            (1, 8, 8),
            (ForeignNode("repeat", Concat(), ("x", "x", "x"), "c"), *behind),
            behind[-1].output,
        )

    plain = assert_same(repeated(ForeignNode("conv", conv(1, 2, 3, padding=(1, 1)), ("c",), "y")), follow_layout)
    assert kinds(plain) == ["Conv2d", "Flatten"]
    pooled = assert_same(
        repeated(ForeignNode("pool", AvgPool2d(), ("c",), "p"), ForeignNode("conv", conv(1, 2, 3), ("p",), "y")),
        follow_layout,
    )
    assert kinds(pooled) == ["AvgPool2d", "Conv2d", "Flatten"]
    columns = assert_same(
        repeated(ForeignNode("flatten", Flatten(), ("c",), "f"), ForeignNode("linear", linear(1, 5, 192), ("f",), "y")),
        follow_layout,
    )
    assert kinds(columns) == ["Flatten", "Linear"]
    depthwise = assert_same(repeated(ForeignNode("conv", conv(1, 6, 3, groups=3), ("c",), "y")), follow_layout)
    assert kinds(depthwise) == ["Conv2d", "Conv2d", "Flatten"]
    means = Affine(random_values(1, 3, 1, 1), random_values(2, 3, 1, 1))
    normalised = assert_same(
        repeated(ForeignNode("normalise", means, ("c",), "n"), ForeignNode("conv", conv(1, 2, 3), ("n",), "y")),
        follow_layout,
    )
    assert kinds(normalised) == ["Conv2d", "Affine", "Conv2d", "Flatten"]


def test_a_channels_last_residual_block_is_followed() -> None:
    def at(name: str, operator: object, *inputs: str) -> ForeignNode:
        return ForeignNode(name, operator, inputs, name)  # type: ignore[arg-type]

    graph = ForeignGraph(
        "made up",
        "made up",
        "x",
        (2, 6, 6),
        (
            at("last", TO_CHANNELS_LAST, "x"),
            at("f1", TO_CHANNELS_FIRST, "last"),
            at("c1", conv(1, 3, 2, padding=(1, 1)), "f1"),
            at("l1", TO_CHANNELS_LAST, "c1"),
            at("relu", Relu(), "l1"),
            at("f2", TO_CHANNELS_FIRST, "relu"),
            at("c2", conv(2, 3, 3, padding=(1, 1)), "f2"),
            at("l2", TO_CHANNELS_LAST, "c2"),
            at("sum", Add(), "l2", "relu"),
            at("f3", TO_CHANNELS_FIRST, "sum"),
            at("f4", TO_CHANNELS_FIRST, "last"),
            at("both", Concat(), "f3", "f4"),
            at("l3", TO_CHANNELS_LAST, "both"),
            at("flat", Reshape((180,)), "l3"),
            at("out", linear(3, 4, 180), "flat"),
        ),
        "out",
    )
    changed = assert_same(graph, follow_layout)
    assert kinds(changed) == ["Conv2d", "Relu", "Conv2d", "Add", "Concat", "Flatten", "Linear"]


def test_branches_that_are_flattened_differently_are_joined() -> None:
    def at(name: str, operator: object, *inputs: str) -> ForeignNode:
        return ForeignNode(name, operator, inputs, name)  # type: ignore[arg-type]

    graph = ForeignGraph(
        "made up",
        "made up",
        "x",
        (2, 6, 6),
        (
            at("pooled", MaxPool2d(), "x"),
            at("last", TO_CHANNELS_LAST, "pooled"),
            at("flat", Reshape((18,)), "last"),
            at("other", Flatten(), "x"),
            at("both", Concat(), "flat", "other"),
            at("prelu", Prelu(random_values(1, 90)), "both"),
            at("out", linear(3, 4, 90), "prelu"),
        ),
        "out",
    )
    changed = assert_same(graph, follow_layout)
    assert kinds(changed) == ["MaxPool2d", "Flatten", "Flatten", "Concat", "Prelu", "Linear"]


def test_padding_and_slopes_of_channels_last_images_are_followed() -> None:
    graph = chain(
        (3, 5, 6),
        TO_CHANNELS_LAST,
        Pad(((1, 2), (0, 1), (0, 0)), 0.5),
        TO_CHANNELS_FIRST,
        Prelu(random_values(1, 3)),
        TO_CHANNELS_LAST,
        Reshape((-1,)),
        linear(2, 4, 168),
    )
    assert kinds(assert_same(graph, follow_layout)) == ["Pad", "Prelu", "Flatten", "Linear"]
    without_channels = chain((1, 5, 6), Reshape((5, 6)), Pad(((1, 2), (0, 1))), Reshape((-1,)), linear(2, 4, 56))
    assert kinds(assert_same(without_channels, follow_layout)) == ["Pad", "Flatten", "Linear"]


def test_a_global_pool_may_keep_its_axes_anywhere() -> None:
    graph = chain((3, 4, 4), AvgPool2d((4, 4)), TO_CHANNELS_LAST, linear(1, 5, 3), Reshape((5, 1, 1)), Relu())
    assert kinds(assert_same(graph, follow_layout)) == ["AvgPool2d", "Flatten", "Linear", "Relu"]
    again = chain((3, 4, 4), AvgPool2d((4, 4)), Reshape((1, 1, 3)), TO_CHANNELS_FIRST, conv(1, 2, 3, (1, 1)))
    assert kinds(assert_same(again, follow_layout)) == ["AvgPool2d", "Conv2d", "Flatten"]


def test_int8_weights_go_with_the_columns() -> None:
    values = np.arange(36, dtype=np.int8).reshape(2, 18)
    scales = np.array([0.5, 0.25], np.float32)
    operator = Linear(values * scales[:, None], np.zeros(2, np.float32), quantized=QuantizedWeights(values, scales))
    changed = assert_same(chain((2, 3, 3), TO_CHANNELS_LAST, Reshape((-1,)), operator), follow_layout)
    moved = nodes_of(changed)[-1]
    assert isinstance(moved, Linear)
    assert moved.quantized is not None
    np.testing.assert_array_equal(moved.quantized.dequantized(), moved.weight)


@pytest.mark.parametrize(
    ("operators", "message"),
    [
        ((Transpose((0, 2, 1)), conv(1, 2, 2)), "conv2d1: .* in the order in which"),
        ((Reshape((4, 3, 6)), conv(1, 2, 4)), "conv2d1: "),
        ((TO_CHANNELS_LAST, linear(1, 2, 2)), "linear1: it is applied to each row"),
        ((Flatten(), linear(1, 18, 72), Reshape((2, 3, 3)), MaxPool2d()), "maxpool2d3: "),
        ((Pad(((1, 1), (0, 0), (0, 0))), Flatten()), "pad0: it pads other axes"),
        ((TO_CHANNELS_LAST, Reshape((72,))), "transposed at its end"),
        ((LogSoftmax(), Flatten()), "logsoftmax0: it works on"),
        ((TO_CHANNELS_LAST, Prelu(random_values(1, 6)), Flatten(), linear(1, 2, 72)), "prelu1: it has other slopes"),
        ((Reshape((5, -1)),), "reshape0: A value of the shape"),
        ((Transpose((0, 0, 1)),), "transpose0: "),
        ((conv(1, 2, 5),), "conv2d0: "),
    ],
)
def test_what_cannot_be_expressed_is_named(operators: tuple[Conv2d, ...], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        follow_layout(chain((2, 6, 6), *operators))
