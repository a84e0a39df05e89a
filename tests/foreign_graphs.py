"""Foreign graphs as readers put them out, made up; and the comparison of a graph before and after passes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, ForeignNode, ForeignOperator, Transpose
from mnist_bench.network.layers import Conv2d, Linear, Operator, Pair, Shape, Sides

Operators = list[Operator | ForeignOperator]
TO_CHANNELS_FIRST = Transpose((2, 0, 1))
TO_CHANNELS_LAST = Transpose((1, 2, 0))


def chain(shape: Shape, *operators: Operator | ForeignOperator, format: str = "made up") -> ForeignGraph:  # noqa: A002
    """Operators one behind another, named by their kind and place."""
    nodes = tuple(
        ForeignNode(f"{type(operator).__name__.lower()}{index}", operator, (f"v{index}",), f"v{index + 1}")
        for index, operator in enumerate(operators)
    )
    return ForeignGraph(format, "made up", "v0", shape, nodes, f"v{len(operators)}")


def nodes_of(graph: ForeignGraph) -> list[Operator | ForeignOperator]:
    return [node.operator for node in graph.nodes]


def kinds(graph: ForeignGraph) -> list[str]:
    return [type(node.operator).__name__ for node in graph.nodes]


def random_values(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def conv(
    seed: int,
    outs: int,
    ins: int,
    kernel: Pair = (3, 3),
    stride: Pair = (1, 1),
    padding: Sides | Pair = (0, 0),
    groups: int = 1,
) -> Conv2d:
    weight = random_values(seed, outs, ins // groups, *kernel)
    return Conv2d(weight, random_values(seed + 1, outs), stride, padding, groups)


def linear(seed: int, outs: int, ins: int) -> Linear:
    return Linear(random_values(seed, outs, ins), random_values(seed + 1, outs))


def channels_last(*operators: Operator) -> Operators:
    """Image operators as a reader of a channels-last file puts them out: each between two transposes."""
    return [one for operator in operators for one in (TO_CHANNELS_FIRST, operator, TO_CHANNELS_LAST)]


def assert_same(graph: ForeignGraph, *passes: Callable[[ForeignGraph], ForeignGraph], seed: int = 0) -> ForeignGraph:
    """The graph behind the passes, which puts out the same for random inputs."""
    changed = graph
    for one in passes:
        changed = one(changed)
    inputs = np.random.default_rng(seed).normal(size=(3, *graph.input_shape))
    before, after = (evaluate(one, inputs, np.float64).reshape(3, -1) for one in (graph, changed))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-5 * np.abs(before).max())
    return changed
