"""Compares results that were not measured together: with one baseline, or each backend with itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.bench import versions
from mnist_bench.bench.accuracy.comparison import AgainstBaseline, compare
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.accuracy.measures import Proportion, proportion
from mnist_bench.bench.latency.analysis import TimeKind, ratio_between
from mnist_bench.bench.latency.cautions import MeasurementWarning, warnings_of
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, LayerEntry, Segment
from mnist_bench.bench.results.result import Measured, Result
from mnist_bench.bench.statistics.ratio import RatioInterval
from mnist_bench.bench.statistics.summary import Summary, summarize
from mnist_bench.bench.versions import Engine
from mnist_bench.engines.backends import engine_version


@dataclass(frozen=True, slots=True)
class Against:
    """What everything is compared with.

    Attributes:
        baseline: the id of a backend of the first result; its own baseline where that is None.
        each: instead, each backend with itself in the first result: did it change since?
    """

    baseline: str | None = None
    each: bool = False

    def __post_init__(self) -> None:
        if self.each and self.baseline is not None:
            raise UsageError("Comparing each backend with itself takes no baseline.")

    def twin(self, backend: str, own_baseline: str) -> str:
        """The id of the backend of the first result that `backend` is compared with."""
        return backend if self.each else self.baseline or own_baseline

    def check(self, first: Measured) -> None:
        """Raise UsageError where the baseline is not in the first result."""
        if self.baseline is not None and self.baseline not in first.titles:
            raise UsageError(
                f"The baseline {self.baseline!r} is not in the first result.",
                advice=f"There are: {', '.join(first.titles)}.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """One run of one result.

    Attributes:
        compute, round_trip: figures in ns; None without samples.
        ratio: against what it is compared with, of the same batch size; None for that itself, and without samples.
        is_baseline: whether the others, or this backend in the other results, are compared with this one.
        is_paired: whether both were measured side by side: they lie in the same result.
        warnings: what may be wrong with its measurement.
    """

    result: Result[Comparison]
    run: Run
    compute: Summary | None
    round_trip: Summary | None
    ratio: RatioInterval | None
    is_baseline: bool
    is_paired: bool
    warnings: tuple[MeasurementWarning, ...]


def compare_latency(
    results: Sequence[Result[Comparison]], by: TimeKind = TimeKind.COMPUTE, against: Against | None = None
) -> tuple[ComparedRun, ...]:
    """Every run of every result, in order; by default against the baseline of the first.

    Ratios between results are of what was measured at different times: whatever changed on the machine in between is in
    them, and the interval, for which processes of both are resampled independently, does not know of it.
    """
    against = against or Against()
    first = results[0].value
    against.check(first)
    return tuple(_compared_run(one, run, first, by, against) for one in results for run in one.value.runs)


def _compared_run(
    result: Result[Comparison], run: Run, first: Comparison, by: TimeKind, against: Against
) -> ComparedRun:
    twin = first.run_of(against.twin(run.backend, first.baseline), run.batch)
    is_paired = result.value is first
    compute = summarize(run.compute_ns) if len(run.compute_ns) else None
    return ComparedRun(
        result=result,
        run=run,
        compute=compute,
        round_trip=summarize(run.round_trip_ns) if len(run.round_trip_ns) else None,
        ratio=None if twin is None or twin is run else ratio_between(run, twin, by, paired=is_paired),
        is_baseline=twin is run,
        is_paired=is_paired,
        warnings=() if compute is None else warnings_of(run, compute, result.value),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ComparedAccuracy:
    """One backend of one evaluation.

    Attributes:
        accuracy: with its interval.
        against: how it stands, image by image, to what it is compared with; None for that itself, and where the digits
            are not the same.
        is_baseline: whether the others, or this backend in the other results, are compared with this one.
    """

    result: Result[Evaluation]
    answers: AccuracyResult
    accuracy: Proportion
    against: AgainstBaseline | None
    is_baseline: bool


def compare_accuracy(
    results: Sequence[Result[Evaluation]], against: Against | None = None
) -> tuple[ComparedAccuracy, ...]:
    """Every backend of every evaluation, in order; by default against the baseline of the first."""
    against = against or Against()
    first = results[0].value
    against.check(first)
    rows = []
    for one in results:
        is_same = one.value.digits.sha256 == first.digits.sha256
        for answers in one.value.results:
            twin = first.result_of(against.twin(answers.backend_id, first.baseline))
            needs = is_same and twin is not None and twin is not answers
            rows.append(
                ComparedAccuracy(
                    result=one,
                    answers=answers,
                    accuracy=proportion(answers.correct, answers.images),
                    against=compare(twin, answers) if needs and twin is not None else None,
                    is_baseline=twin is answers,
                )
            )
    return tuple(rows)


@dataclass(frozen=True, slots=True, eq=False)
class ComparedLayers:
    """One backend of one analysis of layers.

    Attributes:
        whole_ratio: median of the whole network divided by that of what it is compared with; None for that itself.
        entries: each layer, and its twin that spans the same places of the network; None where there is none.
        is_baseline: whether the others, or this backend in the other results, are compared with this one.
    """

    result: Result[LayerComparison]
    layers: BackendLayers
    whole_ratio: float | None
    entries: tuple[tuple[LayerEntry, LayerEntry | None], ...]
    is_baseline: bool


def compare_layers(
    results: Sequence[Result[LayerComparison]], against: Against | None = None
) -> tuple[ComparedLayers, ...]:
    """Every backend of every analysis, in order; by default against the reference of the first."""
    against = against or Against()
    first = results[0].value
    against.check(first)
    rows = []
    for one in results:
        is_same = one.value.conditions.network_sha256 == first.conditions.network_sha256
        for layers in one.value.backends:
            twin = first.backend(against.twin(layers.backend_id, first.reference_id))
            is_other = twin is not None and twin is not layers
            rows.append(
                ComparedLayers(
                    result=one,
                    layers=layers,
                    whole_ratio=layers.whole_ns / twin.whole_ns if is_other and twin and twin.whole_ns else None,
                    entries=_twins(layers, twin if is_same and is_other else None),
                    is_baseline=twin is layers,
                )
            )
    return tuple(rows)


def _twins(layers: BackendLayers, other: BackendLayers | None) -> tuple[tuple[LayerEntry, LayerEntry | None], ...]:
    twins = {} if other is None else {(entry.first, entry.last): entry for entry in other.entries}
    return tuple((entry, twins.get((entry.first, entry.last))) for entry in layers.entries)


def layers_side_by_side(results: Sequence[Result[LayerComparison]]) -> LayerComparison:
    """Analyses of one network as one; its backends are numbered "#1", "#2" by their result.

    The reference is that of the first; each backend's outputs stay compared with its own. InputError where the networks
    differ.
    """
    values = [one.value for one in results]
    first = values[0]
    if len(values) == 1:
        return first
    if any(one.conditions.network_sha256 != first.conditions.network_sha256 for one in values):
        raise InputError("These analyses are of different networks.", advice="Choose analyses of the same network.")
    numbered = list(enumerate(values, 1))
    return replace(
        first,
        reference_id=_numbered(1, first.reference_id),
        backends=tuple(
            replace(
                layers,
                backend_id=_numbered(number, layers.backend_id),
                title=f"#{number} {layers.title}",
                compiled_id=_numbered(number, layers.compiled_id),
            )
            for number, one in numbered
            for layers in one.backends
        ),
        segments=_common_segments(values),
        failures={_numbered(number, id_): why for number, one in numbered for id_, why in one.failures.items()},
    )


def _numbered(number: int, backend_id: str) -> str:
    return f"#{number} {backend_id}" if backend_id else ""


def _common_segments(values: Sequence[LayerComparison]) -> tuple[Segment, ...]:
    """The finest parts of the network behind each of which every analysis has a border."""
    borders = set.intersection(*({segment.last for segment in one.segments} for one in values))
    segments: list[Segment] = []
    parts: list[Segment] = []
    for segment in values[0].segments:
        parts.append(segment)
        if segment.last in borders:
            adds = sum(part.multiply_adds for part in parts)
            name = " + ".join(part.name for part in parts)
            segments.append(replace(segment, name=name, first=parts[0].first, multiply_adds=adds))
            parts = []
    return tuple(segments)


def differences(results: Sequence[Result[Measured]]) -> tuple[str, ...]:
    """What else than their backends differs between these results of one kind, a sentence for each."""
    first, rest = results[0].value, [one.value for one in results[1:]]
    sentences = []
    scenarios = {value.scenario for value in (first, *rest) if isinstance(value, Comparison)}
    if len(scenarios) > 1:
        sentences.append("The scenarios differ, so their samples are not alike.")
    if any(one.conditions.network_sha256 != first.conditions.network_sha256 for one in rest):
        sentences.append("The networks differ.")
    digits = {value.digits.sha256 for value in (first, *rest) if isinstance(value, Evaluation)}
    if len(digits) > 1:
        sentences.append("The digits differ: their answers cannot be compared image by image.")
    images = {value.images_sha256 for value in (first, *rest) if isinstance(value, LayerComparison)}
    if len(images) > 1:
        sentences.append("The images differ.")
    if rest:
        sentences += versions.sentences(_engines((first, *rest)))
    if isinstance(first, Evaluation):
        return tuple(sentences)
    if any(one.conditions.cpu != first.conditions.cpu for one in rest):
        sentences.append("The processors differ.")
    elif any(one.conditions.processors != first.conditions.processors for one in rest):
        usable = dict.fromkeys(value.conditions.processors for value in (first, *rest))
        sentences.append(f"What they could use of the processors differs: {'; '.join(usable)}.")
    if rest:
        sentences.append("Not measured side by side: these ratios include whatever changed on the machine in between.")
    return tuple(sentences)


def _engines(values: Iterable[Measured]) -> Iterator[Engine | None]:
    """What each backend of comparisons and evaluations told of its engine."""
    for value in values:
        if isinstance(value, Comparison):
            yield from (engine_version(run.backend, run.runner.facts) for run in value.runs)
        elif isinstance(value, Evaluation):
            yield from value.engines


ComparedRow = ComparedRun | ComparedAccuracy | ComparedLayers


@dataclass(frozen=True, slots=True)
class Compared:
    """Several results of one kind side by side: a row for each backend of each, and what else differs."""

    rows: tuple[ComparedRow, ...]
    notes: tuple[str, ...]
