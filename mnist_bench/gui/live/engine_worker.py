"""One backend's engine on a thread of its own: it does what is wanted, newest drawing first, and tells by signals."""

import logging
import threading
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench.accuracy.evaluate import evaluate
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.cards.answers import Answer, CardState
from mnist_bench.gui.live.question import Question, Repeated
from mnist_bench.network.network import Network

logger = logging.getLogger(__name__)

REPEATS = 100
_WARM_UP = 10


class EngineWorker(QObject):
    """Runs one engine. Every method but `wait` returns at once; what comes of it is told by the signals.

    What is wanted is kept, not queued: only the newest drawing and the newest network count. A failure stops the
    engine until `restart`, which takes up what is wanted then.

    Signals:
        state_changed: CardState.
        started: RunnerInfo, when the runner has said who it is.
        loaded: LoadResult, when it has the network.
        answered: Answer.
        repeated: Repeated.
        evaluation_moved: images done, of how many.
        evaluation_cut_short: AccuracyResult of what was read before an evaluation ended early; its end follows.
        evaluation_ended: AccuracyResult, or the exception that ended it.
        failed: the exception that stopped the engine.
        ended: the thread is about to end; nothing follows.
    """

    state_changed = Signal(object)
    started = Signal(object)
    loaded = Signal(object)
    answered = Signal(object)
    repeated = Signal(object)
    evaluation_moved = Signal(int, int)
    evaluation_cut_short = Signal(object)
    evaluation_ended = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, engine: InferenceEngine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._something_to_do = threading.Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._network: Network | None = None
        self._network_is_new = False
        self._question: Question | None = None
        self._repeat: Question | None = None
        self._is_repeating = False
        self._evaluation: LabelledDigits | None = None
        self._evaluation_cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"engine {engine.backend.id}", daemon=True)

    # What is wanted; called on the window's thread.

    def load(self, network: Network) -> None:
        """Starts the engine with `network`, or changes the one it has."""
        with self._something_to_do:
            self._network, self._network_is_new = network, True
            self._failure = None
            self._something_to_do.notify()
        if self._thread.ident is None:
            self._thread.start()

    def rename(self, backend: Backend) -> None:
        """What its engine goes by in messages from now on."""
        self._engine.backend = backend

    def ask(self, question: Question | None) -> None:
        """Classifies `question` as soon as the engine is free, in place of one that still waits; None: nothing."""
        with self._something_to_do:
            self._question = question
            self._something_to_do.notify()

    def repeat(self, question: Question) -> None:
        """Runs one image a hundred times."""
        with self._something_to_do:
            self._repeat = question
            self._something_to_do.notify()

    def evaluate(self, digits: LabelledDigits) -> None:
        """Classifies a data set, and drawings between its pieces; `evaluation_ended` always follows."""
        with self._something_to_do:
            why_not = Cancelled("The backend is being ended.") if self._closing else self._failure
            if why_not is None:
                self._evaluation_cancelled.clear()
                self._evaluation = digits
                self._something_to_do.notify()
        if why_not is not None:
            self.evaluation_ended.emit(why_not)

    def cancel_evaluation(self) -> None:
        """Ends the evaluation after the piece that runs now."""
        self._evaluation_cancelled.set()

    def cancel_repeat(self) -> None:
        """Ends the hundred runs, or forgets them if they have not begun; the runner may have to start again."""
        with self._something_to_do:
            self._repeat = None
            if self._is_repeating:
                self._engine.cancel()

    def break_off(self) -> None:
        """Ends an evaluation whose runner does not answer; the runner may have to start again."""
        self._engine.cancel()

    def restart(self) -> None:
        """Starts again after a failure."""
        with self._something_to_do:
            self._failure = None
            self._network_is_new = self._network is not None
            self._something_to_do.notify()

    def begin_close(self) -> None:
        """Tells the thread to end, and breaks off what its engine is doing."""
        with self._something_to_do:
            self._closing = True
            self._evaluation_cancelled.set()
            self._something_to_do.notify()
        if self._thread.ident is None:
            self.ended.emit()
        else:
            self._engine.cancel()

    def wait(self, limit_s: float) -> bool:
        """Waits until the thread and its runner have ended, which `begin_close` asked for; False after `limit_s`."""
        deadline = time.monotonic() + limit_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._engine.cancel()  # again: the thread may have been about to ask its engine something
            self._thread.join(0.1)
        return not self._thread.is_alive()

    def kill(self) -> None:
        """Ends a runner that does not end by itself, without waiting: a phone may have to be asked first."""
        threading.Thread(target=self._engine.close, name=f"{self._thread.name}'s end", daemon=True).start()

    # On the engine's thread.

    def _run(self) -> None:
        while (step := self._next_step()) is not None:
            try:
                step()
            except Cancelled:
                self._go_on_after_cancel()
            except Exception as error:  # each is shown on the card; none may end the thread
                self._stop_after(error)
        self._engine.close()
        if self._evaluation is not None:
            self.evaluation_ended.emit(Cancelled("The backend was ended."))
        self.ended.emit()

    def _next_step(self) -> Callable[[], None] | None:
        """Waits for something to do; None when the worker is to end."""
        with self._something_to_do:
            while True:
                if self._closing:
                    return None
                if self._failure is None:
                    step = self._wanted_step()
                    if step is not None:
                        return step
                self._something_to_do.wait()

    def _wanted_step(self) -> Callable[[], None] | None:
        if self._network_is_new:
            return self._load
        if self._question is not None:
            return self._classify
        if self._repeat is not None:
            return self._repeat_now
        if self._evaluation is not None:
            return self._evaluate
        return None

    def _load(self) -> None:
        with self._something_to_do:
            network, self._network_is_new = self._network, False
        if network is None:
            return
        backend = self._engine.backend
        if not backend.can_run(network):
            raise InputError(
                f"The network {network.name} has no int8 parameters.", advice=f"{backend.title} needs a quantized one."
            )
        self.state_changed.emit(CardState.STARTING)
        if not self._engine.is_running:
            self.started.emit(self._engine.start())
        self.loaded.emit(self._engine.load(network))
        self.state_changed.emit(CardState.READY)

    def _classify(self) -> None:
        with self._something_to_do:
            question, self._question = self._question, None
        if question is None:
            return
        got = self._engine.classify(question.pixels)
        timing = got.timings[0]
        self.answered.emit(
            Answer(
                image=question.image,
                digit=int(got.digits[0]),
                logits=got.logits[0],
                probabilities=got.probabilities[0],
                compute_ns=timing.compute_ns,
                round_trip_ns=timing.round_trip_ns,
                moved_at_ns=question.moved_at_ns,
                peak_memory_bytes=got.peak_memory_bytes,
            )
        )

    def _repeat_now(self) -> None:
        with self._something_to_do:
            question, self._repeat = self._repeat, None
            self._is_repeating = question is not None
        if question is None:
            return
        self.state_changed.emit(CardState.RUNNING)
        try:
            compute_ns = self._engine.time(question.pixels, _WARM_UP, REPEATS)
        finally:
            with self._something_to_do:
                self._is_repeating = False
        self.repeated.emit(Repeated(question.image, REPEATS, int(np.median(compute_ns))))
        self.state_changed.emit(CardState.READY)

    def _evaluate(self) -> None:
        with self._something_to_do:
            digits, self._evaluation = self._evaluation, None
        if digits is None:
            return
        self.state_changed.emit(CardState.RUNNING)
        try:
            result = evaluate(self._engine, digits, self._between_pieces, self.evaluation_cut_short.emit)
        except Exception as error:
            self.evaluation_ended.emit(error)
            raise
        self.evaluation_ended.emit(result)
        self.state_changed.emit(CardState.READY)

    def _between_pieces(self, done: int, total: int) -> None:
        """Tells the progress, ends a cancelled evaluation, and answers the person who draws meanwhile."""
        if self._evaluation_cancelled.is_set():
            raise Cancelled("The evaluation was cancelled.")
        self.evaluation_moved.emit(done, total)
        self._classify()

    def _go_on_after_cancel(self) -> None:
        """What ran is given up; a runner that had to be ended for it is started again."""
        if self._engine.is_running:
            self.state_changed.emit(CardState.READY)
        else:
            with self._something_to_do:
                self._network_is_new = True

    def _stop_after(self, error: Exception) -> None:
        """Waits for a restart or another network; what was asked meanwhile is answered then."""
        with self._something_to_do:
            closing = self._closing
            self._failure = error
            self._repeat = None
            waiting, self._evaluation = self._evaluation, None
        if closing:
            return
        logger.error("%s: %s", self._engine.backend.id, error, exc_info=error)
        if waiting is not None:
            self.evaluation_ended.emit(error)
        self.failed.emit(error)
