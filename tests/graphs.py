"""Random graphs for tests: residuals, concatenations, several heads and every operator, up to 20 of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
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
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import INPUT_SHAPE, Inputs, Network
from mnist_bench.network.operators.window import MAX_KERNEL, Sides
from tests.networks import Draw, normal, pick, quantize, random_linear

MOST_OPERATORS = 20
_IMAGE_OPERATORS = 11  # of those; the others are needed to come to one end
_MOST_OPEN = 3  # values that nobody reads yet
_CHANNELS = (1, 2, 3, 5, 8, 9, 12, 16, 17, 24, 32, 33)
_MOST_VALUES = 20_000


@dataclass
class _Graph:
    """A graph in the making: `shapes` of all values, and which of them nobody reads yet."""

    rng: np.random.Generator
    operators: list[Operator] = field(default_factory=list)
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=lambda: [INPUT_SHAPE])
    unread: set[int] = field(default_factory=lambda: {0})

    def add(self, operator: Operator, *read: int) -> int:
        """Append `operator`; the value that it puts out."""
        self.shapes.append(operator.output_shape(*(self.shapes[value] for value in read)))
        self.operators.append(operator)
        self.inputs.append(read)
        self.unread -= set(read)
        self.unread.add(len(self.operators))
        return len(self.operators)

    def value(self) -> int:
        """One to read: mostly the newest, often one that nobody reads yet, sometimes any image."""
        chance = self.rng.random()
        if chance < 0.5:
            return len(self.operators)
        if chance < 0.8 or len(self.unread) >= _MOST_OPEN:
            return pick(self.rng, sorted(self.unread))
        return int(self.rng.integers(len(self.shapes)))

    def like(self, value: int, axes: slice) -> list[int]:
        """The values whose shape has the same `axes` as that of `value`, which is one of them."""
        wanted = self.shapes[value][axes]
        return [other for other, shape in enumerate(self.shapes) if shape[axes] == wanted]


def every_operator() -> tuple[tuple[Operator, ...], tuple[tuple[int, ...], ...]]:
    """A graph with each operator once at least, residual and joined, on images and on features."""
    rng = np.random.default_rng(5)

    def conv(out: int, per_group: int, kernel: int, **fields: Any) -> Conv2d:
        deviation = (per_group * kernel * kernel) ** -0.5
        return Conv2d(normal(rng, deviation, out, per_group, kernel, kernel), normal(rng, 0.3, out), **fields)

    def linear(out: int, features: int) -> Linear:
        return Linear(normal(rng, features**-0.5, out, features), normal(rng, 0.3, out))

    chain: list[tuple[Operator, tuple[int, ...]]] = [
        (conv(4, 1, 3, padding=(1, 1, 1, 1)), (0,)),
        (Relu(), (1,)),
        (conv(4, 1, 3, padding=(0, 2, 2, 0), groups=4), (2,)),
        (Add(), (2, 3)),
        (Relu(), (4,)),
        (MaxPool2d((3, 3), (2, 2), (1, 0, 1, 1)), (5,)),
        (conv(6, 2, 2, stride=(2, 2), groups=2), (6,)),
        (Elu(), (7,)),
        (AvgPool2d((2, 2), (1, 2), (1, 0, 0, 1)), (8,)),
        (LeakyRelu(0.2), (9,)),
        (Prelu(np.array([0.1, -0.2, 0.3, 0.4, 0.0, 0.25])), (9,)),
        (Concat(), (10, 11)),
        (Relu6(), (12,)),
        (ResizeBilinear((8, 4)), (13,)),
        (Flatten(), (14,)),
        (linear(9, 12 * 8 * 4), (15,)),
        (Tanh(), (16,)),
        (linear(9, 12 * 8 * 4), (15,)),
        (Sigmoid(), (18,)),
        (Concat(), (17, 19)),
        (linear(10, 18), (20,)),
        (Softmax(), (21,)),
    ]
    return tuple(operator for operator, _ in chain), tuple(read for _, read in chain)


def random_graph(rng: np.random.Generator, *, quantized: bool = False, draw: Draw | None = None) -> Network:
    """Up to 20 operators: on images first, then on features."""
    while True:
        operators, inputs = random_operators(rng)
        if not quantized:
            return Network("random-graph", operators, inputs=inputs)
        try:
            return quantize(rng, operators, draw, inputs)
        except NetworkError:  # an add of values whose scales are too far apart: the next draw
            continue


def random_operators(rng: np.random.Generator) -> tuple[tuple[Operator, ...], Inputs]:
    """The operators of a random graph, and the values that each of them reads."""
    while True:
        graph = _Graph(rng)
        most = int(rng.integers(1, _IMAGE_OPERATORS + 1))
        while len(graph.operators) < most:
            _grow(graph)
        _finish(graph)
        if len(graph.operators) <= MOST_OPERATORS:
            return tuple(graph.operators), tuple(graph.inputs)


def _grow(graph: _Graph) -> None:
    """One operator more on an image; or, of a residual, three."""
    rng, value = graph.rng, graph.value()
    shape = graph.shapes[value]
    choice = rng.random()
    if choice < 0.3:
        _append_small(graph, random_window_conv(rng, shape), value)
    elif choice < 0.4:
        _append_small(graph, random_padded_pool(rng, shape), value)
    elif choice < 0.6:
        graph.add(random_activation(rng, shape), value)
    elif choice < 0.72:
        graph.add(Add(), value, pick(rng, graph.like(value, slice(None))))
    elif choice < 0.82:
        others = [pick(rng, graph.like(value, slice(1, None))) for _ in range(rng.integers(1, 4))]
        _append_small(graph, Concat(), value, *others)
    elif choice < 0.86:
        graph.add(_batch_norm(rng, shape[0]), value)
    elif choice < 0.9:
        _append_small(graph, _resize(rng, shape), value)
    else:
        _residual(graph, value)


def _resize(rng: np.random.Generator, shape: Shape) -> ResizeBilinear:
    """To the same size, twice that, or 8 / 7 of it where that is a whole number."""
    height, width = (pick(rng, [side, 2 * side, *([8 * side // 7] if side % 7 == 0 else [])]) for side in shape[1:])
    return ResizeBilinear((height, width))


def _append_small(graph: _Graph, operator: Operator, *read: int) -> None:
    shape = operator.output_shape(*(graph.shapes[value] for value in read))
    if np.prod(shape) <= _MOST_VALUES:
        graph.add(operator, *read)


def _residual(graph: _Graph, value: int) -> None:
    """A 3 x 3 convolution beside nothing, then add, mostly with a ReLU behind each."""
    rng, channels = graph.rng, graph.shapes[value][0]
    weight = normal(rng, (9 * channels) ** -0.5, channels, channels, 3, 3)
    end = graph.add(Conv2d(weight, normal(rng, 0.3, channels), (1, 1), (1, 1)), value)
    if rng.integers(2):
        end = graph.add(Relu(), end)
    end = graph.add(Add(), *((end, value) if rng.integers(2) else (value, end)))
    if rng.integers(3):
        graph.add(pick(rng, (Relu, Relu6))(), end)


def _finish(graph: _Graph) -> None:
    """Join all ends to ten logits."""
    rng = graph.rng
    heads = []
    for value in sorted(graph.unread):
        if rng.integers(3) == 0:
            value = graph.add(_global_pool(graph.shapes[value]), value)
        heads.append(graph.add(Flatten(), value))
    end = heads[0]
    if len(heads) > 1:
        end = graph.add(Concat(), *heads) if rng.integers(2) else _added_heads(graph, heads)
    if rng.integers(3) == 0:
        end = graph.add(random_activation(rng, graph.shapes[end]), end)
    end = graph.add(random_linear(rng, 10, graph.shapes[end][0]), end)
    if rng.integers(4) == 0:
        graph.add(Softmax(), end)


def _added_heads(graph: _Graph, heads: list[int]) -> int:
    ends = [graph.add(random_linear(graph.rng, 10, graph.shapes[head][0]), head) for head in heads]
    end = ends[0]
    for other in ends[1:]:
        end = graph.add(Add(), end, other)
    return end


def _global_pool(shape: Shape) -> Operator:
    """The mean of each channel, where a pooling can do that; QNNPACK cannot pool single values."""
    if shape[1:] == (1, 1) or max(shape[1:]) > MAX_KERNEL:
        return Relu()
    return AvgPool2d((shape[1], shape[2]), (1, 1))


def _batch_norm(rng: np.random.Generator, channels: int) -> Conv2d:
    """What is left of a batch norm that cannot be folded: a factor and an offset for each channel."""
    return Conv2d(normal(rng, 1.0, channels, 1, 1, 1), normal(rng, 0.3, channels), groups=channels)


def random_activation(rng: np.random.Generator, shape: Shape) -> Operator:
    """Any of the seven, for values of `shape`."""
    makers: tuple[Callable[[], Operator], ...] = (
        Relu,
        Relu6,
        Tanh,
        Sigmoid,
        lambda: LeakyRelu(float(rng.uniform(-0.3, 0.9))),
        lambda: Elu(float(rng.uniform(0.2, 2))),
        lambda: Prelu(normal(rng, 0.4, shape[0])),
    )
    return pick(rng, makers)()


def random_window_conv(rng: np.random.Generator, shape: Shape) -> Conv2d:
    """A convolution with any padding on each side, sometimes depthwise or in groups."""
    channels, height, width = shape
    groups = 1 if rng.integers(3) else pick(rng, [one for one in range(1, channels + 1) if channels % one == 0])
    sides = _sides(rng, 3)
    kernel = tuple(
        min(size + sides[at] + sides[at + 2], pick(rng, (1, 2, 3, 3, 5))) for at, size in enumerate((height, width))
    )
    out = groups * max(1, round(pick(rng, _CHANNELS) / groups))
    size = (out, channels // groups, *kernel)
    stride = (pick(rng, (1, 1, 2, 3)), pick(rng, (1, 1, 2, 3)))
    return Conv2d(normal(rng, float(np.prod(size[1:])) ** -0.5, *size), normal(rng, 0.3, out), stride, sides, groups)


def random_padded_pool(rng: np.random.Generator, shape: Shape) -> Operator:
    """A pooling with any padding on each side that is less than its window, of two values at least."""
    kernel = (pick(rng, (2, 2, 3, 4)), pick(rng, (2, 2, 3, 1)))
    top, left, bottom, right = (int(rng.integers(size)) for size in (*kernel, *kernel))
    bottom, right = max(bottom, kernel[0] - shape[1] - top), max(right, kernel[1] - shape[2] - left)
    if bottom >= kernel[0] or right >= kernel[1] or rng.integers(2):
        kernel, top, left, bottom, right = (2, 2), 0, 0, int(shape[1] == 1), int(shape[2] == 1)
    stride = (pick(rng, (1, 2, 2, 3)), pick(rng, (1, 2, 2, 3)))
    return pick(rng, (MaxPool2d, AvgPool2d))(kernel, stride, (top, left, bottom, right))


def _sides(rng: np.random.Generator, most: int) -> Sides:
    top, left, bottom, right = (int(rng.integers(most)) for _ in range(4))
    return (top, left, top, left) if rng.integers(2) else (top, left, bottom, right)
