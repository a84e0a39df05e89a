"""The kept drawings: finished ones, with their labels and the answers to them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from mnist_bench.digits.kept import KeptAnswer, KeptDrawing, KeptDrawings
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.drawing_keeper import DrawingKeeper, FinishedDrawing
from mnist_bench.session.folder_rows import FolderRows, each
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.live import Live
from mnist_bench.session.pad import Pad, PadDigit


class Drawings:
    """Keeps what was drawn, once it is finished with.

    Attributes:
        rows: the KeptDrawings of the folder, and what becomes of their files.
        unreadable: how many files of the folder cannot be read.
    """

    def __init__(self, inbox: Inbox, pad: Pad, live: Live, kept: KeptDrawings | None = None) -> None:
        self.unreadable = 0
        self._kept = kept or KeptDrawings()
        self._live = live
        self._keeper = DrawingKeeper()
        self.rows: FolderRows[KeptDrawing, KeptDrawing] = FolderRows(
            inbox, "drawings", self._kept.delete, self._restored
        )
        pad.changed.subscribe(self._pad_changed)
        pad.labelled.subscribe(self._keeper.label_changed)
        live.answered.subscribe(self._answered)
        live.chosen.subscribe(self._chosen)
        live.loaded.subscribe(lambda _network: self._keeper.keep_answers_of(()))

    def read(self) -> None:
        """Read the folder, in which another window may have kept drawings, too."""

        def read() -> tuple[KeptDrawing, ...]:
            listed = self._kept.list()
            self.unreadable = listed.unreadable
            return listed.drawings

        self.rows.read(read)

    def label(self, ids: Collection[str], label: int) -> None:
        """Label these; where all have that label already, take it back."""

        def work() -> tuple[list[KeptDrawing], Exception | None]:
            same = all(self._kept.get(id_).label == label for id_ in ids)
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
        said = [KeptAnswer(title, answer.digit, answer.probability) for title, answer in done.answers.items()]
        labelled, time = replace(done.drawing, label=done.label), datetime.now(UTC)
        self.rows.change(lambda: ([self._kept.add(labelled, said, time)], None))

    def _restored(self, kept: KeptDrawing) -> KeptDrawing:
        self._kept.restore(kept)
        return kept
