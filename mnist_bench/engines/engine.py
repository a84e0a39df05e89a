"""InferenceEngine: one started backend, wherever its runner runs."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from mnist_bench.base import words
from mnist_bench.base.errors import Cancelled, MnistBenchError, UsageError
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.lane import Lane
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.answers import Classification, joined
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.classifying import Classifying
from mnist_bench.engines.connection import Answered, Connection, Request
from mnist_bench.engines.errors import EngineError, RunnerDied, RunnerLost, RunnerRefused
from mnist_bench.engines.file_tracing import FileTracing
from mnist_bench.network.network import Network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import Pixels, RunnerInfo, TimeAnswer, TimeRequest
from mnist_bench.protocol.tables import IMAGE_SIDE, MAX_RUNS, ErrorCode, Kind
from mnist_bench.protocol.tracing import LayerTrace, PeakAnswer, TraceAnswer, TraceFileRequest, TraceRequest

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a runner may take, in seconds; `per_run` is added for each run of `time`.

    By default `start` and `load` are the backend's own.
    """

    start: float = 120.0
    load: float = 60.0
    answer: float = 30.0
    per_run: float = 1.0
    close: float = 1.0
    cancel: float = 0.1


@dataclass(slots=True, eq=False)
class _Call:
    """One call of a method while it runs, and whether it is to end."""

    cancelled: bool = False

    def is_cancelled(self) -> bool:
        return self.cancelled

    def check(self) -> None:
        """Raise Cancelled if it is to end."""
        if self.cancelled:
            raise Cancelled("Cancelled.")


