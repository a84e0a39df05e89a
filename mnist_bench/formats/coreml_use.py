"""A layer of a Core ML file where it stands: what its reading function needs to know of it."""

from dataclasses import dataclass

from mnist_bench.formats.building import Array, GraphBuilder
from mnist_bench.formats.protobuf_wire import Message
from mnist_bench.network.operators.window import Pair, Sides


@dataclass(frozen=True)
class Use:
    """A layer where it stands.

    Attributes:
        graph: what it is written into.
        params: its own message.
        inputs: the file's names of what it reads: values and constants.
    """

    graph: GraphBuilder
    params: Message
    inputs: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """What it reads that is computed, by the graph's names."""
        return tuple(self.graph.value(name) for name in self.inputs if name not in self.graph.constants)

    @property
    def value(self) -> str:
        """The one value that it reads."""
        (value,) = self.values
        return value

    @property
    def constants(self) -> tuple[Array, ...]:
        """What it reads that stands in the file."""
        return tuple(self.graph.constants[name] for name in self.inputs if name in self.graph.constants)

    def pair(self, number: int, default: int) -> Pair:
        """Height and width from a field of two numbers."""
        height, width = self.params.integers(number) or (default, default)
        return height, width

    def each_channel(self, factors: Array) -> Array:
        """One factor for each channel, to be broadcast against the value with its batch."""
        return factors.reshape(1, -1, *[1] * (len(self.graph.shape(self.value)) - 2))


def edges(amounts: Message) -> Sides:
    """BorderAmounts as top, left, bottom, right; zeros where there are none."""
    edges = [(edge.integer(1), edge.integer(2)) for edge in amounts.messages(10)] or [(0, 0), (0, 0)]
    (top, bottom), (left, right) = edges
    return top, left, bottom, right
