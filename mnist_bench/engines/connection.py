"""A connection: requests and answers over one transport, each with a deadline, every failure with its reason."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from mnist_bench.engines.errors import EngineError, RunnerDied, RunnerRefused, RunnerTimedOut
from mnist_bench.engines.transport import Transport
from mnist_bench.engines.watchdog import WATCHDOG
from mnist_bench.protocol.frames import (
    ERROR_KIND,
    MAX_ANSWER,
    Frame,
    FramingError,
    Kind,
    answer_kind,
    encode_frame,
    read_frame,
)
from mnist_bench.protocol.messages import ErrorAnswer
from mnist_bench.protocol.payload import PayloadError

_frames_log = logging.getLogger("mnist_bench.frames")

Answer = TypeVar("Answer")


class Connection:
    """One runner's stream. Any thread may ask; one request runs at a time. After a failure it is closed."""

    def __init__(self, title: str, transport: Transport) -> None:
        self._title = title
        self._transport = transport
        self._lock = threading.Lock()
        self._number = 0
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether the runner can still be asked."""
        return not self._closed

    def ask(
        self,
        kind: Kind,
        payload: bytes,
        decode: Callable[[bytes], Answer],
        seconds: float,
        turn: AbstractContextManager[None] | None = None,
    ) -> tuple[Answer, int]:
        """Send one request, within `turn` if given; the decoded answer and the round trip in ns.

        Raises RunnerRefused for an error answer, RunnerDied or RunnerTimedOut (the connection is closed then).
        """
        with self._lock, turn or contextlib.nullcontext():
            if self._closed:
                raise RunnerDied(f"{self._title} is not running.")
            try:
                return self._exchange(kind, payload, decode, seconds)
            except (RunnerDied, RunnerTimedOut):
                self._shut(0)
                raise

    def abort_after(self, seconds: float) -> None:
        """End the runner if the request that runs now, if any, is still running `seconds` from now."""
        number = self._number
        if self._lock.locked():
            WATCHDOG.arm(seconds, lambda: self._abort_if_running(number))

    def close(self, grace_seconds: float) -> None:
        """Ask the runner to end and see that it does; whatever runs is broken off."""
        if not self._lock.acquire(blocking=False):
            self._transport.abort()
            self._lock.acquire()
        try:
            if not self._closed:
                with contextlib.suppress(EngineError):
                    self._exchange(Kind.CLOSE, b"", bytes, grace_seconds)
                self._shut(grace_seconds)
        finally:
            self._lock.release()

    def _abort_if_running(self, number: int) -> None:
        if self._lock.locked() and self._number == number:
            self._transport.abort()

    def _shut(self, grace_seconds: float) -> None:
        self._closed = True
        self._transport.close(grace_seconds)

    def _exchange(
        self, kind: Kind, payload: bytes, decode: Callable[[bytes], Answer], seconds: float
    ) -> tuple[Answer, int]:
        self._number = (self._number + 1) & 0xFFFFFFFF
        watch = WATCHDOG.arm(seconds, self._transport.abort)
        answer: Frame | None = None
        problem = ""
        start = time.perf_counter_ns()
        try:
            self._transport.write(encode_frame(Frame(kind, self._number, payload)))
            self._transport.flush()
            answer = read_frame(self._transport, MAX_ANSWER)
        except FramingError as error:
            problem = str(error)
        except (OSError, ValueError):
            pass  # the stream broke: how the runner ended tells more
        round_trip_ns = time.perf_counter_ns() - start
        expired = WATCHDOG.disarm(watch)
        if _frames_log.isEnabledFor(logging.DEBUG):
            self._log(kind, payload, answer, round_trip_ns)
        if expired:
            raise RunnerTimedOut(f"{self._title} did not answer within {seconds:.3g} s, and was ended.")
        if answer is None:
            raise self._end(problem)
        return self._decoded(kind, answer, decode), round_trip_ns

    def _decoded(self, kind: Kind, answer: Frame, decode: Callable[[bytes], Answer]) -> Answer:
        try:
            if answer.kind == ERROR_KIND:
                error = ErrorAnswer.decode(answer.payload)
                raise RunnerRefused(error.sentence, error.code)
            if answer.kind == answer_kind(kind) and answer.number == self._number:
                return decode(answer.payload)
            problem = "It answered something that it was not asked."
        except PayloadError as unreadable:
            problem = str(unreadable)
        self._transport.abort()
        raise RunnerDied(f"{self._title}'s runner does not keep to the protocol, and was ended: {problem}")

    def _end(self, problem: str) -> RunnerDied:
        """Why there is no answer."""
        if problem:
            self._transport.abort()
        end = self._transport.describe_end()
        words = self._transport.last_words()
        last = words.rpartition("\n")[2]
        message = f"{self._title}'s runner {end}. {problem}".strip()
        return RunnerDied(f'{message} Its last words: "{last}".' if last else message, words)

    def _log(self, kind: Kind, payload: bytes, answer: Frame | None, round_trip_ns: int) -> None:
        got = "nothing" if answer is None else f"kind {answer.kind}, {len(answer.payload)} bytes"
        what = (self._title, self._number, kind.name.lower(), len(payload), got, round_trip_ns / 1e6)
        _frames_log.debug("%s #%d: %s, %d bytes -> %s, %.3f ms", *what)
