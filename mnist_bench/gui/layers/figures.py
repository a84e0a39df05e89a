"""The table of the Layers tab, a row for each part of the network, and its chart, a bar for each backend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mnist_bench.base import words
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, Segment, difference_figures, places
from mnist_bench.gui.kit.chart import Axis, Drawn, Panel, Piece, share_axis
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.palette import BackendStyle, layer_fill
from mnist_bench.gui.kit.pixels import swatch
from mnist_bench.gui.kit.table import Table
from mnist_bench.network.summary import shape_words
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_LAYER_CHARACTERS, _TIME_CHARACTERS = 36, 30


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the network, by its place in it; without one, a sum of them or the whole."""

    number: int
    name: str
    segment: Segment | None = None


class LayersTable(Table[Row]):
    """Rows of segments, then the sum of the layers and the whole network."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, "Time and difference of each layer", (), lambda row: row.number)

    def show_comparison(
        self, comparison: LayerComparison, compared_id: str, styles: Mapping[str, BackendStyle]
    ) -> None:
        """Shows the times of all backends, and the differences of the one with the id `compared_id`."""
        layer = Column[Row](
            "Layer",
            lambda row: row.name,
            tip=lambda row: segment_tip(row.segment) if row.segment else row.name,
            picture=lambda row: swatch(layer_fill(row.number) if row.segment else "transparent"),
            stretch=True,
            most=_LAYER_CHARACTERS,
        )
        whole = comparison.multiply_adds
        times = (_times(layers, whole, styles.get(layers.backend_id)) for layers in comparison.backends)
        rows = [Row(number, segment.label, segment) for number, segment in enumerate(comparison.segments)]
        rows += [Row(len(rows), "sum of the layers"), Row(len(rows) + 1, "whole network")]
        self.show_all([layer, *times, *_differences(comparison.backend(compared_id))], rows)


def _times(layers: BackendLayers, whole: int, style: BackendStyle | None) -> Column[Row]:
    sums = {"sum of the layers": layers.sum_ns, "whole network": layers.whole_ns}

    def time(row: Row) -> float:
        return layers.segment_ns(row.segment) if row.segment else sums[row.name]

    def tip(row: Row) -> str:
        return "\n".join(entry_lines(layers, row.segment)) if row.segment else layers.sum_words

    about = f"{layers.title}: {layers.sum_words}"
    return Column(
        layers.title.replace(" · ", "\n"),
        lambda row: layers.time_words(row.segment.multiply_adds if row.segment else whole, time(row)),
        about,
        key=time,
        unit="ns",
        tip=tip,
        style=style,
        right=True,
        most=_TIME_CHARACTERS,
    )


def _differences(compared: BackendLayers | None) -> list[Column[Row]]:
    def text(place: int, row: Row) -> str:
        if row.segment is None:
            return ""
        return difference_figures(None if compared is None else compared.segment_difference(row.segment))[place]

    of = "" if compared is None else f" of {compared.title}"
    return [
        Column(title, partial(text, place), f"{about}{of}", right=True)
        for place, (title, about) in enumerate(_DIFFERENCES)
    ]


_DIFFERENCES = (
    (
        "SQNR",
        "Signal-to-quantization-noise ratio after this layer, over all images: higher is closer to the reference",
    ),
    ("Max diff.", "Largest difference of a value from the reference"),
    ("Mean diff.", "Mean difference of a value from the reference"),
)


def segment_tip(segment: Segment) -> str:
    """What a part of the network is."""
    output = shape_words(segment.output_shape)
    return f"{segment.label}\n{words.count(segment.multiply_adds)} multiply-adds, output {output}"


def entry_lines(layers: BackendLayers, segment: Segment) -> list[str]:
    """What a backend executes in a part of the network, a line each."""
    return [
        f"{layers.title}, {entry.label}: {layers.time_words(entry.multiply_adds, entry.compute_ns)} "
        f"(p10 {words.duration(entry.p10_ns)}, p90 {words.duration(entry.p90_ns)}), "
        f"{words.share(entry.share)} of its layers, SQNR {difference_figures(entry.difference)[0]}"
        for entry in layers.within(segment)
    ]


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
