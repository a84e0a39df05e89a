"""One chosen backend in the window: joins its card to its worker, and keeps its last answers."""

from collections import deque

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.cards.answers import Answer, CardState
from mnist_bench.gui.cards.card import BackendCard
from mnist_bench.gui.kit.errors import Failure, describe
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.live.backend_choices import detail_line, detail_tip
from mnist_bench.gui.live.engine_worker import EngineWorker
from mnist_bench.gui.live.question import Question, Repeated
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import LoadResult, RunnerInfo

_REMEMBERED_ANSWERS = 16


class Place(QObject):
    """One backend with its card and its worker.

    Attributes:
        backend, style, card, worker: what it consists of.
        state: what the backend is doing.
        failure: the last one.
        repeated_ns: the median of a hundred runs of what is on the pad; None until it was run so often.

    Signals:
        answered: itself and an Answer that its card shows now.
        repeated: what is on the pad was run a hundred times.
        state_changed: itself.
        ended: itself, once its worker has ended.
    """

    answered = Signal(object, object)
    repeated = Signal()
    state_changed = Signal(object)
    ended = Signal(object)

    def __init__(
        self, backend: Backend, style: BackendStyle, engine: InferenceEngine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.backend = backend
        self.style = style
        self.card = BackendCard(backend.plain_title, style)
        self.worker = EngineWorker(engine, self)
        self.state = CardState.OFF
        self.failure: Failure | None = None
        self.repeated_ns: int | None = None
        self._network: Network | None = None
        self._question: Question | None = None
        self._first_image = 0
        self._answers: deque[Answer] = deque(maxlen=_REMEMBERED_ANSWERS)
        self._info: RunnerInfo | None = None
        self._loaded: LoadResult | None = None
        self._is_ending = False
        self._listen()
        self._show_detail()

    @property
    def newest(self) -> Answer | None:
        """Its last answer, if there is something on the pad."""
        return self._answers[-1] if self._answers else None

    @property
    def can_answer(self) -> bool:
        """Whether it has a network, has not failed and is not being ended."""
        return not self._is_ending and self.state in (CardState.READY, CardState.RUNNING)

    @property
    def will_answer(self) -> bool:
        """The same, or it is about to: it is still starting."""
        return self.can_answer or (not self._is_ending and self.state is CardState.STARTING)

    def answer_to(self, image: int) -> Answer | None:
        """Its answer to the image with this number, if it gave one lately."""
        return next((answer for answer in reversed(self._answers) if answer.image == image), None)

    def known_as(self, backend: Backend) -> "Place":
        """Itself, under the title of `backend`, which has the same id: a phone may only just have told its model."""
        if backend.title != self.backend.title:
            self.backend = backend
            self.worker.rename(backend)
            self.card.rename(backend.plain_title)
            self._show_detail()
        return self

    def use_network(self, network: Network, question: Question | None) -> None:
        """Starts the backend with `network`, or changes the one it has, and asks what is on the pad."""
        self._network = network
        self._loaded = None
        self._clear()
        self._show_detail()
        self.worker.load(network)
        self.ask(question)
        self._first_image = question.image if question is not None else 0

    def ask(self, question: Question | None) -> None:
        """Asks about what is on the pad now; None for an empty pad."""
        if self._question is None and question is not None:
            self._first_image = question.image
        self._question = question
        self.worker.ask(question)
        self.repeated_ns = None
        self.card.times.show_repeated(None)
        if question is None:
            self._clear()

    @Slot()
    def restart(self) -> None:
        """Starts the backend again after a failure, or because its phone is back."""
        if not self._is_ending:
            self._state_changed(CardState.STARTING)
            self.worker.restart()

    def repeat(self) -> None:
        """Runs what is on the pad a hundred times; `repeated` tells when."""
        if self._question is not None and self.can_answer:
            self.worker.repeat(self._question)

    def cancel_repeat(self) -> None:
        """Breaks off the hundred runs, or forgets them if they wait for their turn."""
        self.worker.cancel_repeat()

    def end(self) -> None:
        """Lets the worker end in its own time; `ended` tells when. The card is not touched any more."""
        self._is_ending = True
        self.worker.begin_close()

    def describe(self) -> None:
        """Brings up to date what need not be so for each movement of the pen."""
        self.card.describe()
        self._show_detail()

    def _clear(self) -> None:
        self._answers.clear()
        self.card.show_answer(None)
        self.card.show_agreement(None)

    def _listen(self) -> None:
        self.worker.state_changed.connect(self._state_changed)
        self.worker.started.connect(self._started)
        self.worker.loaded.connect(self._load_ended)
        self.worker.answered.connect(self._answered)
        self.worker.repeated.connect(self._repeated)
        self.worker.evaluation_moved.connect(self._evaluation_moved)
        self.worker.failed.connect(self._failed)
        self.worker.ended.connect(self._ended)
        self.card.retry_requested.connect(self.restart)

    # What the worker tells; on the window's thread.

    @Slot(object)
    def _state_changed(self, state: CardState) -> None:
        if self._is_ending:
            return
        self.state = state
        self.card.show_state(state)
        self.state_changed.emit(self)

    @Slot(object)
    def _started(self, info: RunnerInfo) -> None:
        self._info = info

    @Slot(object)
    def _load_ended(self, loaded: LoadResult) -> None:
        if self._is_ending:
            return
        self._loaded = loaded
        self._show_detail()
        self.worker.ask(self._question)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if self._is_ending or self._question is None or answer.image < self._first_image:
            return  # the pad was cleared, or the network changed, after this was asked
        self._answers.append(answer)
        self.card.show_answer(answer)
        self.answered.emit(self, answer)

    @Slot(object)
    def _repeated(self, repeated: Repeated) -> None:
        if not self._is_ending and self._question is not None and repeated.image == self._question.image:
            self.repeated_ns = repeated.median_ns
            self.repeated.emit()

    @Slot(int, int)
    def _evaluation_moved(self, done: int, total: int) -> None:
        if not self._is_ending:
            self.card.show_state(CardState.RUNNING, f"{done * 100 // max(total, 1)} %")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self._is_ending:
            return
        self._answers.clear()
        self.failure = describe(error)
        if self.backend.is_away(error):
            self.state = CardState.PHONE_GONE
            self.card.show_phone_gone(
                f"{self.backend.device.title} is gone", self.failure.sentence, self.failure.advice
            )
            self.state_changed.emit(self)
            return
        self.state = CardState.FAILED
        can_quantize = self._network is not None and not self.backend.can_run(self._network)
        self.card.show_failure(self.failure, can_quantize=can_quantize)
        self.state_changed.emit(self)

    @Slot()
    def _ended(self) -> None:
        self.ended.emit(self)

    def _show_detail(self) -> None:
        peak = max(
            self.newest.peak_memory_bytes if self.newest else 0,
            self._loaded.peak_memory_bytes if self._loaded else 0,
        )
        name = "" if self._network is None else self._network.name
        tip = detail_tip(self.backend, name, self._info, self._loaded, peak)
        self.card.show_detail(detail_line(self.backend, self._loaded, peak), tip, short=self.backend.mode_words)
