"""An evaluation as a section of a report."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.bench.accuracy.comparison import AGAINST_TITLES, against_figures
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.accuracy.measures import DIGITS, most_confused
from mnist_bench.bench.accuracy.summary import AccuracySummary, summarize_all
from mnist_bench.bench.report.accuracy_charts import accuracy_chart, calibration_chart
from mnist_bench.bench.report.conditions import conditions_rows
from mnist_bench.bench.report.section import Caption, Command, Figure, Legend, Rows, Section, Table, part, table
from mnist_bench.bench.results.result import Result
from mnist_bench.digits.orders import UPRIGHT

_MOST_CONFUSED = 5


def accuracy_section(result: Result[Evaluation], colors: Mapping[str, int]) -> Section:
    """The section of an evaluation."""
    evaluation = result.value
    summaries = summarize_all(evaluation.results, evaluation.baseline)
    series = [colors[one.result.backend_id] for one in summaries]
    titles = {number: one.result.title for number, one in zip(series, summaries, strict=True)}
    parts = (
        part("Accuracy", Figure(partial(accuracy_chart, summaries, series)), table(_accuracies(summaries)))
        if summaries
        else None,
        part("Image by image", table(_against(summaries, evaluation.titles))),
        part("By digit", table(_digits(summaries))),
        part("Most frequent errors", table(_confusions(summaries))),
        part(
            "Calibration",
            Caption("On the dotted line, accuracy equals the predicted probability."),
            Legend(titles),
            Figure(partial(calibration_chart, summaries, series)),
        )
        if summaries
        else None,
        part("Conditions", Table((("what", "value"), *_conditions(evaluation)), is_words=True)),
        part("Reproduce", Command(_command(evaluation))),
    )
    return Section(
        title=f"{Path(evaluation.conditions.model).name}, accuracy on {evaluation.digits.title}",
        started=evaluation.conditions.started,
        note=result.note,
        cautions=_cautions(evaluation),
        summary=tuple(
            (number, _sentence(one, evaluation.titles)) for number, one in zip(series, summaries, strict=True)
        ),
        parts=tuple(filter(None, parts)),
    )


def _cautions(evaluation: Evaluation) -> tuple[str, ...]:
    failures = [f"{evaluation.titles[one]}: {error}" for one, error in evaluation.failures.items()]
    if evaluation.cancelled:
        failures.insert(0, "The evaluation was cancelled: these are the images classified until then.")
    return tuple(failures)


def _sentence(one: AccuracySummary, titles: Mapping[str, str]) -> str:
    read = words.count_of(one.accuracy.right, one.accuracy.total)
    share = one.result.accuracy, one.accuracy.low, one.accuracy.high
    sentence = f"{one.result.title} reads {read} digits correctly: {words.accuracy_interval(*share)}"
    if one.against is None:
        return f"{sentence}."
    agreement = words.accuracy(one.against.agreement)
    p = one.against.mcnemar.p_text
    return f"{sentence}; it agrees with {titles[one.against.baseline_id]} on {agreement} (McNemar's p {p})."


def _accuracies(summaries: Sequence[AccuracySummary]) -> Rows:
    rows = [
        (
            one.result.title,
            words.accuracy(one.accuracy.share),
            words.accuracy_range(one.accuracy.low, one.accuracy.high),
            words.count_of(one.accuracy.right, one.accuracy.total),
            words.accuracy(one.calibration.ece),
            words.duration(one.result.seconds * 1e9),
            words.rate(one.result.images_per_second),
        )
        for one in summaries
    ]
    return (("backend", "accuracy", "95 % interval", "right", "ECE", "time", "images/s"), *rows)


def _against(summaries: Sequence[AccuracySummary], titles: Mapping[str, str]) -> Rows:
    rows = [
        (one.result.title, titles[one.against.baseline_id], *against_figures(one.against))
        for one in summaries
        if one.against is not None
    ]
    return (("backend", "baseline", *AGAINST_TITLES), *rows)


def _digits(summaries: Sequence[AccuracySummary]) -> Rows:
    rows = [(one.result.title, *(words.accuracy_figure(at.share) for at in one.by_digit)) for one in summaries]
    return (("accuracy of each digit, %", *map(str, range(DIGITS))), *rows)


def _confusions(summaries: Sequence[AccuracySummary]) -> Rows:
    rows = [
        (one.result.title, str(true), str(read), words.count(images))
        for one in summaries
        for true, read, images in most_confused(one.confusion, _MOST_CONFUSED)
    ]
    return (("backend", "true digit", "read as", "images"), *rows)


def _conditions(evaluation: Evaluation) -> Rows:
    digits = evaluation.digits
    told = f"{digits.title}, {words.count(digits.count)} images, SHA-256 {digits.sha256}"
    engines = ", ".join(dict.fromkeys(" ".join(engine) for engine in evaluation.engines if engine is not None))
    return conditions_rows(
        evaluation.conditions, {"digits": told, "engines": engines, "notes": " ".join(evaluation.notes)}
    )


def _command(evaluation: Evaluation) -> str:
    line = ["mnist-bench", "evaluate", "--model", evaluation.conditions.model]
    for backend in evaluation.titles:
        line += ["--backend", backend]
    line += ["--baseline", evaluation.baseline, "--limit", str(evaluation.digits.count)]
    if evaluation.digits.order != UPRIGHT:
        line += ["--order", evaluation.digits.order]
    return shlex.join([*line, *(["--data", evaluation.digits.source] if evaluation.digits.source else [])])
