"""Makes layers comparable across backends that fuse different ones."""

from collections.abc import Sequence

from mnist_bench.bench.layers.values import LayerEntry, Segment
from mnist_bench.network.network import Network


def multiply_adds(network: Network, first: int, last: int) -> int:
    """Multiplications of these operators for one image."""
    pairs = zip(network.operators[first : last + 1], network.input_shapes[first : last + 1], strict=True)
    return sum(operator.multiply_adds(*shapes) for operator, shapes in pairs)


def common_segments(network: Network, backends: Sequence[Sequence[LayerEntry]]) -> tuple[Segment, ...]:
    """The finest parts of `network` behind each of which every backend has an output; none without backends."""
    if not backends:
        return ()
    borders = sorted(set.intersection(*({entry.last for entry in entries} for entries in backends)))
    segments = []
    first = 0
    for last in borders:
        name = " + ".join(operator.kind for operator in network.operators[first : last + 1])
        adds = multiply_adds(network, first, last)
        segments.append(Segment(name, first, last, adds, network.output_shapes[last]))
        first = last + 1
    return tuple(segments)
