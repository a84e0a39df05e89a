"""Scores a foreign graph on labelled digits: how many it reads, and how sure it is of what they are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.input import with_normalisation
from mnist_bench.network.layers import Softmax

_SHARPNESSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Standard deviations that logits are scaled to: networks differ in how large theirs are, which says nothing of how
well they tell digits apart.
"""


@dataclass(frozen=True, slots=True)
class Score:
    """What a graph makes of labelled digits.

    Attributes:
        right: how many it reads.
        surprise: the mean negative log likelihood of the labels, in nats, with its logits scaled as suits it best. A
            graph that is nearly, but not quite, the one that was trained may read as many digits, but is less sure.
    """

    right: int
    surprise: float


def count_right(graph: ForeignGraph, digits: LabelledDigits, scale: float, offset: float) -> int:
    """How many digits a clean graph (lower.py) reads whose input is pixel / 255 times `scale`, plus `offset`."""
    return _right(_logits(graph, digits, scale, offset), digits)


def score(graph: ForeignGraph, digits: LabelledDigits, scale: float, offset: float) -> Score:
    """The same, and how sure it is."""
    logits = _logits(graph, digits, scale, offset)
    with np.errstate(all="ignore"):  # a wrong normalisation may leave float32's range
        sharp = logits / (logits.std() or 1.0)
        surprise = min(_surprise(one * sharp, digits.labels) for one in _SHARPNESSES)
    return Score(_right(logits, digits), surprise)


def _logits(graph: ForeignGraph, digits: LabelledDigits, scale: float, offset: float) -> npt.NDArray[np.float64]:
    pixels = digits.images[:, None].astype(np.float32) / np.float32(255)
    outputs = evaluate(with_normalisation(without_softmax(graph), scale, offset), pixels)
    return outputs.reshape(len(pixels), -1).astype(np.float64)


def _right(logits: npt.NDArray[np.float64], digits: LabelledDigits) -> int:
    return int((logits.argmax(axis=1) == digits.labels).sum())


def _surprise(logits: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> float:
    logits = logits - logits.max(axis=1, keepdims=True)
    likelihoods = logits[np.arange(len(labels)), labels] - np.log(np.exp(logits).sum(axis=1))
    mean = -float(likelihoods.mean())
    return mean if np.isfinite(mean) else float("inf")


def without_softmax(graph: ForeignGraph) -> ForeignGraph:
    """The graph without a softmax at its end."""
    last = graph.nodes[-1]
    if not isinstance(last.operator, Softmax):
        return graph
    return replace(graph, nodes=graph.nodes[:-1], output=last.inputs[0])
