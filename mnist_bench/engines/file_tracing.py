"""Traces a network through files in an engine's own format: times of the engine's nodes, values from added outputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.telling import TellingFile
from mnist_bench.network.layers import Add
from mnist_bench.network.network import Network
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.payload import PayloadError
from mnist_bench.protocol.tracing import LayerTrace, TraceFileAnswer

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NodeTime:
    """The time of one node of an engine's own graph, in the order in which they ran.

    Attributes:
        place: of the operator in the network that it executes, the last one of several; None for a node that the engine
            has added.
        kind: the engine's own word for what it does.
        compute_ns: of one run.
    """

    place: int | None
    kind: str
    compute_ns: float


ReadProfile = Callable[[bytes], Sequence[NodeTime]]
"""Reads what an engine's profiler says; ValueError, LookupError or TypeError where it is not what that writes."""


@dataclass(frozen=True, slots=True, eq=False)
class FileTracing:
    """How one network is traced.

    Attributes:
        plain: the file as it is classified with, whose nodes are timed.
        telling: the one with further outputs, for the values alone.
    """

    network: Network
    plain: LoadFileRequest
    telling: LoadFileRequest
    outputs: TellingFile
    read_profile: ReadProfile

    def times(self, payload: bytes) -> tuple[NodeTime, ...]:
        """Of the answer for the plain file; PayloadError where it has none."""
        profile = TraceFileAnswer.decode(payload).profile
        try:
            times = tuple(self.read_profile(profile))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise PayloadError("The engine's profiler says what cannot be read.") from error
        if not times:
            raise PayloadError("The engine's profiler tells of no node.")
        return times

    def values(self, payload: bytes) -> dict[int, Floats]:
        """Of the answer for the other file, each operator's value by its place; PayloadError where it has others."""
        outputs = TraceFileAnswer.decode(payload).outputs
        if len(outputs) != len(self.outputs.told):
            raise PayloadError("A file has other outputs than it was written with.")
        values: dict[int, Floats] = {}
        try:
            for told, output in zip(self.outputs.told, outputs, strict=True):
                for place in told.places:
                    values[place] = told.read(output, self.network.output_shapes[place])
        except (ValueError, IndexError) as error:
            raise PayloadError(str(error)) from error
        return values

    def layers(self, times: Sequence[NodeTime], values: dict[int, Floats]) -> tuple[LayerTrace, ...]:
        """Times and values as layers. What the engine runs as one is one entry, which ends where it does."""
        count = len(self.network.logit_operators)
        spent: list[list[NodeTime]] = [[] for _ in range(count)]
        for place, nodes in _by_place(times, count):
            spent[place] += nodes
        layers = []
        first = 0
        for last, ends in enumerate(self._ends(spent, values)):
            if ends:
                nodes = [node for place in range(first, last + 1) for node in spent[place]]
                compute_ns = round(sum(node.compute_ns for node in nodes))
                layers.append(LayerTrace(self._name(first, last, nodes), first, last, compute_ns, values[last]))
                first = last + 1
        return tuple(layers)

    def _ends(self, spent: Sequence[Sequence[NodeTime]], values: dict[int, Floats]) -> list[bool]:
        """Whether an entry ends behind each operator: it has a value, and its neighbour is not executed with it."""
        network = self.network
        ends = [place in values for place in range(len(spent))]
        for place, operator in enumerate(network.logit_operators):
            if spent[place]:
                continue
            follows = place + 1 < len(spent) and network.can_fuse(place + 1)
            if follows and spent[place + 1] and isinstance(operator, Weighted | Add):
                ends[place] = False
            elif network.can_fuse(place):
                ends[place - 1] = False
        return ends

    def _name(self, first: int, last: int, nodes: Sequence[NodeTime]) -> str:
        name = " + ".join(operator.kind for operator in self.network.operators[first : last + 1])
        return f"{name} ({', '.join(node.kind for node in nodes)})" if nodes else name


def _by_place(times: Sequence[NodeTime], count: int) -> list[tuple[int, list[NodeTime]]]:
    """Nodes by the place that they count for: what an engine has added belongs to what follows it."""
    found: list[tuple[int, list[NodeTime]]] = []
    waiting: list[NodeTime] = []
    for node in times:
        waiting.append(node)
        if node.place is not None:
            found.append((node.place, waiting))
            waiting = []
    return [*found, (count - 1, waiting)]


def settled_mean(counts: Sequence[float]) -> float:
    """The mean of the middle half of several runs' times, the first of which is not counted: it prepares much."""
    rest = np.sort(np.asarray(counts[1:] or counts, np.float64))
    quarter = len(rest) // 4
    return float(rest[quarter : len(rest) - quarter].mean())
