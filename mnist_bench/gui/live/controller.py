"""Joins the pad, the backends and their comparison: what is drawn goes to each backend, its answer to its card."""

import time
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.cards.answers import Answer, CardState, agreement, summary
from mnist_bench.gui.drawings.drawing_keeper import DrawingKeeper
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.palette import BackendStyle, backend_style
from mnist_bench.gui.live.backend_choices import give_colors, in_order
from mnist_bench.gui.live.engine_worker import EngineWorker
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.live.question import Question
from mnist_bench.gui.pad.digit_input import DigitInput
from mnist_bench.network.network import Network

_REST_MS = 400
_KILLED_S = 0.2

MakeEngine = Callable[[Backend], InferenceEngine]


class LiveController(QObject):
    """Asks every chosen backend about what is on the pad, and shows what they answer.

    Engines start with the first `use_network`; until then the cards can be seen, and nothing else happens.

    Attributes:
        places: the chosen backends, in the order of their cards.
        baseline_id: the id of the backend that the others are compared with.

    Signals:
        places_changed: there are other backends.
        shown: Answer, each time that a card was brought up to date with one.
        summary_changed: str, what the backends say together; empty for an empty pad.
        states_changed: a backend is starting, ready, running or failed now.
        finished: FinishedDrawing, that the person has drawn and is done with.
        quantize_requested: the person wants int8 parameters for the network.
        baseline_changed: the id of the backend that the others are compared with.
    """

    places_changed = Signal()
    shown = Signal(object)
    summary_changed = Signal(str)
    states_changed = Signal()
    finished = Signal(object)
    quantize_requested = Signal()
    baseline_changed = Signal(str)

    def __init__(
        self, samples: LiveSamples, make_engine: MakeEngine = InferenceEngine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.places: list[Place] = []
        self.baseline_id = ""
        self._samples = samples
        self._make_engine = make_engine
        self._ending: list[Place] = []
        self._colors: dict[str, int] = {}
        self._network: Network | None = None
        self._keeper = DrawingKeeper()
        self._question: Question | None = None
        self._image = 0
        self._label: int | None = None
        self._rest = timer(self, self._describe, _REST_MS, once=True)

    # Which backends, which network.

    @property
    def network(self) -> Network | None:
        """What the backends run; None until there is one."""
        return self._network

    @property
    def able_places(self) -> list[Place]:
        """But for those known to be unable to run; one may still be starting."""
        return [place for place in self.places if place.state not in (CardState.FAILED, CardState.PHONE_GONE)]

    def style_of(self, backend_id: str) -> BackendStyle:
        """How this backend looks, chosen or not: the same wherever it is shown."""
        self._colors = give_colors([backend_id], self._colors)
        return backend_style(self._colors[backend_id])

    def choose(self, backends: Sequence[Backend]) -> None:
        """Shows these backends: new ones are started, ones that are gone are ended."""
        wanted = in_order(backends)
        self._colors = give_colors((backend.id for backend in wanted), self._colors)
        before = {place.backend.id: place for place in self.places}
        self.places = [
            before.pop(backend.id).known_as(backend) if backend.id in before else self._new_place(backend)
            for backend in wanted
        ]
        for gone in before.values():
            self._ending.append(gone)
            gone.end()
        self.places_changed.emit()
        ids = [place.backend.id for place in self.places]
        self.set_baseline(self.baseline_id if self.baseline_id in ids else ids[0])
        self.states_changed.emit()

    def exchange(self, others: Mapping[str, Backend]) -> None:
        """Puts other backends into the places of those with these ids; they take over colour and baseline."""
        for old_id, backend in others.items():
            if old_id in self._colors:
                self._colors[backend.id] = self._colors.pop(old_id)
        if self.baseline_id in others:
            self.baseline_id = others[self.baseline_id].id
        self.choose([others.get(place.backend.id, place.backend) for place in self.places])

    def use_network(self, network: Network) -> None:
        """Loads `network` into every backend, and starts those that do not run yet."""
        self._network = network
        self._samples.forget_all()
        self._number(self._question)
        for place in self.places:
            place.use_network(network, self._question)
        self.states_changed.emit()

    def set_baseline(self, backend_id: str) -> None:
        """Compares the others with this backend from now on."""
        is_new = backend_id != self.baseline_id
        self.baseline_id = backend_id
        for place in self.places:
            place.card.show_baseline(place.backend.id == backend_id, alone=len(self.places) == 1)
        self._compare_all()
        if is_new:
            self.baseline_changed.emit(backend_id)

    # What is on the pad.

    @Slot(object)
    def show_digit(self, digit: DigitInput) -> None:
        """Asks every backend about what is on the pad now."""
        done = self._keeper.pad_changed(digit.drawing, digit.label)
        self._number(None if digit.pixels is None else Question(0, digit.pixels, digit.moved_at_ns))
        for place in self.places:
            place.ask(self._question)
        self.show_label(digit.label)
        if self._question is None:
            self.summary_changed.emit("")
        if done is not None:
            self.finished.emit(done)

    @Slot(object)
    def show_label(self, label: int | None) -> None:
        """Shows on each card whether it is right, once it is known what the drawing really is."""
        self._keeper.label_changed(label)
        if label != self._label:
            self._label = label
            for place in self.places:
                place.card.show_truth(label)

    @property
    def can_repeat(self) -> bool:
        """Whether there is something on the pad, and a backend that can run it a hundred times now."""
        return self._question is not None and any(place.state is CardState.READY for place in self.places)

    @Slot()
    def repeat_all(self) -> None:
        """Runs what is on the pad a hundred times on every backend; those of one device take turns."""
        for place in self.places:
            place.repeat()

    @Slot()
    def cancel(self) -> None:
        """Breaks off the hundred runs where they still go on."""
        for place in self.places:
            place.cancel_repeat()

    def finish_drawing(self) -> None:
        """The window closes: what is on the pad is finished with."""
        if (done := self._keeper.finish()) is not None:
            self.finished.emit(done)

    def close(self, limit_s: float) -> bool:
        """Ends every engine; waits for `limit_s`, and a moment more for those killed then. Whether all have ended."""
        self._rest.stop()
        places = self.places + self._ending
        for place in places:
            place.end()
        late = _wait_for([place.worker for place in places], limit_s)
        for worker in late:
            worker.kill()
        return not _wait_for(late, _KILLED_S)

    def _number(self, question: Question | None) -> None:
        """Takes this as what is on the pad, under the next number."""
        self._image += 1
        self._question = None if question is None else question.numbered(self._image)

    # What the backends answer.

    @Slot(object, object)
    def _answered(self, place: Place, answer: Answer) -> None:
        self._samples.add(place.backend.id, place.backend.title, answer)
        self._keeper.answered(place.backend.title, answer)
        if place.backend.id == self.baseline_id or place is self._reference:
            self._compare_all()
        else:
            self._compare(place)
        if self._question is not None and answer.image == self._question.image:
            self._sum_up(answer.image)
        self._rest.start()
        self.shown.emit(answer)

    @Slot(object)
    def _state_changed(self, _place: Place) -> None:
        self._compare_all()
        self.states_changed.emit()

    def _compare_all(self) -> None:
        for place in self.places:
            self._compare(place)
        self._compare_repeated()

    @Slot()
    def _compare_repeated(self) -> None:
        """Shows on each card what a hundred runs took, and which share of the baseline's time that is."""
        times = {place.backend.id: place.repeated_ns for place in self.places}
        for place in self.places:
            own, baseline = times[place.backend.id], times.get(self.baseline_id)
            place.card.times.show_repeated(own, None if place.backend.id == self.baseline_id else baseline)

    @property
    def _reference(self) -> Place | None:
        """The first card of the backend that other int8 answers are meant to be bit-identical to."""
        return next((place for place in self.places if place.backend.is_reference), None)

    def _compare(self, place: Place) -> None:
        """Shows how a card stands to the baseline, once both have answered the image that it shows."""
        baseline = next((other for other in self.places if other.backend.id == self.baseline_id), None)
        if baseline is None or baseline is place:
            return
        newest = place.newest
        if newest is None or not baseline.can_answer:
            place.card.show_agreement(None)
        elif (other := baseline.answer_to(newest.image)) is not None:
            exact, title = None, ""
            if (reference := self._reference) is not None and reference not in (baseline, place):
                exact, title = reference.answer_to(newest.image), reference.backend.kind.title
            place.card.show_agreement(agreement(newest, other, exact, title))

    def _sum_up(self, image: int) -> None:
        working = [place for place in self.places if place.can_answer]
        answers = [answer for place in working if (answer := place.answer_to(image)) is not None]
        if len(answers) == len(working):
            self.summary_changed.emit(summary(answers))

    @Slot()
    def _describe(self) -> None:
        for place in self.places:
            place.describe()

    def _new_place(self, backend: Backend) -> Place:
        place = Place(backend, self.style_of(backend.id), self._make_engine(backend), self)
        place.answered.connect(self._answered)
        place.repeated.connect(self._compare_repeated)
        place.state_changed.connect(self._state_changed)
        place.ended.connect(self._place_ended)
        place.card.baseline_requested.connect(lambda: self.set_baseline(backend.id))
        place.card.quantize_requested.connect(self.quantize_requested)
        place.card.show_truth(self._label)
        if self._network is not None:
            place.use_network(self._network, self._question)
        else:
            place.ask(self._question)
        return place

    @Slot(object)
    def _place_ended(self, place: Place) -> None:
        if place in self._ending:
            self._ending.remove(place)
            place.deleteLater()


def _wait_for(workers: Sequence[EngineWorker], limit_s: float) -> list[EngineWorker]:
    """Those that have not ended after `limit_s`."""
    deadline = time.monotonic() + limit_s
    return [worker for worker in workers if not worker.wait(max(0.0, deadline - time.monotonic()))]
