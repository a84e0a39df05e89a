"""The runner's end of the protocol: answers requests until the stream ends, and leaves computing to an executor."""

import logging
import math
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import decode_network
from mnist_bench.protocol.frames import Frame, FramingError, Reader, Writer, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import (
    ClassifyAnswer,
    ClassifyRequest,
    ErrorAnswer,
    Pixels,
    RunnerInfo,
    TimeAnswer,
    TimeRequest,
)
from mnist_bench.protocol.payload import PayloadError
from mnist_bench.protocol.tables import (
    KIND_ERROR,
    LOOK_AT_INPUT_NS,
    MAX_ANSWER,
    MAX_REQUEST,
    TRACE_ENTRY_BYTES,
    ErrorCode,
    Kind,
)
from mnist_bench.protocol.tracing import LayerTrace, TraceAnswer, TraceRequest

_log = logging.getLogger(__name__)

_LOOK_AT_MEMORY_NS = 50_000_000  # how old the peak memory that a `classify` tells may be: a look takes 30 µs


class Refused(MnistBenchError):
    """A request that an executor cannot carry out, with the code to answer."""

    def __init__(self, code: ErrorCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Executor(Protocol):
    """What a backend must be able to do; any method may raise Refused."""

    def info(self) -> RunnerInfo:
        """Who this is; raises Refused(UNAVAILABLE) where the backend cannot run."""

    def load(self, network: Network, precision: Precision) -> int:
        """Make `network` ready; returns the bytes of its parameters."""

    def unload(self) -> None:
        """Forget the network."""

    @property
    def is_loaded(self) -> bool:
        """Whether there is a network to run."""

    def run(self, images: Pixels) -> npt.NDArray[np.float32]:
        """uint8 (N, 28, 28) to logits float32 (N, 10): all that counts as compute, and nothing else."""

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        """One image uint8 (28, 28), layer by layer."""

    def peak_memory_bytes(self) -> int:
        """The process's peak memory so far."""


def serve(reader: Reader, writer: Writer, executor: Executor, input_ended: Callable[[], bool] = lambda: False) -> int:
    """Answer requests from `reader` on `writer` until the stream ends or a close; returns the exit status.

    `input_ended` tells without blocking whether nobody listens any more; a long `time` asks it now and then.
    """
    session = _Session(executor, input_ended)
    while True:
        try:
            request = read_frame(reader, MAX_REQUEST)
        except FramingError as error:
            _send(writer, Frame(KIND_ERROR, 0, ErrorAnswer(ErrorCode.FRAMING, str(error)).encode()))
            return 2
        if request is None:
            return 0
        _send(writer, session.answer(request))
        if session.ended:
            return 0


def _send(writer: Writer, frame: Frame) -> None:
    writer.write(encode_frame(frame))
    writer.flush()


class _Session:
    """One stream's requests, in order."""

    def __init__(self, executor: Executor, input_ended: Callable[[], bool]) -> None:
        self._executor = executor
        self._input_ended = input_ended
        self.ended = False
        self._trace_bytes = 0  # what a trace of the loaded network may need
        self._peak_memory_bytes = 0  # of a `classify`, and of how many images and when that was looked up
        self._peak_images = 0
        self._peak_at_ns = 0
        self._verbs: dict[int, Callable[[bytes], bytes]] = {
            Kind.HELLO: self._hello,
            Kind.LOAD: self._load,
            Kind.CLASSIFY: self._classify,
            Kind.TIME: self._time,
            Kind.TRACE: self._trace,
            Kind.CLOSE: self._close,
        }

    def answer(self, request: Frame) -> Frame:
        """The answer to `request`, whatever happens."""
        try:
            verb = self._verbs.get(request.kind)
            if verb is None:
                raise Refused(ErrorCode.UNKNOWN_KIND, f"This runner knows no request of kind {request.kind}.")
            return Frame(answer_kind(request.kind), request.number, verb(request.payload))
        except Refused as error:
            refusal = ErrorAnswer(error.code, str(error))
        except PayloadError as error:
            refusal = ErrorAnswer(ErrorCode.BAD_PAYLOAD, str(error))
        except NetworkError as error:
            refusal = ErrorAnswer(ErrorCode.BAD_NETWORK, error.message)
        except MemoryError:
            refusal = ErrorAnswer(ErrorCode.FAILED, "The runner does not have enough memory for this.")
        except Exception as error:  # whatever a library raises is an answer, not the runner's end
            _log.exception("A request of kind %d failed", request.kind)
            first_line = str(error).partition("\n")[0] or type(error).__name__
            refusal = ErrorAnswer(ErrorCode.FAILED, f"The runner failed: {first_line}")
        return Frame(KIND_ERROR, request.number, refusal.encode())

    def _hello(self, payload: bytes) -> bytes:
        _no_payload(payload)
        return self._executor.info().encode()

    def _load(self, payload: bytes) -> bytes:
        self._executor.unload()
        self._peak_images = 0
        start = time.perf_counter_ns()
        network, precision = decode_network(payload)
        size = self._executor.load(network, precision)
        load_ns = time.perf_counter_ns() - start
        self._trace_bytes = sum(TRACE_ENTRY_BYTES + 4 * math.prod(shape) for shape in network.output_shapes)
        return LoadResult(load_ns, size, self._executor.peak_memory_bytes()).encode()

    def _classify(self, payload: bytes) -> bytes:
        request = ClassifyRequest.decode(payload)
        self._need_network()
        start = time.perf_counter_ns()
        logits = self._executor.run(request.images)
        end = time.perf_counter_ns()
        if not np.isfinite(logits).all():
            raise Refused(ErrorCode.FAILED, "The network's logits for an image are not finite numbers.")
        return ClassifyAnswer(logits, end - start, self._peak_memory(len(logits), end)).encode()

    def _peak_memory(self, images: int, now_ns: int) -> int:
        """Looked up once more images run than before, and where it is old: a module may compile itself later."""
        if images > self._peak_images or now_ns - self._peak_at_ns > _LOOK_AT_MEMORY_NS:
            self._peak_memory_bytes = self._executor.peak_memory_bytes()
            self._peak_images, self._peak_at_ns = max(images, self._peak_images), now_ns
        return self._peak_memory_bytes

    def _time(self, payload: bytes) -> bytes:
        request = TimeRequest.decode(payload)
        self._need_network()
        images, run, clock = request.pixels[np.newaxis], self._executor.run, time.perf_counter_ns
        compute_ns = np.empty(request.runs, np.int64)
        looked = clock()
        for index in range(-request.warm_up, request.runs):
            start = clock()
            run(images)
            end = clock()
            if index >= 0:
                compute_ns[index] = end - start
            if end - looked > LOOK_AT_INPUT_NS:
                if self._input_ended():
                    self.ended = True
                    raise Refused(ErrorCode.FAILED, "Nobody is listening any more.")
                looked = end
        return TimeAnswer(compute_ns, self._executor.peak_memory_bytes()).encode()

    def _trace(self, payload: bytes) -> bytes:
        request = TraceRequest.decode(payload)
        self._need_network()
        if self._trace_bytes > MAX_ANSWER:
            raise Refused(ErrorCode.UNSUPPORTED, "The layers of this network put out more than one answer can hold.")
        return TraceAnswer(self._executor.trace(request.pixels)).encode()

    def _close(self, payload: bytes) -> bytes:
        _no_payload(payload)
        self._executor.unload()
        self.ended = True
        return b""

    def _need_network(self) -> None:
        if not self._executor.is_loaded:
            raise Refused(ErrorCode.NO_NETWORK, "No network has been loaded.")


def _no_payload(payload: bytes) -> None:
    if payload:
        raise PayloadError("A payload is longer than it should be.")
