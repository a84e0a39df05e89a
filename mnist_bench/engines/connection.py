"""A connection: requests and answers over one transport, each with a deadline, every failure with its reason."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from mnist_bench.base import words
from mnist_bench.base.errors import Cancelled
from mnist_bench.base.text import one_line
from mnist_bench.devices.lane import Lane
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.errors import (
    EngineError,
    RunnerDied,
    RunnerLost,
    RunnerRefused,
    RunnerTimedOut,
    RunnerUnreachable,
)
from mnist_bench.engines.watchdog import WATCHDOG
from mnist_bench.protocol.frames import CutOff, Frame, FramingError, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.messages import ErrorAnswer
from mnist_bench.protocol.payload import PayloadError
from mnist_bench.protocol.tables import KIND_ERROR, MAX_ANSWER, ErrorCode, Kind

_log = logging.getLogger(__name__)
_frames_log = logging.getLogger("mnist_bench.frames")

Answer = TypeVar("Answer")
GivenUp = Callable[[], bool]

_LONGEST_REFUSAL = 500  # characters
_TURN_SECONDS = 0.05  # then no further request is sent, so that whoever asks sees how far it is
_AT_ONCE = 2  # requests on their way: the runner computes one while the next one waits in its input
_CLOCKS_APART = 0.01  # a phone's clock and this computer's may be adjusted while a request runs
_QUICK_NS = 10_000_000  # to a slower runner they go one by one: it gains nothing, and a live drawing waits for both


@dataclass(frozen=True, slots=True)
class Request(Generic[Answer]):
    """A request's payload, and what its answer may be.

    Attributes:
        decode: reads the payload of the answer; PayloadError where it is none.
        most_bytes: how long that payload is at most.
        told_ns: how much time inside the runner an answer tells of, which was not longer than its round trip.
    """

    payload: bytes
    decode: Callable[[bytes], Answer]
    most_bytes: int = MAX_ANSWER
    told_ns: Callable[[Answer], int] = lambda _answer: 0


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """What a request was answered, and the time from the start of its sending until the answer was there."""

    value: Answer
    round_trip_ns: int


@dataclass(slots=True)
class _Sent(Generic[Answer]):
    """A request on its way; `start_ns` by perf_counter_ns, set at the last moment."""

    number: int
    request: Request[Answer]
    start_ns: int = 0


class Connection:
    """One runner's stream. Any thread may ask; one turn runs at a time. After a failure it is closed."""

    def __init__(self, title: str, transport: Transport) -> None:
        self._title = title
        self._transport = transport
        self._turns = Lane()
        self._number = 0
        self._closed = False
        self._quick_bytes = 0  # a `classify` as long as this, of the present network, was answered quickly
        self._guard = threading.Lock()  # of the two below: a runner is not ended for a turn that is over
        self._running: int | None = None  # the number of the first request of the turn that runs
        self._broken_off = False

    @property
    def is_open(self) -> bool:
        """Whether the runner can still be asked."""
        return not self._closed

    def ask(
        self, kind: Kind, request: Request[Answer], seconds: float, given_up: GivenUp, lane: Lane | None = None
    ) -> Answered[Answer]:
        """Send one request, in its turn on `lane` if given, and wait for its answer; raises as `ask_some`."""
        (answered,) = self.ask_some(kind, iter((request,)), seconds, given_up, lane)
        return answered

    def ask_some(
        self,
        kind: Kind,
        requests: Iterator[Request[Answer]],
        seconds: float,
        given_up: GivenUp,
        lane: Lane | None = None,
    ) -> list[Answered[Answer]]:
        """Take and send as many of `requests` as a turn allows, at least one; the answers to them, in order.

        Behind a first one that is answered at once the runner always has the next one at hand, so round trips
        overlap. A turn sends nothing more after 50 ms, or once others wait for theirs, as a live drawing does, or
        `given_up` is true.

        `seconds` are for each answer, from the one before. Raises RunnerRefused for an error answer, Cancelled where
        `given_up` is true before anything is sent, and RunnerDied, RunnerTimedOut or RunnerUnreachable (the
        connection is closed then); what else was answered in this turn is lost.
        """
        with self._turns.turn(given_up), contextlib.nullcontext() if lane is None else lane.turn(given_up):
            if self._closed:
                raise RunnerDied(f"{self._title} is not running.")
            lanes = (self._turns,) if lane is None else (self._turns, lane)
            try:
                return self._exchange(kind, requests, seconds, given_up, lanes)
            except (RunnerRefused, Cancelled):
                raise
            except BaseException as error:  # Ctrl+C too: its answer would be taken for the next request's
                if isinstance(error, RunnerLost) and error.last_words:
                    _log.error("%s's runner wrote:\n%s", self._title, error.last_words)
                self._transport.abort()
                self._shut(0)
                raise

    def cancel(self, seconds: float) -> None:
        """Let those who have given up stop waiting; end the runner if the turn still runs `seconds` from now."""
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
                    self._exchange(Kind.CLOSE, iter((Request(b"", bytes, 0),)), grace_seconds, lambda: False, ())
                self._shut(grace_seconds)

    def _break_off(self, number: int) -> None:
        """End the runner if the turn that began with the request `number` still runs."""
        with self._guard:
            if self._running == number:
                self._broken_off = True
                self._transport.abort()

    def _shut(self, grace_seconds: float) -> None:
        self._closed = True
        self._transport.close(grace_seconds)

    def _exchange(
        self,
        kind: Kind,
        requests: Iterator[Request[Answer]],
        seconds: float,
        given_up: GivenUp,
        lanes: tuple[Lane, ...],
    ) -> list[Answered[Answer]]:
        def is_over() -> bool:
            return given_up() or time.monotonic() > end or any(lane.is_wanted for lane in lanes)

        end = time.monotonic() + _TURN_SECONDS
        self._running = (self._number + 1) & 0xFFFFFFFF
        try:
            if given_up():  # looked up once `_running` is set, as `cancel` looks at that once it is given up
                raise Cancelled("Cancelled.")
            return self._take_turn(kind, requests, seconds, is_over)
        finally:
            with self._guard:
                self._running = None

    def _take_turn(
        self, kind: Kind, requests: Iterator[Request[Answer]], seconds: float, is_over: Callable[[], bool]
    ) -> list[Answered[Answer]]:
        """One request by itself until it is known how quick the runner is; then ahead.

        Neither end can wait for the other's reading: while a request is written, at most one answer stands unread.
        Only `classify` asks ahead, whose answers have at most 16,040 bytes, and any pipe or socket holds those.
        """
        answered: list[Answered[Answer]] = []
        on_the_way: deque[_Sent[Answer]] = deque()
        refusal: RunnerRefused | None = None
        new = list(islice(requests, 1))
        if new and not is_over():
            new += islice(requests, self._at_once(new[0]) - 1)
        while new or on_the_way:
            answer, end_ns = self._step(kind, new, on_the_way, seconds)
            sent = on_the_way.popleft()
            round_trip_ns = end_ns - sent.start_ns
            try:
                answered.append(Answered(self._decoded(kind, sent, answer, round_trip_ns), round_trip_ns))
            except RunnerRefused as error:  # the runner goes on: what else is on its way is still answered
                refusal = refusal or error
            is_quick = kind is Kind.CLASSIFY and round_trip_ns < _QUICK_NS
            self._quick_bytes = max(self._quick_bytes, len(sent.request.payload)) if is_quick else 0
            at_once = self._at_once(sent.request)
            new = [] if refusal or is_over() else list(islice(requests, at_once - len(on_the_way)))
        if refusal is not None:
            raise refusal
        return answered

    def _at_once(self, like: Request[Answer]) -> int:
        """How many requests such as this one may be on their way."""
        return _AT_ONCE if len(like.payload) <= self._quick_bytes else 1

    def _step(
        self, kind: Kind, new: list[Request[Answer]], on_the_way: deque[_Sent[Answer]], seconds: float
    ) -> tuple[Frame, int]:
        """Send what is `new`, and wait for the answer to what is longest on its way: it, and when it was there."""
        answer: Frame | None = None
        problem = ""
        watch = WATCHDOG.arm(seconds, self._transport.abort, self._transport.is_stopped)
        try:
            with contextlib.suppress(OSError, ValueError):  # ValueError: the stream is closed
                for request in new:
                    self._number = (self._number + 1) & 0xFFFFFFFF
                    frame = Frame(kind, self._number, request.payload)
                    on_the_way.append(sent := _Sent(self._number, request))
                    sent.start_ns = time.perf_counter_ns()
                    self._transport.write(encode_frame(frame))
                    self._transport.flush()
                most_bytes = max(on_the_way[0].request.most_bytes, ErrorAnswer.MOST_BYTES)
                answer = read_frame(self._transport, most_bytes)
                end_ns = time.perf_counter_ns()
        except CutOff:
            pass  # how the runner ended tells more
        except FramingError as error:
            problem = str(error)
        finally:
            expired = WATCHDOG.disarm(watch)
        if on_the_way and _frames_log.isEnabledFor(logging.DEBUG):
            self._log_frames(kind, on_the_way[0], answer)
        if self._broken_off:
            raise RunnerDied(f"{self._title}'s runner was stopped, and the request with it.")
        if problem and not expired:
            raise self._breach(problem)
        if watch.was_seen:
            message = f"{self._title}'s runner was stopped by a signal (SIGSTOP), and was ended."
            raise RunnerDied(message, self._transport.last_words())
        if expired or answer is None:
            raise self._loss(seconds if expired else None)
        return answer, end_ns

    def _log_frames(self, kind: Kind, sent: _Sent[Answer], answer: Frame | None) -> None:
        got = "nothing" if answer is None else f"kind {answer.kind}, {len(answer.payload)} bytes"
        asked = f"{kind.name.lower()}, {len(sent.request.payload)} bytes"
        milliseconds = (time.perf_counter_ns() - sent.start_ns) / 1e6
        _frames_log.debug("%s #%d: %s -> %s, %.3f ms", self._title, sent.number, asked, got, milliseconds)

    def _decoded(self, kind: Kind, sent: _Sent[Answer], answer: Frame, round_trip_ns: int) -> Answer:
        try:
            if answer.kind == KIND_ERROR:
                error = ErrorAnswer.decode(answer.payload)
                if error.code == ErrorCode.FRAMING:
                    raise self._breach(f"It could not read a request: {one_line(error.sentence)}")
                if answer.number == sent.number:
                    raise RunnerRefused(one_line(error.sentence, _LONGEST_REFUSAL), error.code)
            elif answer.kind == answer_kind(kind) and answer.number == sent.number:
                value = sent.request.decode(answer.payload)
                self._check_time(sent.request.told_ns(value), round_trip_ns)
                return value
        except PayloadError as error:
            raise self._breach(str(error)) from error
        raise self._breach("It answered something it was not asked.")

    def _check_time(self, told_ns: int, round_trip_ns: int) -> None:
        """RunnerDied where a runner says that it worked for longer than it took to answer."""
        if told_ns > (1 + _CLOCKS_APART) * round_trip_ns:
            told, took = words.duration(told_ns), words.duration(round_trip_ns)
            raise self._breach(f"It says that it worked for {told}, but its answer was there after {took}.")

    def _loss(self, deadline_seconds: float | None) -> RunnerLost:
        """Why there is no answer: a deadline that passed, else how the runner ended; in any case a way that is gone."""
        end = self._transport.end()
        if end.unreachable:
            return RunnerUnreachable(f"{self._title}'s runner {end.words}.")
        last_words = self._transport.last_words()
        if deadline_seconds is None:
            return RunnerDied(f"{self._title}'s runner {end.words}.", last_words)
        return RunnerTimedOut(
            f"{self._title} did not answer within {words.seconds(deadline_seconds)}, and was stopped.", last_words
        )

    def _breach(self, problem: str) -> RunnerDied:
        """The end of a runner that does not keep to the protocol."""
        self._transport.abort()
        message = f"{self._title}'s runner violated the protocol and was stopped: {problem}"
        return RunnerDied(message, self._transport.last_words())
