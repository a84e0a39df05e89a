"""What the passes share: a foreign graph's nodes replaced, its readers counted, and notes added."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from mnist_bench.formats.foreign import ForeignGraph, ForeignNode, ForeignOperator
from mnist_bench.network.layers import Flatten, Linear, Operator

Change = tuple[Sequence[ForeignNode], Sequence[ForeignNode]]
"""Nodes to take out, and those that come in the place of the last of them."""


def reader_counts(graph: ForeignGraph) -> Counter[str]:
    """How often each value is read, by its name; the graph's output is read once more."""
    counts = Counter(value for node in graph.nodes for value in node.inputs)
    counts[graph.output] += 1
    return counts


def makers(graph: ForeignGraph) -> dict[str, ForeignNode]:
    """The node that makes each value, by the value's name."""
    return {node.output: node for node in graph.nodes}


def with_nodes(graph: ForeignGraph, nodes: Iterable[ForeignNode], *notes: str) -> ForeignGraph:
    """The graph with other nodes, and with more notes."""
    return replace(graph, nodes=tuple(nodes), notes=(*graph.notes, *notes))


def without(graph: ForeignGraph, removed: Iterable[ForeignNode], *notes: str) -> ForeignGraph:
    """The graph without nodes that read one value each: who read theirs now reads what they read."""
    instead = {node.output: node.inputs[0] for node in removed}

    def source(value: str) -> str:
        while value in instead:
            value = instead[value]
        return value

    nodes = (
        replace(node, inputs=tuple(map(source, node.inputs))) for node in graph.nodes if node.output not in instead
    )
    return replace(with_nodes(graph, nodes, *notes), output=source(graph.output))


def repeated(graph: ForeignGraph, changes: Callable[[ForeignGraph], Iterator[Change]]) -> ForeignGraph:
    """The graph with one change after another, until there is none."""
    while (change := next(changes(graph), None)) is not None:
        taken, put = change
        nodes: list[ForeignNode] = []
        for node in graph.nodes:
            if node is taken[-1]:
                nodes += put
            elif not any(node is one for one in taken):
                nodes.append(node)
        graph = with_nodes(graph, nodes)
    return graph


def pairs(graph: ForeignGraph, first: type[ForeignOperator]) -> Iterator[list[ForeignNode]]:
    """Each `first` and the node behind it, where that is the only one to read it; a linear may have a flatten between
    them.
    """
    made, counts = makers(graph), reader_counts(graph)
    for node in graph.nodes:
        chain = [node]
        before = made.get(node.inputs[0])
        if before is not None and isinstance(node.operator, Linear) and isinstance(before.operator, Flatten):
            chain.insert(0, before)
            before = made.get(before.inputs[0])
        if before is None or not isinstance(before.operator, first):
            continue
        chain.insert(0, before)
        if all(counts[one.output] == 1 for one in chain[:-1]):
            yield chain


def shortened(chain: Sequence[ForeignNode], operator: Operator) -> Change:
    """The change that takes out the first of such a chain, and makes `operator` of its last."""
    kept = [*chain[1:-1], replace(chain[-1], operator=operator)]
    read = [chain[0].inputs[0] if value == chain[0].output else value for value in kept[0].inputs]
    return chain, [replace(kept[0], inputs=tuple(read)), *kept[1:]]
