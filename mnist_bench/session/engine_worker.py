"""Runs one backend's engine on its own thread, newest drawing first, and reports to the inbox."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import numpy as np

from mnist_bench.base.errors import Cancelled
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, evaluate
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.session.backend_state import Answer, Question, Repeated, Status
from mnist_bench.session.inbox import Inbox

logger = logging.getLogger(__name__)

REPEATS = 100
_WARM_UP = 10


News: TypeAlias = Status | RunnerInfo | LoadResult | Answer | Repeated | int | Exception | None
"""What a worker tells, on the session's thread: what it is doing; who the runner is; that it has the network; an answer
to a question; what many runs have shown; how far an evaluation is, in per cent; why it stopped, until `restart` or
another network; and None, behind which nothing follows: its thread has ended.
"""


@dataclass(slots=True, eq=False)
class Evaluating:
    """An evaluation that a worker is asked for.

    Attributes:
        outcome: its result, or the exception that ended it.
        partial: what had been read when it ended early; None where nothing was.
    """

    digits: LabelledDigits
    on_progress: Callable[[int, int], object]
    outcome: "Future[AccuracyResult]" = field(default_factory=Future)
    partial: AccuracyResult | None = None
    is_cancelled: bool = False

    def keep_partial(self, partial: AccuracyResult) -> None:
        """Take what was read before it ended early."""
        self.partial = partial


class EngineWorker:
    """Runs one engine. Every method but `wait` returns at once; `tell` gets what comes of it.

    What is wanted is kept, not queued: only the newest drawing and the newest network count. A failure stops the
    engine until `restart`, which takes up what is wanted then.
    """

    def __init__(self, engine: InferenceEngine, inbox: Inbox, tell: Callable[[News], object]) -> None:
        self._engine = engine
        self._tell: Callable[[News], None] = lambda news: inbox.post(lambda: tell(news))
        self._something_to_do = threading.Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._network: Network | None = None
        self._network_is_new = False
        self._question: Question | None = None
        self._repeat: Question | None = None
        self._is_repeating = False
        self._evaluating: Evaluating | None = None
        self._thread = threading.Thread(target=self._run, name=f"engine {engine.backend.id}", daemon=True)

    # What is wanted; called on the session's thread.

    def load(self, network: Network) -> None:
        """Start the engine with `network`, or change the one it has."""
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
        """Classify `question` as soon as the engine is free, in place of one that still waits; None: nothing."""
        with self._something_to_do:
            self._question = question
            self._something_to_do.notify()

    def repeat(self, question: Question) -> None:
        """Run one image a hundred times."""
        with self._something_to_do:
            self._repeat = question
            self._something_to_do.notify()

    def cancel_repeat(self) -> None:
        """End the hundred runs, or forget them if they have not begun; the runner may have to start again."""
        with self._something_to_do:
            self._repeat = None
            if self._is_repeating:
                self._engine.cancel()

    def restart(self) -> None:
        """Start again after a failure."""
        with self._something_to_do:
            self._failure = None
            self._network_is_new = self._network is not None
            self._something_to_do.notify()

    def begin_close(self) -> None:
        """Tell the thread to end, and break off what its engine is doing."""
        with self._something_to_do:
            self._closing = True
            if self._evaluating is not None:
                self._evaluating.is_cancelled = True
            self._something_to_do.notify()
        if self._thread.ident is None:
            self._tell(None)
        else:
            self._engine.cancel()

    def wait(self, limit_s: float) -> bool:
        """Wait until the thread and its runner have ended, which `begin_close` asked for; False after `limit_s`."""
        deadline = time.monotonic() + limit_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._engine.cancel()  # again: the thread may have been about to ask its engine something
            self._thread.join(0.1)
        return not self._thread.is_alive()

    def kill(self) -> None:
        """End a runner that does not end by itself, without waiting: a phone may have to be asked first."""
        threading.Thread(target=self._engine.close, name=f"{self._thread.name}'s end", daemon=True).start()

    # From any thread.

    def evaluate(self, digits: LabelledDigits, on_progress: Callable[[int, int], object]) -> Evaluating:
        """Classify a data set, and drawings between its pieces; the outcome comes whatever happens."""
        wanted = Evaluating(digits, on_progress)
        with self._something_to_do:
            why_not = Cancelled("The backend was removed.") if self._closing else self._failure
            if why_not is None:
                self._evaluating = wanted
                self._something_to_do.notify()
        if why_not is not None:
            wanted.outcome.set_exception(why_not)
        return wanted

    def break_off(self) -> None:
        """End an evaluation whose runner does not answer; the runner may have to start again."""
        self._engine.cancel()

    # On the engine's thread.

    def _run(self) -> None:
        while (step := self._next_step()) is not None:
            try:
                step()
            except Cancelled:
                self._go_on_after_cancel()
            except Exception as error:  # each is shown on the card; none may end the thread
                self._stop_after(error)
            del step  # an evaluation's digits would be kept until there is more to do
        self._engine.close()
        if self._evaluating is not None:
            self._evaluating.outcome.set_exception(Cancelled("The backend was removed."))
        self._tell(None)

    def _next_step(self) -> Callable[[], None] | None:
        """Wait for something to do; None when the worker is to end."""
        with self._something_to_do:
            while True:
                if self._closing:
                    return None
                if self._failure is None and (step := self._wanted_step()) is not None:
                    return step
                self._something_to_do.wait()

    def _wanted_step(self) -> Callable[[], None] | None:
        """Take what is wanted first; the condition is held."""
        if self._network_is_new and self._network is not None:
            self._network_is_new = False
            return partial(self._load, self._network)
        if self._question is not None:
            return self._classify
        if self._repeat is not None:
            question, self._repeat, self._is_repeating = self._repeat, None, True
            return partial(self._repeat_now, question)
        if self._evaluating is not None:
            wanted, self._evaluating = self._evaluating, None
            return partial(self._evaluate, wanted)
        return None

    def _load(self, network: Network) -> None:
        self._engine.backend.check(network)
        self._tell(Status.STARTING)
        if not self._engine.is_running:
            self._tell(self._engine.start())
        self._tell(self._engine.load(network))

    def _classify(self) -> None:
        with self._something_to_do:
            question, self._question = self._question, None
        if question is None:
            return
        got = self._engine.classify(question.pixels)
        timing = got.timings[0]
        answer = Answer(
            image=question.image,
            digit=int(got.digits[0]),
            logits=got.logits[0],
            probabilities=got.probabilities[0],
            compute_ns=timing.compute_ns,
            round_trip_ns=timing.round_trip_ns,
            moved_at_ns=question.moved_at_ns,
            peak_memory_bytes=got.peak_memory_bytes,
        )
        self._tell(answer)

    def _repeat_now(self, question: Question) -> None:
        self._tell(Status.RUNNING)
        try:
            compute_ns = self._engine.time(question.pixels, _WARM_UP, REPEATS)
        finally:
            with self._something_to_do:
                self._is_repeating = False
        self._tell(Repeated(question.image, REPEATS, int(np.median(compute_ns))))
        self._tell(Status.READY)

    def _evaluate(self, wanted: Evaluating) -> None:
        def between_pieces(done: int, total: int) -> None:
            """Tell the progress, end a cancelled evaluation, and answer the person who draws meanwhile."""
            if wanted.is_cancelled or self._closing:
                raise Cancelled("The evaluation was cancelled.")
            wanted.on_progress(done, total)
            self._tell(done * 100 // max(total, 1))
            self._classify()

        self._tell(Status.RUNNING)
        try:
            result = evaluate(self._engine, wanted.digits, between_pieces, wanted.keep_partial)
        except Exception as error:
            wanted.outcome.set_exception(error)
            raise
        wanted.outcome.set_result(result)
        self._tell(Status.READY)

    def _go_on_after_cancel(self) -> None:
        """What ran is given up; a runner that had to be ended for it is started again."""
        if self._engine.is_running:
            self._tell(Status.READY)
        else:
            with self._something_to_do:
                self._network_is_new = True

    def _stop_after(self, error: Exception) -> None:
        """Wait for a restart or another network; what was asked meanwhile is answered then."""
        with self._something_to_do:
            closing = self._closing
            self._failure = error
            self._repeat = None
            waiting, self._evaluating = self._evaluating, None
        if waiting is not None:
            waiting.outcome.set_exception(error)
        if closing:
            return
        logger.error("%s: %s", self._engine.backend.id, error, exc_info=error)
        self._tell(error)
