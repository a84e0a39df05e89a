"""Decides which drawings to keep: those that a person drew, once they are finished."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mnist_bench.digits.drawing import Drawing
from mnist_bench.session.answers import Answer


@dataclass(frozen=True, slots=True)
class FinishedDrawing:
    """A drawing that is done with, with its label and the answer of each backend to it, by title."""

    drawing: Drawing
    label: int | None
    answers: Mapping[str, Answer]


@dataclass(slots=True)
class DrawingKeeper:
    """Follows the pad; a drawing that appears all at once (a sample, a file) counts only after a pen has changed it."""

    _drawing: Drawing | None = None
    _label: int | None = None
    _drawn_by_hand: bool = False
    _answers: dict[str, Answer] = field(default_factory=dict)

    def pad_changed(self, drawing: Drawing | None, label: int | None) -> FinishedDrawing | None:
        """Takes what is on the pad now; returns the drawing that was finished by this change, if any."""
        now = None if drawing is None or drawing.is_empty else drawing
        finished = None
        if now is None or (self._drawing is not None and not _same_work(self._drawing, now)):
            finished = self.finish()
        self._answers.clear()  # they are to what was there before
        if now is not None:
            self._drawn_by_hand = self._drawn_by_hand or _grew(self._drawing, now)
        self._drawing, self._label = now, label
        return finished

    def label_changed(self, label: int | None) -> None:
        """Takes what the person says the drawing is."""
        self._label = label

    def answered(self, title: str, answer: Answer) -> None:
        """Takes a backend's answer to what is on the pad now."""
        if self._drawing is not None:
            self._answers[title] = answer

    def keep_answers_of(self, titles: Collection[str]) -> None:
        """Forgets the answers of all other backends: they were removed."""
        self._answers = {title: answer for title, answer in self._answers.items() if title in titles}

    def finish(self) -> FinishedDrawing | None:
        """The drawing on the pad as a finished one, if a person drew it; also forgets it."""
        finished = None
        if self._drawing is not None and self._drawn_by_hand:
            finished = FinishedDrawing(self._drawing, self._label, dict(self._answers))
        self._drawing, self._label, self._drawn_by_hand = None, None, False
        self._answers.clear()
        return finished


def _same_work(before: Drawing, now: Drawing) -> bool:
    """Whether one came from the other by drawing on or by undo: both begin at the same point.

    The points behind it may still be moved a little while the pen smooths its stroke.
    """
    return before.strokes[0][0] == now.strokes[0][0]


def _grew(before: Drawing | None, now: Drawing) -> bool:
    """Whether a pen drew from `before` to `now`: a stroke's first points, or more points than there were."""
    if before is None:
        return len(now.strokes) == 1 and len(now.strokes[0]) <= 3
    return sum(map(len, now.strokes)) > sum(map(len, before.strokes))
