"""Padding folded into what is behind it."""

from collections.abc import Sequence

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, ForeignNode, Pad
from mnist_bench.formats.padding import fold_padding
from mnist_bench.network.layers import Add, AvgPool2d, Conv2d, Flatten, MaxPool2d, Operator, Relu, Tanh
from tests.foreign_graphs import assert_same, chain, conv, kinds, linear, nodes_of

PAD = Pad(((0, 0), (1, 0), (0, 1)))


def test_zeros_become_the_padding_of_a_convolution_or_average_pool() -> None:
    changed = assert_same(chain((2, 6, 6), PAD, conv(1, 3, 2, padding=(1, 1))), fold_padding)
    (operator,) = nodes_of(changed)
    assert isinstance(operator, Conv2d)
    assert operator.sides == (2, 1, 1, 2)
    assert kinds(assert_same(chain((2, 6, 6), PAD, AvgPool2d((3, 3), (1, 1), (1, 1))), fold_padding)) == ["AvgPool2d"]


@pytest.mark.parametrize(
    ("before", "value", "kept"),
    [(Relu(), 0.0, False), (Tanh(), 0.0, True), (Tanh(), -np.inf, False), (Relu(), -np.inf, False)],
)
def test_a_max_pool_takes_padding_that_cannot_win(before: Operator, value: float, kept: bool) -> None:
    pad = Pad(((0, 0), (1, 0), (0, 1)), value)
    changed = assert_same(chain((2, 6, 6), before, pad, MaxPool2d((2, 2), (1, 1))), fold_padding)
    assert ("Conv2d" in kinds(changed)) == kept


def test_columns_that_read_only_zeros_are_dropped() -> None:
    changed = assert_same(chain((2, 4, 5), Tanh(), PAD, Flatten(), linear(1, 3, 60)), fold_padding)
    assert kinds(changed) == ["Tanh", "Flatten", "Linear"]


def refused_or_alone() -> Sequence[ForeignGraph]:
    both = (
        ForeignNode("pad", Pad(((0, 0), (1, 1), (1, 1))), ("x",), "p"),
        ForeignNode("one", conv(1, 2, 2), ("p",), "a"),
        ForeignNode("other", conv(3, 2, 2), ("p",), "b"),
        ForeignNode("add", Add(), ("a", "b"), "y"),
    )
    return (
        chain((2, 6, 6), PAD, Relu()),
        chain((2, 6, 6), Pad(((0, 0), (3, 0), (0, 0))), AvgPool2d((3, 3), (1, 1))),
        ForeignGraph("made up", "made up", "x", (2, 6, 6), both, "y"),
    )


@pytest.mark.parametrize("graph", refused_or_alone())
def test_elsewhere_a_convolution_pads(graph: ForeignGraph) -> None:
    changed = assert_same(graph, fold_padding)
    assert len(changed.nodes) == len(graph.nodes)
    assert kinds(changed)[0] == "Conv2d"


def test_other_values_than_zero_are_refused_by_name() -> None:
    with pytest.raises(FormatError, match=r"pad0: it pads with 0\.5"):
        fold_padding(chain((2, 6, 6), Pad(((0, 0), (1, 0), (0, 1)), 0.5), conv(1, 2, 2)))
