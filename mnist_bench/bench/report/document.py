"""A report: a section for each result of any kind, and notes about all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.report.accuracy import accuracy_section
from mnist_bench.bench.report.colors import give_colors
from mnist_bench.bench.report.compared import compared_section
from mnist_bench.bench.report.latency import latency_section
from mnist_bench.bench.report.layers import layers_section
from mnist_bench.bench.report.section import Section
from mnist_bench.bench.results.result import Kind, Measured, Result, as_result, only

_HOW_TO_READ = {
    Kind.LATENCY: "Compute runs from pixels to logits inside the runner, round trip from the request to its answer. A "
    "ratio is a backend's median divided by the baseline's; below 1 is faster. The 95 % interval comes from resampling "
    "whole processes, because identical processes differ; a backend is called faster or slower only where the "
    "whole interval is outside 1 ± 2 % (shaded).",
    Kind.ACCURACY: "Accuracies have 95 % Wilson intervals. McNemar's p is the probability that chance alone splits the "
    "images that only one of two backends reads correctly at least this unevenly. ECE is the average gap between the "
    "predicted probabilities and the accuracy.",
    Kind.LAYERS: "Times of layers are medians of traces, one layer executed after the other; SQNR is the signal-to-"
    "quantization-noise ratio of a layer's output, with the reference's as the signal.",
}
_MORE = "docs/measuring.md of mnist-bench explains every number."


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes:
        cautions: what to know before one reads any section.
        how_to_read: what the numbers of these kinds of results mean.
    """

    title: str
    cautions: tuple[str, ...]
    sections: tuple[Section, ...]
    how_to_read: tuple[str, ...]


def document_of(
    results: Sequence[Result[Measured] | Measured],
    by: TimeKind = TimeKind.COMPUTE,
    colors: Mapping[str, int] | None = None,
    *,
    each: bool = False,
) -> Document:
    """The report on `results`, in order; `by` says which time ratios of latencies are of. Takes seconds.

    `colors`: the colour indices that backends have already, by id; a backend has the same in every section.
    `each`: several latencies are compared backend by backend, instead of with the baseline of the first.
    """
    kept = [as_result(one) for one in results]
    given = give_colors((backend for one in kept for backend in one.value.titles), colors or {})
    sections = tuple(_section(one, by, given) for one in kept)
    latencies = only(Comparison, [one for one in kept if one.kind is Kind.LATENCY])
    compared = (compared_section(latencies, by, each=each),) if len(latencies) > 1 else ()
    kinds = [kind for kind in Kind if any(one.kind is kind for one in kept)]
    names = dict.fromkeys(f"{section.title}, {section.started}" for section in sections)
    return Document(
        title=" · ".join(["mnist-bench report", *names]),
        cautions=_cautions(kept),
        sections=(*compared, *sections),
        how_to_read=(*(_HOW_TO_READ[kind] for kind in kinds), _MORE),
    )


def _section(result: Result[Measured], by: TimeKind, colors: Mapping[str, int]) -> Section:
    match result.kind:
        case Kind.LATENCY:
            section = latency_section(only(Comparison, [result])[0], by, colors)
        case Kind.ACCURACY:
            section = accuracy_section(only(Evaluation, [result])[0], colors)
        case Kind.LAYERS:
            section = layers_section(only(LayerComparison, [result])[0], colors)
    return replace(section, title=f"{result.name}: {section.title}") if result.name else section


def _cautions(results: Sequence[Result[Measured]]) -> tuple[str, ...]:
    if len({one.value.conditions.network_sha256 for one in results}) > 1:
        return ("These results are of different networks: the sections cannot be compared.",)
    return ()
