"""Small passes over a foreign graph: what changes nothing is dropped, and the end becomes one softmax at most."""

from collections import Counter
from dataclasses import replace

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode, Identity, LogSoftmax, Reshape, Unsupported
from mnist_bench.formats.rewriting import makers, reader_counts, with_nodes, without
from mnist_bench.network.layers import Flatten, Relu, Sigmoid, Softmax, Tanh


def drop_unused(graph: ForeignGraph) -> ForeignGraph:
    """The graph without nodes that its output does not need."""
    needed, kept = {graph.output}, []
    for node in reversed(graph.nodes):
        if node.output in needed:
            needed.update(node.inputs)
            kept.append(node)
    dropped = len(graph.nodes) - len(kept)
    what = "1 of its operators does" if dropped == 1 else f"{dropped} of its operators do"
    note = f"{what} not change its answer, and {'is' if dropped == 1 else 'are'} left out."
    return with_nodes(graph, reversed(kept), *([note] if dropped else []))


def refuse_unsupported(graph: ForeignGraph) -> ForeignGraph:
    """The graph itself; FormatError, which names each operator that this program does not run and where it stands."""
    names = [_named(node, node.operator) for node in graph.nodes if isinstance(node.operator, Unsupported)]
    if not names:
        return graph
    what, them = ("an operator", "it") if len(names) == 1 else (f"{len(names)} operators", "them")
    raise FormatError(
        f"The network has {what} that this program does not run: {_listed(names)}.",
        advice=f"Open a network without {them}, or export this one in another way.",
    )


def drop_identities(graph: ForeignGraph) -> ForeignGraph:
    """The graph without what changes nothing when a network is used, such as dropout."""
    removed = [node for node in graph.nodes if isinstance(node.operator, Identity)]
    counts = Counter(node.operator.what for node in removed if isinstance(node.operator, Identity))
    dropout = counts["dropout"]
    note = f"Dropout, which only training needs, is left out ({dropout} x)."
    return without(graph, removed, *([note] if dropout else []))


def end_in_softmax(graph: ForeignGraph) -> ForeignGraph:
    """The graph with at most one softmax, as its last operator; of log_softmax and of a softmax's multiples (x 255,
    for bytes) the softmax alone is left, which gives the same digits.
    """
    made, counts, ends = makers(graph), reader_counts(graph), list[ForeignNode]()
    value = graph.output
    while (node := made.get(value)) is not None and _keeps_the_digit(node) and counts[value] == 1:
        ends.append(node)
        value = node.inputs[0]
    softmaxes = [node for node in ends if isinstance(node.operator, Softmax | LogSoftmax)]
    if not softmaxes:
        return _told_of_its_end(graph)
    last = softmaxes[-1]  # the one that reads the logits
    behind = ends[: ends.index(last)]
    kept = [replace(node, operator=Softmax()) if node is last else node for node in graph.nodes if node not in behind]
    notes = []
    if isinstance(last.operator, LogSoftmax):
        notes.append("Its log_softmax at the end became a softmax: the digits and their probabilities are the same.")
    if len(softmaxes) > 1:
        notes.append(
            "It ends in several softmaxes, of which one is left: the digits are the same, the probabilities are not."
        )
    elif any(isinstance(node.operator, Affine) for node in behind):
        notes.append("What it does to the probabilities at its end, such as scaling them to bytes, is left out.")
    return replace(with_nodes(graph, kept, *notes), output=last.output)


def puts_out_probabilities(graph: ForeignGraph) -> bool:
    """Whether what the file puts out is a softmax's, of which nothing but the shape was changed afterwards.

    Behind an operator that is not supported, readers leave each operator as an identity of its name.
    """
    made, value = makers(graph), graph.output
    while (node := made.get(value)) is not None and isinstance(node.operator, Identity | Reshape | Flatten | Softmax):
        if isinstance(node.operator, Softmax):
            return True
        if isinstance(node.operator, Identity) and node.operator.what.lower() == "softmax":
            return True
        value = node.inputs[0]
    return False


def _told_of_its_end(graph: ForeignGraph) -> ForeignGraph:
    """The graph with a note if its outputs are no logits."""
    last = makers(graph).get(graph.output)
    if last is None or not isinstance(last.operator, Sigmoid | Tanh | Relu):
        return graph
    note = f"It ends in a {last.operator.kind}: the probabilities shown are a softmax of what that puts out."
    return with_nodes(graph, graph.nodes, note)


def _keeps_the_digit(node: ForeignNode) -> bool:
    """Whether the largest of a row of values stays where it is."""
    operator = node.operator
    if isinstance(operator, Affine):
        return bool(np.ptp(operator.scale) == 0 and np.ptp(operator.offset) == 0 and operator.scale.min() > 0)
    return isinstance(operator, Softmax | LogSoftmax | Identity | Reshape | Flatten)


def _named(node: ForeignNode, operator: Unsupported) -> str:
    where = f"{operator.what} at {node.name}" if node.name and node.name != operator.what else operator.what
    return f"{where} ({operator.why})" if operator.why else where


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
