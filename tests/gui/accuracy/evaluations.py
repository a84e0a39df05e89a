"""Evaluations for tests of the Accuracy tab: told by hand, over results that are made."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.session.evaluating import EvaluationRow, EvaluationState
from mnist_bench.session.session import Session
from tests.bench.accuracy.results import result_of

LABELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
FIRST = result_of(LABELS, [0, 1, 2, 3, 4, 5, 6, 7, 8, 4], backend_id="a")
SECOND = result_of(LABELS, [0, 1, 2, 8, 4, 5, 6, 7, 8, 4], backend_id="b", logit=4)


def digits_of(labels: Sequence[int]) -> LabelledDigits:
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(len(labels))
    return LabelledDigits(images, np.array(labels, np.uint8), "made")


class ToldEvaluation:
    """An evaluation that the session tells of, made by the test; no backend is asked."""

    def __init__(self, session: Session, backends: int, labels: Sequence[int]) -> None:
        self._told = session.evaluations
        rows = tuple(EvaluationRow(letter, f"Backend {letter.upper()}", color) for color, letter in enumerate("abcdef"))
        rows = tuple(replace(row, images=len(labels)) for row in rows[:backends])
        self.state = EvaluationState("models/tiny", digits_of(labels), rows, "a")
        self._told.begun.publish(self.state)

    def move(self, index: int, done: int) -> None:
        self._tell(index, replace(self.state.rows[index], done=done))

    def finish(self, index: int, result: AccuracyResult, failure: str = "") -> None:
        self._tell(index, replace(self.state.rows[index], done=result.images, result=result, failure=failure))

    def fail(self, index: int, failure: str) -> None:
        self._tell(index, replace(self.state.rows[index], failure=failure))

    def compare_with(self, backend_id: str) -> None:
        self.state = replace(self.state, baseline_id=backend_id)
        self._told.changed.publish(self.state)

    def _tell(self, index: int, row: EvaluationRow) -> None:
        rows = tuple(row if place == index else other for place, other in enumerate(self.state.rows))
        self.state = replace(self.state, rows=rows)
        self._told.changed.publish(self.state)


def begin(session: Session, backends: int = 2, labels: Sequence[int] = LABELS) -> ToldEvaluation:
    """An evaluation that views follow from its beginning."""
    return ToldEvaluation(session, backends, labels)
