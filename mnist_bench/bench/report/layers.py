"""An analysis of layers as a section of a report."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, difference_figures
from mnist_bench.bench.report.charts import log_times, name_axis
from mnist_bench.bench.report.conditions import conditions_rows
from mnist_bench.bench.report.section import Figure, Legend, Rows, Section, Table, part, table
from mnist_bench.bench.report.svg import Axis, Plot
from mnist_bench.bench.results.result import Result

_LEAST_NS = 1.0  # the smallest that is drawn: a clock too coarse for a layer makes it 0


def layers_section(result: Result[LayerComparison], colors: Mapping[str, int]) -> Section:
    """The section of an analysis of layers."""
    comparison = result.value
    series = [colors[layers.backend_id] for layers in comparison.backends]
    titles = {number: layers.title for number, layers in zip(series, comparison.backends, strict=True)}
    sentence = dominant_sentence(comparison)
    chart = Figure(partial(layers_chart, comparison, series), "Median compute time of each layer.")
    parts = (
        part("Time", Legend(titles), chart, table(_times(comparison))) if comparison.segments else None,
        part("Share of the core's peak", table(_of_peak(comparison))),
        part("Error of quantization", table(_differences(comparison))),
        part("Conditions", Table((("what", "value"), *_conditions(comparison)), is_words=True)),
    )
    return Section(
        title=f"{Path(comparison.conditions.model).name}, layers",
        started=comparison.conditions.started,
        note=result.note,
        cautions=_cautions(comparison),
        summary=((None, sentence),) if sentence else (),
        parts=tuple(filter(None, parts)),
    )


def layers_chart(comparison: LayerComparison, series: Sequence[int]) -> str:
    """Each layer's median compute time on each backend; there are backends and layers."""
    times = [
        [math.log10(max(layers.segment_ns(segment), _LEAST_NS)) for segment in comparison.segments]
        for layers in comparison.backends
    ]
    low, high = min(map(min, times)), max(map(max, times))
    margin = max(0.05, 0.06 * (high - low))
    x = Axis(low - margin, high + margin, log_times(low - margin, high + margin), "compute")
    y, left, height = name_axis([segment.label for segment in comparison.segments])
    plot = Plot("Compute time of each layer", x, y, left=left, height=height)
    for of_backend, number in zip(times, series, strict=True):
        for row, at in enumerate(of_backend):
            plot.marker(at, float(row), number)
    return plot.text()


def _cautions(comparison: LayerComparison) -> tuple[str, ...]:
    failures = [f"{comparison.titles[one]}: {error}" for one, error in comparison.failures.items()]
    if comparison.cancelled:
        failures.insert(0, "The analysis was cancelled: these are the traces until then.")
    return tuple(failures)


def _times(comparison: LayerComparison) -> Rows:
    head = ("layer", "multiply-adds", *(layers.title for layers in comparison.backends))
    rows = [
        (
            segment.label,
            words.count(segment.multiply_adds),
            *(_time(layers, layers.segment_ns(segment)) for layers in comparison.backends),
        )
        for segment in comparison.segments
    ]
    total = words.count(comparison.multiply_adds)
    sums = ("sum of the layers", total, *(words.duration(layers.sum_ns) for layers in comparison.backends))
    wholes = ("whole network", total, *(words.duration(layers.whole_ns) for layers in comparison.backends))
    return (head, *rows, sums, wholes)


def _of_peak(comparison: LayerComparison) -> Rows:
    """Multiply-adds against the most that a core makes, by the backends for which that is known."""
    head = ("layer", *(one.title for one in comparison.with_peak))
    return (head, *comparison.of_peak_rows("whole network"))


def _time(layers: BackendLayers, nanoseconds: float) -> str:
    share = words.share(nanoseconds / layers.sum_ns) if layers.sum_ns else words.NO_FIGURE
    return f"{words.duration(nanoseconds)}, {share}"


def _differences(comparison: LayerComparison) -> Rows:
    """How far outputs are from the reference's, behind each layer."""
    others = [layers for layers in comparison.backends if layers is not comparison.reference]
    rows = [
        (segment.label, layers.title, *difference_figures(layers.segment_difference(segment)))
        for segment in comparison.segments
        for layers in others
        if comparison.reference is not None
    ]
    return (("layer", "backend", "SQNR", "largest difference", "mean difference"), *rows)


def _conditions(comparison: LayerComparison) -> Rows:
    traces = ", ".join(f"{layers.title} {words.count(layers.traces)}" for layers in comparison.backends)
    images = f"{words.plural(comparison.images, 'image')}, SHA-256 {comparison.images_sha256}"
    told = {"layers": "; ".join(comparison.notes)} if comparison.notes else {}
    return conditions_rows(comparison.conditions, {"images": images, "traces": traces, **told})
