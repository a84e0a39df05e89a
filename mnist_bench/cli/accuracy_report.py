"""What `mnist-bench evaluate` prints: tables for people, and an object for programs."""

import math
from collections.abc import Sequence
from typing import Any

from mnist_bench.base import words
from mnist_bench.bench.accuracy.comparison import AGAINST_TITLES, AgainstBaseline, against_figures
from mnist_bench.bench.accuracy.measures import Calibration, Proportion
from mnist_bench.bench.accuracy.summary import AccuracySummary
from mnist_bench.cli.tables import table

# Text.


def as_text(summaries: Sequence[AccuracySummary], baseline: str) -> list[str]:
    """The table of what each backend reads rightly, and below it how each stands to the baseline."""
    if not summaries:
        return []
    titles = ("backend", "accuracy", "95 % interval", "right", "time", "images/s", "ECE")
    lines = [table(titles, [_row(one) for one in summaries], numbers=range(1, 7))]
    compared = [(one.result.backend_id, one.against) for one in summaries if one.against is not None]
    if compared:
        lines += ["", f"against {baseline}:", _against_table(compared)]
    return lines


def details_as_text(summaries: Sequence[AccuracySummary]) -> list[str]:
    """Each digit's accuracy and the confusion matrix of each backend."""
    lines = []
    for one in summaries:
        titles = ("digit", *map(str, range(10)), "right", "accuracy", "95 % interval")
        rows = [
            (
                str(digit),
                *map(_cell, one.confusion[digit]),
                words.count_of(at.right, at.total),
                words.accuracy(at.share),
                _interval(at),
            )
            for digit, at in enumerate(one.by_digit)
        ]
        lines += ["", f"{one.result.backend_id}: true digits (rows), read as (columns)"]
        lines += [table(titles, rows, numbers=range(1, 14))]
    return lines


def _row(one: AccuracySummary) -> tuple[str, ...]:
    result = one.result
    return (
        result.backend_id,
        words.accuracy(one.accuracy.share),
        _interval(one.accuracy),
        words.count_of(result.correct, result.images),
        words.duration(result.seconds * 1e9),
        words.rate(result.images_per_second),
        words.accuracy(one.calibration.ece),
    )


def _against_table(compared: Sequence[tuple[str, AgainstBaseline]]) -> str:
    rows = [(backend, *against_figures(against)) for backend, against in compared]
    return table(("backend", *AGAINST_TITLES), rows, numbers=range(1, 6))


def _interval(proportion: Proportion) -> str:
    return words.accuracy_range(proportion.low, proportion.high)


def _cell(count: int) -> str:
    return words.count(count) if count else "."


# JSON.


def as_object(one: AccuracySummary) -> dict[str, Any]:
    """All there is to say of a backend, for JSON: shares are 0 to 1, times in seconds, null where there is nothing."""
    result = one.result
    return {
        "backend": result.backend_id,
        "images": result.images,
        "correct": result.correct,
        "accuracy": result.accuracy,
        "accuracy_low": one.accuracy.low,
        "accuracy_high": one.accuracy.high,
        "seconds": result.seconds,
        "compute_seconds": result.compute_ns / 1e9,
        "images_per_second": result.images_per_second,
        "per_class": [
            {"digit": digit, "right": at.right, "total": at.total, "accuracy": at.share, "low": at.low, "high": at.high}
            for digit, at in enumerate(one.by_digit)
        ],
        "confusion": one.confusion.tolist(),
        "ece": one.calibration.ece,
        "calibration": _bins(one.calibration),
        "against_baseline": None if one.against is None else against_object(one.against),
    }


def _bins(calibration: Calibration) -> list[dict[str, Any]]:
    edges = calibration.edges.tolist()
    columns = (calibration.counts.tolist(), calibration.confidence.tolist(), calibration.accuracy.tolist())
    return [
        {"from": low, "to": high, "images": count, "confidence": _number(confidence), "accuracy": _number(accuracy)}
        for low, high, count, confidence, accuracy in zip(edges, edges[1:], *columns, strict=False)
    ]


def against_object(against: AgainstBaseline) -> dict[str, Any]:
    """How a backend stands to the baseline, for JSON."""
    return {
        "baseline": against.baseline_id,
        "images": against.images,
        "agreement": against.agreement,
        "mcnemar": {
            "only_baseline_right": against.mcnemar.only_baseline,
            "only_this_right": against.mcnemar.only_other,
            "p": against.mcnemar.p,
        },
        "max_logit_difference": against.max_logit_difference,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
