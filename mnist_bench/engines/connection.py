"""A connection: requests and answers over one transport, each with a deadline, every failure with its reason."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from mnist_bench.engines.errors import (
    EngineError,
    RunnerDied,
    RunnerLost,
    RunnerRefused,
    RunnerTimedOut,
    RunnerUnreachable,
)
from mnist_bench.engines.lane import Lane
from mnist_bench.engines.transport import Transport
from mnist_bench.engines.watchdog import WATCHDOG
from mnist_bench.errors import Cancelled
from mnist_bench.protocol.frames import (
    ERROR_KIND,
    MAX_ANSWER,
    CutOff,
    Frame,
    FramingError,
    Kind,
    answer_kind,
    encode_frame,
    read_frame,
)
from mnist_bench.protocol.messages import ErrorAnswer, ErrorCode
from mnist_bench.protocol.payload import PayloadError

_log = logging.getLogger(__name__)
_frames_log = logging.getLogger("mnist_bench.frames")

Answer = TypeVar("Answer")
GivenUp = Callable[[], bool]


class Connection:
    """One runner's stream. Any thread may ask; one request runs at a time. After a failure it is closed."""

    def __init__(self, title: str, transport: Transport) -> None:
        self._title = title
        self._transport = transport
        self._turns = Lane()
        self._number = 0
        self._closed = False
        self._guard = threading.Lock()  # of the two below: a runner is not ended for a request that is answered
        self._running: int | None = None  # the number of the request that runs
        self._broken_off = False

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
        given_up: GivenUp,
        lane: Lane | None = None,
    ) -> tuple[Answer, int]:
        """Send one request, in its turn on `lane` if given; the decoded answer and the round trip in ns.

        Raises RunnerRefused for an error answer, Cancelled where `given_up` is true before the request is sent, and
        RunnerDied, RunnerTimedOut or RunnerUnreachable (the connection is closed then).
        """
        with self._turns.turn(given_up), contextlib.nullcontext() if lane is None else lane.turn(given_up):
            if self._closed:
                raise RunnerDied(f"{self._title} is not running.")
            try:
                return self._exchange(kind, payload, decode, seconds, given_up)
            except (RunnerRefused, Cancelled):
                raise
            except BaseException as error:  # Ctrl+C too: its answer would be taken for the next request's
                if isinstance(error, RunnerLost) and error.last_words:
                    _log.error("%s's runner wrote:\n%s", self._title, error.last_words)
                self._transport.abort()
                self._shut(0)
                raise

    def cancel(self, seconds: float) -> None:
        """Let those who have given up stop waiting; end the runner if its request still runs `seconds` from now."""
        self._turns.look_again()
        number = self._running
        if number is not None:
            WATCHDOG.arm(seconds, lambda: self._break_off(number))

    def close(self, grace_seconds: float) -> None:
        """Ask the runner to end and see that it does; whatever runs is broken off."""
        self._turns.look_again()
        number = self._running
        if number is not None:
            self._break_off(number)
        with self._turns.turn():
            if not self._closed:
                with contextlib.suppress(EngineError):
                    self._exchange(Kind.CLOSE, b"", bytes, grace_seconds, lambda: False)
                self._shut(grace_seconds)

    def _break_off(self, number: int) -> None:
        """End the runner if it still works at the request `number`."""
        with self._guard:
            if self._running == number:
                self._broken_off = True
                self._transport.abort()

    def _shut(self, grace_seconds: float) -> None:
        self._closed = True
        self._transport.close(grace_seconds)

    def _exchange(
        self, kind: Kind, payload: bytes, decode: Callable[[bytes], Answer], seconds: float, given_up: GivenUp
    ) -> tuple[Answer, int]:
        self._number = (self._number + 1) & 0xFFFFFFFF
        request = Frame(kind, self._number, payload)
        answer: Frame | None = None
        problem = ""
        watch = WATCHDOG.arm(seconds, self._transport.abort)
        try:
            self._running = self._number
            if given_up():  # looked up once `_running` is set, as `cancel` looks at that once it is given up
                raise Cancelled("Cancelled.")
            answer, round_trip_ns = self._round_trip(request)
        except CutOff:
            pass  # how the runner ended tells more
        except FramingError as error:
            problem = str(error)
        finally:
            expired = WATCHDOG.disarm(watch)
            with self._guard:
                self._running = None
        if self._broken_off:
            raise RunnerDied(f"{self._title}'s runner was ended, and the request with it.")
        if problem and not expired:
            raise self._breach(problem)
        if expired or answer is None:
            raise self._loss(seconds if expired else None)
        return self._decoded(kind, answer, decode), round_trip_ns

    def _round_trip(self, request: Frame) -> tuple[Frame | None, int]:
        """The answer, None where the stream is broken, and how long it took in ns."""
        answer: Frame | None = None
        start = time.perf_counter_ns()
        with contextlib.suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._transport.write(encode_frame(request))
            self._transport.flush()
            answer = read_frame(self._transport, MAX_ANSWER)
        round_trip_ns = time.perf_counter_ns() - start
        if _frames_log.isEnabledFor(logging.DEBUG):
            got = "nothing" if answer is None else f"kind {answer.kind}, {len(answer.payload)} bytes"
            asked = f"{Kind(request.kind).name.lower()}, {len(request.payload)} bytes"
            _frames_log.debug("%s #%d: %s -> %s, %.3f ms", self._title, request.number, asked, got, round_trip_ns / 1e6)
        return answer, round_trip_ns

    def _decoded(self, kind: Kind, answer: Frame, decode: Callable[[bytes], Answer]) -> Answer:
        try:
            if answer.kind == ERROR_KIND:
                error = ErrorAnswer.decode(answer.payload)
                if error.code == ErrorCode.FRAMING:
                    raise self._breach(f"It could not read a request: {error.sentence}")
                if answer.number == self._number:
                    raise RunnerRefused(error.sentence, error.code)
            elif answer.kind == answer_kind(kind) and answer.number == self._number:
                return decode(answer.payload)
        except PayloadError as error:
            raise self._breach(str(error)) from error
        raise self._breach("It answered something that it was not asked.")

    def _loss(self, deadline_seconds: float | None) -> RunnerLost:
        """Why there is no answer: a deadline that passed, else how the runner ended; in any case a way that is gone."""
        end = self._transport.end()
        if end.unreachable:
            return RunnerUnreachable(f"{self._title}'s runner {end.words}.")
        last_words = self._transport.last_words()
        if deadline_seconds is None:
            return RunnerDied(f"{self._title}'s runner {end.words}.", last_words)
        return RunnerTimedOut(
            f"{self._title} did not answer within {deadline_seconds:.3g} s, and was ended.", last_words
        )

    def _breach(self, problem: str) -> RunnerDied:
        """The end of a runner that does not keep to the protocol."""
        self._transport.abort()
        message = f"{self._title}'s runner does not keep to the protocol, and was ended: {problem}"
        return RunnerDied(message, self._transport.last_words())
