"""The kept drawings: which are finished, with their labels and the answers to them, and where they are kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.kept import DeletedDrawing, KeptAnswer, KeptDrawing, KeptDrawings
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.session.backend_state import Answer, BackendState
from mnist_bench.session.folder_rows import FolderRows, each
from mnist_bench.session.inbox import Inbox, Topic
from mnist_bench.session.live import Live
from mnist_bench.session.pad import Pad, PadDigit
from mnist_bench.session.pad_content import PadContent

_MOST_IMAGES: Final = 200
"""That are remembered: some screens full."""


@dataclass(frozen=True, slots=True)
class FinishedDrawing:
    """A drawing that is done with, labelled, and the answer of each backend to it, by title."""

    drawing: Drawing
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
            finished = FinishedDrawing(replace(self._drawing, label=self._label), dict(self._answers))
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


class Drawings:
    """Keeps what was drawn, once it is finished with.

    Attributes:
        rows: the KeptDrawings of the folder, and what becomes of their files.
        unreadable: how many files of the folder cannot be read.

    Topics:
        seen: `image` has another one to give.
    """

    def __init__(self, inbox: Inbox, pad: Pad, live: Live, kept: KeptDrawings | None = None) -> None:
        self.unreadable = 0
        self.seen: Topic[None] = Topic()
        self._images: dict[KeptDrawing, NDArray[np.uint8] | None] = {}  # None: asked for
        self._pad = pad
        self._kept = kept or KeptDrawings()
        self._live = live
        self._keeper = DrawingKeeper()
        self.rows: FolderRows[KeptDrawing, DeletedDrawing] = FolderRows(
            inbox, "drawings", self._kept.delete, self._kept.restore
        )
        pad.changed.subscribe(self._pad_changed)
        pad.labelled.subscribe(self._keeper.label_changed)
        live.answered.subscribe(self._answered)
        live.chosen.subscribe(self._chosen)
        live.loaded.subscribe(lambda _network: self._keeper.keep_answers_of(()))

    def read(self) -> None:
        """Read the folder, in which another window may have kept drawings, too."""
        known = dict(self.rows.rows)

        def read() -> tuple[KeptDrawing, ...]:
            listed = self._kept.list(known)
            self.unreadable = listed.unreadable
            return listed.drawings

        self.rows.read(read)

    def image(self, kept: KeptDrawing) -> NDArray[np.uint8] | None:
        """What the network sees of one, uint8 (28, 28): at once where it was asked for lately, else `seen` tells."""
        if kept not in self._images:
            self._images[kept] = None
            for oldest in list(self._images)[:-_MOST_IMAGES]:
                del self._images[oldest]

            def then(pixels: NDArray[np.uint8]) -> None:
                if kept in self._images:
                    self._images[kept] = pixels
                    self.seen.publish(None)

            self.rows.do(lambda: self._rendered(kept.id), then)
        return self._images[kept]

    def _rendered(self, id_: str) -> NDArray[np.uint8]:
        try:
            return render_drawing(self._kept.drawing(id_))
        except InputError:  # it was deleted, which the list will tell
            return np.zeros((28, 28), np.uint8)

    def put_back(self, id_: str) -> None:
        """Put a drawing on the pad again."""
        self.rows.do(lambda: PadContent.of_drawing(self._kept.drawing(id_)), self._pad.put_content)

    def label(self, ids: Collection[str], label: int) -> None:
        """Label these; where all have that label already, take it back."""

        def work() -> tuple[list[KeptDrawing], Exception | None]:
            same = all(self._kept.drawing(id_).label == label for id_ in ids)
            return each(lambda id_: self._kept.set_label(id_, None if same else label), ids)

        self.rows.change(work)

    def finish(self) -> None:
        """What is on the pad is finished with."""
        self._keep(self._keeper.finish())

    def _pad_changed(self, digit: PadDigit) -> None:
        self._keep(self._keeper.pad_changed(digit.drawing, digit.label))

    def _answered(self, state: BackendState) -> None:
        if state.answer is not None and state.answer.image == self._live.image:
            self._keeper.answered(state.backend.title, state.answer)

    def _chosen(self, states: tuple[BackendState, ...]) -> None:
        self._keeper.keep_answers_of([state.backend.title for state in states])

    def _keep(self, done: FinishedDrawing | None) -> None:
        if done is None:
            return
        cards = [state.backend.title for state in self._live.backends if state.backend.title in done.answers]
        said = [KeptAnswer(title, done.answers[title].digit, done.answers[title].probability) for title in cards]
        time = datetime.now(UTC)
        self.rows.change(lambda: ([self._kept.add(done.drawing, said, time)], None))
