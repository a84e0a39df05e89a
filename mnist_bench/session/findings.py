"""What an evaluation has found so far, backend by backend and image by image: what the Accuracy tab shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.accuracy.answers import NOT_READ, answers, disagreements, wrong_anywhere
from mnist_bench.bench.accuracy.summary import AccuracySummary, summarize_all
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.session.evaluating import EvaluationRow


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One backend's part, whose row in the evaluation is `row`; `color` is its number among the backends' colours."""

    row: int
    title: str
    color: int
    summary: AccuracySummary


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Attributes:
    digits: the images and what they truly are.
    backends: those that have read something, at least one.
    said: int8 (B, N), what each said of each image, NOT_READ where it was cancelled before.
    errors: int64 (M,), the images that at least one reads wrongly.
    disagreements: int64 (M,), the images of which two say different digits.
    """

    digits: LabelledDigits
    backends: tuple[Found, ...]
    said: NDArray[np.int8]
    errors: NDArray[np.int64]
    disagreements: NDArray[np.int64]

    def at_row(self, row: int) -> int:
        """The place among `backends` of the one in this row of the evaluation, else the first."""
        return next((place for place, found in enumerate(self.backends) if found.row == row), 0)


def find(digits: LabelledDigits, rows: Sequence[EvaluationRow], baseline_id: str) -> Findings | None:
    """Measures all results that there are so far; None where nothing was read yet. Takes some milliseconds."""
    done = [(index, row.result) for index, row in enumerate(rows) if row.result is not None]
    if not done:
        return None
    results = [result for _, result in done]
    summaries = summarize_all(results, baseline_id)
    backends = tuple(
        Found(index, rows[index].title, rows[index].color, summary)
        for (index, _), summary in zip(done, summaries, strict=True)
    )
    said = answers(results)
    labels = digits.labels[: said.shape[1]]
    return Findings(digits, backends, said, wrong_anywhere(said, labels), disagreements(said))


def images_csv(findings: Findings, images: Iterable[int]) -> bytes:
    """These images by their number, what they truly are and what each backend said; empty where it was not asked."""
    titles = ("image", "label", *(found.title for found in findings.backends))
    rows = (
        (number, int(findings.digits.labels[number]), *("" if digit == NOT_READ else int(digit) for digit in column))
        for number in images
        for column in [findings.said[:, number]]
    )
    return csv_bytes(titles, rows)
