"""Evaluations for tests of the Accuracy tab: told by hand, over results that are made."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from mnist_bench.gui.work.evaluation import Evaluation, EvaluationRow

from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.accuracy.accuracy_tab import AccuracyTab
from mnist_bench.gui.kit.palette import backend_style
from tests.bench.accuracy.results import result_of

LABELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
FIRST = result_of(LABELS, [0, 1, 2, 3, 4, 5, 6, 7, 8, 4], backend_id="a")
SECOND = result_of(LABELS, [0, 1, 2, 8, 4, 5, 6, 7, 8, 4], backend_id="b", logit=4)


def digits_of(labels: Sequence[int]) -> LabelledDigits:
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(len(labels))
    return LabelledDigits(images, np.array(labels, np.uint8), "made")


class ToldEvaluation(Evaluation):
    """Tells what the test wants; no backend is asked."""

    def __init__(self, backends: int, images: int) -> None:
        super().__init__(lambda _: digits_of(LABELS), [], "tiny")
        titles = ("Backend A", "Backend B", "Backend C", "Backend D", "Backend E", "Backend F")
        self._told = [EvaluationRow(titles[index], backend_style(index), 0, images) for index in range(backends)]

    @property
    def rows(self) -> list[EvaluationRow]:
        return list(self._told)

    def move(self, index: int, done: int) -> None:
        self._tell(index, replace(self._told[index], done=done))

    def finish(self, index: int, result: AccuracyResult, failure: str = "") -> None:
        self._tell(index, replace(self._told[index], done=result.images, result=result, failure=failure))

    def fail(self, index: int, failure: str) -> None:
        self._tell(index, replace(self._told[index], failure=failure))

    def _tell(self, index: int, row: EvaluationRow) -> None:
        self._told[index] = row
        self.row_changed.emit(index, row)


def follow(tab: AccuracyTab, backends: int = 2, labels: Sequence[int] = LABELS) -> ToldEvaluation:
    """An evaluation that the tab follows from its beginning."""
    evaluation = ToldEvaluation(backends, len(labels))
    evaluation.setParent(tab)
    tab.follow(evaluation, digits_of(labels))
    return evaluation
