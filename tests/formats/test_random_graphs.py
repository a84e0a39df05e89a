"""Random graphs as readers put them out, lowered to networks that compute the same."""

import os

import numpy as np
import pytest

from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode, ForeignOperator, Identity, Pad, Reshape
from mnist_bench.formats.input import with_normalisation
from mnist_bench.formats.lower import clean, rewrite, to_network
from mnist_bench.formats.shapes import shape_behind
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Elu,
    LeakyRelu,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    Shape,
    Sigmoid,
    Tanh,
)
from tests.foreign_graphs import TO_CHANNELS_FIRST, TO_CHANNELS_LAST, conv, linear

CASES = int(os.environ.get("MNIST_BENCH_CASES", "50"))
INPUTS: tuple[Shape, ...] = ((28, 28, 1), (1, 28, 28), (28, 28), (28, 28, 3), (3, 28, 28), (32, 32, 1), (784,))


class Maker:
    """A graph as it grows: `value` is the last value, `channels_last` whether its images are kept so."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[ForeignNode] = []
        self.input_shape = INPUTS[self.rng.integers(len(INPUTS))]
        self.shapes: dict[str, Shape] = {"x": self.input_shape}
        self.value = "x"
        self.channels_last = bool(self.rng.integers(2))

    @property
    def shape(self) -> Shape:
        return self.shapes[self.value]

    def number(self) -> int:
        return int(self.rng.integers(1_000_000))

    def append(self, operator: Operator | ForeignOperator, *others: str) -> str:
        node = ForeignNode(f"n{len(self.nodes)}", operator, (self.value, *others), f"v{len(self.nodes)}")
        self.shapes[node.output] = shape_behind(node, *(self.shapes[value] for value in node.inputs))
        self.nodes.append(node)
        self.value = node.output
        return self.value

    def on_image(self, operator: Operator, *others: str) -> None:
        if not self.channels_last:
            self.append(operator, *others)
            return
        last, turned = self.value, []
        for other in others:
            self.value = other
            turned.append(self.append(TO_CHANNELS_FIRST))
        self.value = last
        self.append(TO_CHANNELS_FIRST)
        self.append(operator, *turned)
        self.append(TO_CHANNELS_LAST)

    def image(self) -> Shape:
        """(channels, height, width)."""
        shape = self.shape
        return (shape[2], *shape[:2]) if self.channels_last else shape

    def of_channels(self) -> Affine:
        count = self.image()[0]
        shape = (count,) if self.channels_last else (count, 1, 1)
        return Affine(
            self.rng.normal(1, 0.3, shape).astype(np.float32), self.rng.normal(0, 1, shape).astype(np.float32)
        )

    def convolution(self) -> None:
        channels, height, width = self.image()
        size = int(self.rng.integers(1, min(4, height, width) + 1))
        groups = channels if self.rng.random() < 0.2 else 1
        outs = channels * int(self.rng.integers(1, 3)) if groups > 1 else int(self.rng.integers(1, 9))
        top, left, bottom, right = (int(side) for side in self.rng.integers(0, 2, 4))
        stride = int(self.rng.integers(1, 3))
        padding = (top, left, bottom, right)
        self.on_image(conv(self.number(), outs, channels, (size, size), (stride, stride), padding, groups))

    def pool(self) -> None:
        _, height, width = self.image()
        if min(height, width) < 4:
            return
        bottom, right = (int(side) for side in self.rng.integers(0, 2, 2))
        kind = (MaxPool2d, AvgPool2d)[self.rng.integers(2)]
        self.on_image(kind((2, 2), (2, 2), (0, 0, bottom, right)))

    def activation(self) -> None:
        count = self.image()[0]
        slopes = self.rng.normal(size=count).astype(np.float32)
        choices = (Relu(), Relu6(), LeakyRelu(0.2), Elu(0.7), Tanh(), Sigmoid(), Prelu(slopes), Identity("dropout"))
        operator = choices[self.rng.integers(len(choices))]
        if isinstance(operator, Prelu):
            self.on_image(operator)
        else:
            self.append(operator)

    def pad(self) -> None:
        sides = ((1, 0), (0, 1))
        self.append(Pad((*sides, (0, 0)) if self.channels_last else ((0, 0), *sides)))

    def residual(self) -> None:
        before, channels = self.value, self.image()[0]
        self.on_image(conv(self.number(), channels, channels, padding=(1, 1)))
        if self.rng.integers(2):
            self.append(Add(), before)
        else:
            self.on_image(Concat(), before)

    def graph(self) -> ForeignGraph:
        colours = 3 if 3 in self.input_shape else 1
        side = 32 if 32 in self.input_shape else 28
        if self.input_shape[-1] == 3 and not self.channels_last:
            self.append(TO_CHANNELS_FIRST)
        elif self.input_shape[0] == 3 and self.channels_last:
            self.append(TO_CHANNELS_LAST)
        elif colours == 1:
            self.append(Reshape((side, side, 1) if self.channels_last else (1, side, side)))
        steps = (self.convolution, self.convolution, self.pool, self.activation, self.activation, self.pad)
        for step in self.rng.integers(0, 8, int(self.rng.integers(2, 9))):
            if step < 6:
                steps[step]()
            elif step == 6:
                self.append(self.of_channels())
            else:
                self.residual()
        self.append(Reshape((-1,)))
        self.append(linear(self.number(), 12, self.shape[0]))
        self.append(Affine(*(self.rng.normal(1, 0.2, 12).astype(np.float32) for _ in range(2))))
        self.append(Relu())
        self.append(linear(self.number(), 10, 12))
        return ForeignGraph("made up", "random", "x", self.input_shape, tuple(self.nodes), self.value)


@pytest.mark.parametrize("seed", range(CASES))
def test_a_random_graph_computes_the_same_once_lowered(seed: int) -> None:
    graph = Maker(seed).graph()
    cleaned = with_normalisation(clean(graph), 3.2, -0.4)
    rewritten = rewrite(cleaned)
    network, _ = to_network(rewritten)
    assert len(network.operators) == len(rewritten.nodes)
    pixels = np.random.default_rng(seed).random((2, 1, 28, 28))
    before, after = (evaluate(one, pixels, np.float64).reshape(2, 10) for one in (cleaned, rewritten))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-5 * np.abs(before).max())
