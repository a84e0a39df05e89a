"""What the chart of the Layers tab draws: a bar for each backend, stacked from its layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mnist_bench.base import words
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, Segment, places
from mnist_bench.gui.kit.chart import Axis, Drawn, Panel, Piece, share_axis
from mnist_bench.gui.kit.palette import layer_fill
from mnist_bench.gui.layers.layers_table import entry_lines, segment_tip

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_FREE = 1.22  # of the longest bar: room for its time behind it
_SHARES = share_axis("share of the sum of the layers")
_TIMES = Axis("time", words.duration_tick, words.duration)
BARS = Panel("Time of each layer on each backend, as stacked bars", _SHARES, None)


def draw_layers(plot: "Plot", comparison: LayerComparison, *, is_absolute: bool) -> Drawn:
    """The first backend on top; bars have one scale of time (ns), or each is 100 % of its backend.

    A piece bears its layers' places where there is room for them.
    """
    backends = comparison.backends
    scales = [1.0 if is_absolute else 1 / (one.sum_ns or 1) for one in backends]
    sums = [words.duration(layers.sum_ns) for layers in backends]
    ends = [layers.sum_ns * scale for layers, scale in zip(backends, scales, strict=True)]
    pieces = [
        piece
        for row, (layers, scale) in enumerate(zip(backends, scales, strict=True))
        for piece in _pieces(row, layers, comparison.segments, scale)
    ]
    plot.scale_x(_TIMES if is_absolute else _SHARES)
    plot.bars("bars", pieces, list(zip(ends, sums, strict=True)))
    plot.span((0, max(*ends, 1e-6) * _FREE))
    plot.rows([layers.title for layers in backends])
    return Drawn(said="; ".join(f"{layers.title} {text}" for layers, text in zip(backends, sums, strict=True)))


def _pieces(row: int, layers: BackendLayers, segments: Sequence[Segment], scale: float) -> list[Piece]:
    """The entries of one backend from left to right; those of one segment have one colour."""
    pieces = []
    left = 0.0
    for number, segment in enumerate(segments):
        about, fill = segment_tip(segment), layer_fill(number)
        for entry, line in zip(layers.within(segment), entry_lines(layers, segment), strict=True):
            width = entry.compute_ns * scale
            pieces.append(Piece(left, width, row, fill, places(entry.first, entry.last), f"{line}\n{about}"))
            left += width
    return pieces