class InferenceEngine:
    """A started backend: use it in a `with` block, or call `start` and `close`.

    Calls block and raise EngineError; `start` may also raise RunnerUnavailable or an error of the device. Any thread
    may call, and calls take turns. After RunnerLost, or Cancelled if the runner had to be killed, `restart` makes the
    engine ready again with the same network. `connect` and `lane` replace the backend's own. With `awake`, the runner
    keeps its core awake between requests.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        deadlines: Deadlines | None = None,
        connect: Callable[[], Transport] | None = None,
        lane: Lane | None = None,
        awake: bool = False,
    ) -> None:
        self.backend = backend
        self._deadlines = deadlines or Deadlines(start=backend.start_seconds, load=backend.load_seconds)
        self._connect: Callable[[Callable[[], bool]], Transport]
        if connect is None:
            self._connect = lambda given_up: backend.connect(given_up, awake=awake)
        else:
            self._connect = lambda _given_up: connect()
        self._lane = backend.lane if lane is None else lane
        self._connection: Connection | None = None
        self._network: Network | None = None
        self._info: RunnerInfo | None = None
        self._loaded: LoadResult | None = None
        self._files: FileTracing | None = None
        self._calls: set[_Call] = set()
        self._calls_guard = threading.Lock()

    def __enter__(self) -> Self:
        if not self.is_running:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether its runner is running."""
        return self._connection is not None and self._connection.is_open

    @property
    def info(self) -> RunnerInfo:
        """What the runner says about itself; EngineError before `start`."""
        if self._info is None:
            raise EngineError(f"{self.backend.title} has not been started.")
        return self._info

    @property
    def loaded(self) -> LoadResult:
        """How long loading the network took, and its size; EngineError before `load`."""
        if self._loaded is None:
            raise EngineError(f"{self.backend.title} has no network.")
        return self._loaded

    @property
    def network(self) -> Network | None:
        """The network that was last loaded, even if that failed."""
        return self._network

    def start(self) -> RunnerInfo:
        """Start the runner, and return what it says about itself; RunnerUnavailable if the backend cannot run here."""
        missing = self.backend.missing()
        if missing is not None:
            raise RunnerUnavailable(f"{self.backend.title} cannot run: {missing}")
        self.close()
        with self._call() as call:
            self._connection = Connection(self.backend.title, self._connect(call.is_cancelled))
            try:
                request = Request(b"", RunnerInfo.decode, RunnerInfo.MOST_BYTES)
                info = self._ask(call, Kind.HELLO, request, self._deadlines.start).value
            except BaseException as error:
                self._end(0)
                if isinstance(error, RunnerRefused) and error.code == ErrorCode.UNAVAILABLE:
                    raise RunnerUnavailable(f"{self.backend.title} cannot run: {error.message}") from error
                raise
            if needed := self.backend.lacks(info.capabilities):
                self._end(0)
                twin = self.backend.in_fp32
                raise RunnerUnavailable(
                    f"{self.backend.title} cannot run: it needs {needed}.",
                    advice=f"Use {twin.id} instead." if twin else "",
                )
            self._info = info
            return info

    def load(self, network: Network) -> LoadResult:
        """Load a network into the runner; raises what `Backend.encode` raises."""
        asked = self.backend.encode(network)
        with self._call() as call:
            self._network, self._loaded, self._files = network, None, None
            request = Request(asked.payload, LoadResult.decode, LoadResult.MOST_BYTES, lambda loaded: loaded.load_ns)
            self._loaded = self._ask(call, asked.kind, request, self._deadlines.load).value
            return self._loaded

    def classify(self, images: Pixels) -> Classification:
        """Classify uint8 images (N, 28, 28), or one (28, 28), in requests of up to 400 images."""
        return joined(list(self.classify_in_pieces(images)))

    def classify_in_pieces(self, images: Pixels) -> Iterator[Classification]:
        """Classify like `classify`, but yield a piece for each turn: one request, or as many as fit into 50 ms.

        Raises Cancelled at the next piece after `cancel`.
        """
        images = _checked_images(images)
        with self._call() as call:
            requests = Classifying(images)
            while not requests.is_done:
                yield requests.piece(self._ask_some(call, Kind.CLASSIFY, requests, self._deadlines.answer, self._lane))

    def time(self, pixels: Pixels, warm_up: int, runs: int) -> npt.NDArray[np.int64]:
        """Run the hot loop for one uint8 image (28, 28): int64 (runs,), the compute of each run in ns."""
        if not (0 <= warm_up <= MAX_RUNS and 1 <= runs <= MAX_RUNS):
            raise UsageError(
                f"{words.count(runs)} runs after {words.count(warm_up)} to warm up is out of range.",
                advice=f"Choose 1 to {words.count(MAX_RUNS)}.",
            )
        payload = TimeRequest(_checked_image(pixels), warm_up, runs).encode()
        seconds = self._deadlines.answer + self._deadlines.per_run * (warm_up + runs)

        request = Request(
            payload,
            lambda answer: TimeAnswer.decode(answer, runs),
            TimeAnswer.most_bytes(runs),
            lambda answer: int(answer.compute_ns.sum()),
        )
        with self._call() as call:
            return self._ask(call, Kind.TIME, request, seconds, self._lane).value.compute_ns

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        """Run one uint8 image (28, 28) layer by layer, and return each layer's output and time."""
        if (files := self._traced_files()) is not None:
            return self._trace_files(files, _checked_image(pixels))
        shapes = self._network.output_shapes if self._network is not None else ()
        request = Request(
            TraceRequest(_checked_image(pixels)).encode(),
            lambda answer: TraceAnswer.decode(answer, shapes),
            TraceAnswer.most_bytes(shapes),
            lambda answer: sum(layer.compute_ns for layer in answer.layers),
        )
        with self._call() as call:
            return self._ask(call, Kind.TRACE, request, self._deadlines.answer, self._lane).value.layers

    def peak(self) -> int:
        """The most multiply-adds that the runner's core makes in a second, in the precision of its network; 0 where the
        runner does not know.
        """
        request = Request(b"", PeakAnswer.decode, PeakAnswer.MOST_BYTES)
        try:
            with self._call() as call:
                answer = self._ask(call, Kind.PEAK, request, self._deadlines.answer, self._lane)
        except RunnerRefused as error:
            if error.code == ErrorCode.UNKNOWN_KIND:
                return 0
            raise
        return answer.value.multiply_adds_per_s

    def _traced_files(self) -> FileTracing | None:
        """How the network is traced through files, if it is; made once for a network.

        Raises EngineError where that cannot be.
        """
        if self._files is None and self._network is not None:
            try:
                self._files = self.backend.trace_files(self._network)
            except MnistBenchError as error:
                raise EngineError(f"{self.backend.title} cannot be traced. {error.message}") from error
        return self._files

    def _trace_files(self, files: FileTracing, pixels: Pixels) -> tuple[LayerTrace, ...]:
        timed = Request(
            TraceFileRequest(files.plain, pixels, is_timed=True).encode(),
            files.times,
            told_ns=lambda nodes: round(sum(node.compute_ns for node in nodes)),
        )
        telling = Request(TraceFileRequest(files.telling, pixels, is_timed=False).encode(), files.values)
        seconds = self._deadlines.load + self._deadlines.answer
        with self._call() as call:
            times = self._ask(call, Kind.TRACE_FILE, timed, seconds, self._lane).value
            values = self._ask(call, Kind.TRACE_FILE, telling, seconds, self._lane).value
        return files.layers(times, values)

    def cancel(self) -> None:
        """End the running calls, from any thread: each raises Cancelled. A call that waits for its turn, or is between
        two pieces, ends by itself; a request that takes longer than a moment is ended by killing its runner.
        """
        self._cancel_calls()
        connection = self._connection
        if connection is not None:
            connection.cancel(self._deadlines.cancel)

    def restart(self) -> RunnerInfo:
        """Start a new runner and load the same network into it."""
        network = self._network
        info = self.start()
        if network is not None:
            self.load(network)
        return info

    def close(self) -> None:
        """End the runner: ask it to, then kill it. Nothing is left running; calling it again does nothing."""
        self._end(self._deadlines.close)

    def _end(self, grace_seconds: float) -> None:
        self._cancel_calls()
        connection, self._connection = self._connection, None
        self._info = self._loaded = None
        if connection is not None:
            connection.close(grace_seconds)

    @contextmanager
    def _call(self) -> Iterator[_Call]:
        """A call that `cancel` finds for as long as it runs."""
        call = _Call()
        with self._calls_guard:
            self._calls.add(call)
        try:
            yield call
        finally:
            with self._calls_guard:
                self._calls.discard(call)

    def _cancel_calls(self) -> None:
        with self._calls_guard:
            for call in self._calls:
                call.cancelled = True
        self._lane.look_again()

    def _ask(
        self, call: _Call, kind: Kind, request: Request[_Answer], seconds: float, lane: Lane | None = None
    ) -> Answered[_Answer]:
        (answer,) = self._ask_some(call, kind, iter((request,)), seconds, lane)
        return answer

    def _ask_some(
        self,
        call: _Call,
        kind: Kind,
        requests: Iterator[Request[_Answer]],
        seconds: float,
        lane: Lane | None = None,
    ) -> Sequence[Answered[_Answer]]:
        """As many as one turn takes."""
        connection = self._connection
        if connection is None:
            raise RunnerDied(f"{self.backend.title} is not running.")
        try:
            answers = connection.ask_some(kind, requests, seconds, call.is_cancelled, lane)
        except RunnerLost as error:
            if call.cancelled:
                raise Cancelled("Cancelled; the runner had to be stopped.", advice="Start it again.") from error
            raise
        call.check()
        return answers


def _checked_image(pixels: Pixels) -> Pixels:
    if pixels.ndim != 2:
        raise UsageError(f"One image must be uint8 (28, 28), not {pixels.dtype} {pixels.shape}.")
    return _checked_images(pixels).reshape(IMAGE_SIDE, IMAGE_SIDE)


def _checked_images(images: Pixels) -> Pixels:
    if images.dtype != np.uint8 or images.shape[-2:] != (IMAGE_SIDE, IMAGE_SIDE) or images.ndim not in (2, 3):
        raise UsageError(f"Images must be uint8 (N, 28, 28), not {images.dtype} {images.shape}.")
    return np.ascontiguousarray(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))
