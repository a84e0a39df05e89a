"""One selected backend in the session: its worker, its latest answers, and the value that describes its state."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.session.backend_state import Agreement, Answer, BackendState, Question, Repeated, Status, Waiting
from mnist_bench.session.engine_worker import EngineWorker, News
from mnist_bench.session.failure import describe
from mnist_bench.session.inbox import Inbox

_REMEMBERED_ANSWERS = 16
_DEVICE_AWAY = "The device is disconnected"


class Member:
    """Hears its worker, and keeps `state` up to date.

    `changed` is called after each change of the state, `answered` after an answer to what is on the pad, `ended` once
    the worker has ended, which `end` asked for.
    """

    def __init__(
        self,
        state: BackendState,
        engine: InferenceEngine,
        inbox: Inbox,
        *,
        changed: Callable[["Member"], object],
        answered: Callable[["Member", Answer], object],
        ended: Callable[["Member"], object],
    ) -> None:
        self.state = state
        self.worker = EngineWorker(engine, inbox, self._hear)
        self._changed, self._answered, self._ended = changed, answered, ended
        self._network: Network | None = None
        self._question: Question | None = None
        self._first_image = 0
        self._answers: deque[Answer] = deque(maxlen=_REMEMBERED_ANSWERS)
        self._is_ending = False

    @property
    def id(self) -> str:
        """The backend's id."""
        return self.state.id

    def answer_to(self, image: int) -> Answer | None:
        """Its answer to the question with this number, if it gave one lately."""
        return next((answer for answer in reversed(self._answers) if answer.image == image), None)

    # What the session asks of it.

    def known_as(self, backend: Backend) -> None:
        """Go under the title of `backend`, which has the same id: a device may only just have told its name."""
        if backend.title != self.state.backend.title:
            self.worker.rename(backend)
            self.set(backend=backend)

    def use_network(self, network: Network, question: Question | None) -> None:
        """Start the backend with `network`, or change the one it has, and ask what is on the pad."""
        self._network = network
        self._answers.clear()
        self.set(network=network.name, loaded=None, answer=None, agreement=None, repeated=None)
        self.worker.load(network)
        self.ask(question)
        self._first_image = question.image if question is not None else 0

    def ask(self, question: Question | None) -> None:
        """Ask about what is on the pad now; None for an empty pad."""
        if self._question is None and question is not None:
            self._first_image = question.image
        self._question = question
        self.worker.ask(question)
        if question is None:
            self._answers.clear()
            self.set(answer=None, agreement=None, repeated=None)
        elif self.state.repeated is not None:
            self.set(repeated=None)

    def restart(self) -> None:
        """Start the backend again after a failure, or because its device is back."""
        if not self._is_ending:
            self._hear(Status.STARTING)
            self.worker.restart()

    def repeat(self) -> None:
        """Run what is on the pad many times."""
        if self._question is not None and self.state.can_answer:
            self.worker.repeat(self._question)

    def agree(self, agreement: Agreement | None) -> bool:
        """Take how the newest answer stands to the baseline's; whether that has changed, which nobody is told."""
        if agreement == self.state.agreement:
            return False
        self.state = replace(self.state, agreement=agreement)
        return True

    def wait_for_device(self, waiting: Waiting) -> None:
        """Take what there is to tell while its device is away."""
        if self.state.status is Status.WAITING and waiting != self.state.waiting:
            self.set(waiting=waiting)

    def end(self) -> None:
        """Let the worker end in its own time; nothing changes any more."""
        self._is_ending = True
        self.worker.begin_close()

    def set(self, **changes: Any) -> None:
        """Replace the state by one with these changes."""
        if not self._is_ending:
            self.state = replace(self.state, **changes)
            self._changed(self)

    def _hear(self, news: News) -> None:
        """Take what the worker tells."""
        match news:
            case Status():
                self.set(status=news, failure=None, waiting=None, can_quantize=False, percent=None)
            case Answer():
                self._answer(news)
            case RunnerInfo():
                self.set(info=news)
            case LoadResult() if not self._is_ending:
                self.set(loaded=news, status=Status.READY)
                self.worker.ask(self._question)
            case Repeated() if self._question is not None and news.image == self._question.image:
                self.set(repeated=news)
            case int() if self.state.status is Status.RUNNING and news != self.state.percent:
                self.set(percent=news)
            case Exception():
                self._fail(news)
            case None:
                self._ended(self)

    def _answer(self, answer: Answer) -> None:
        """Take an answer, unless the pad was cleared, or the network changed, after it was asked."""
        if self._is_ending or self._question is None or answer.image < self._first_image:
            return
        self._answers.append(answer)
        self.state = replace(self.state, answer=answer)
        self._answered(self, answer)

    def _fail(self, error: Exception) -> None:
        """It stopped: for good, or until its device is back."""
        self._answers.clear()
        failure = describe(error)
        is_away = self.state.backend.is_away(error)
        lacks_int8 = self._network is not None and self._network.precisions == (Precision.FP32,)
        self.set(
            answer=None,
            agreement=None,
            repeated=None,
            percent=None,
            status=Status.WAITING if is_away else Status.FAILED,
            failure=failure,
            waiting=Waiting(_DEVICE_AWAY, failure.sentence, failure.advice) if is_away else None,
            can_quantize=lacks_int8 and self.state.backend.precision is Precision.INT8,
        )
