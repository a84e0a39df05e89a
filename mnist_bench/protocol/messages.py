"""The messages but for load and trace: a value for each request and answer, with its encoding (docs/protocol.md)."""

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from mnist_bench.base.text import one_line
from mnist_bench.network.network import CLASSES
from mnist_bench.protocol.payload import (
    TEXT_BYTES,
    PayloadError,
    PayloadReader,
    check_memory,
    check_times,
    encode_count,
    encode_text,
)
from mnist_bench.protocol.tables import IMAGE_SIDE, MAX_FACTS, MAX_IMAGES, MAX_RUNS

Pixels = npt.NDArray[np.uint8]

_BYTE, _FLOAT, _NANOSECONDS = np.dtype(np.uint8), np.dtype("<f4"), np.dtype("<i8")
_COUNT = struct.Struct("<I")
_TIME = struct.Struct("<II")
_CLASSIFIED = struct.Struct("<IIQQ")
_TIMED = struct.Struct("<IIQ")
_THREADS = struct.Struct("<H")


@dataclass(frozen=True, slots=True)
class RunnerInfo:
    """The answer to hello: who runs, with how many threads, what it can do, and facts for a person to read."""

    MOST_BYTES: ClassVar[int] = (2 + 3 * MAX_FACTS) * TEXT_BYTES + 3 * _THREADS.size
    program: str
    version: str
    threads: int
    capabilities: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The payload."""
        parts = [encode_text(self.program), encode_text(self.version), _THREADS.pack(self.threads)]
        parts += [encode_count(len(self.capabilities)), *map(encode_text, self.capabilities)]
        parts += [encode_count(len(self.facts))]
        parts += [encode_text(text) for fact in self.facts.items() for text in fact]
        return b"".join(parts)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        program, version = one_line(reader.text()), one_line(reader.text())
        (threads,) = reader.unpack(_THREADS)
        if threads == 0:
            raise PayloadError("A runner says that it computes with no thread.")
        capabilities = tuple(reader.texts())
        facts = reader.texts(per_entry=2)
        reader.end()
        return cls(program, version, threads, capabilities, dict(zip(facts[::2], facts[1::2], strict=True)))


@dataclass(frozen=True, slots=True)
class ClassifyRequest:
    """`images`: uint8 (N, 28, 28), N from 1 to 400; a decoded one's can only be read."""

    images: Pixels

    def encode(self) -> bytes:
        """The payload."""
        return b"".join((_COUNT.pack(len(self.images)), np.ascontiguousarray(self.images).data))

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (count,) = reader.unpack(_COUNT)
        if not 1 <= count <= MAX_IMAGES:
            raise PayloadError(f"A request can hold 1 to {MAX_IMAGES} images, not {count}.")
        images = reader.array(_BYTE, (count, IMAGE_SIDE, IMAGE_SIDE))
        reader.end()
        return cls(images)


@dataclass(frozen=True, slots=True)
class ClassifyAnswer:
    """`logits`: float32 (N, 10); `compute_ns` for the whole request; the runner's peak memory so far."""

    logits: npt.NDArray[np.float32]
    compute_ns: int
    peak_memory_bytes: int

    @staticmethod
    def most_bytes(images: int) -> int:
        """The length of the payload for `images` images."""
        return _CLASSIFIED.size + images * CLASSES * _FLOAT.itemsize

    def encode(self) -> bytes:
        """The payload."""
        head = _CLASSIFIED.pack(len(self.logits), CLASSES, self.compute_ns, self.peak_memory_bytes)
        return head + self.logits.astype("<f4").tobytes()

    @classmethod
    def decode(cls, payload: bytes, images: int) -> Self:
        """The answer in `payload` for `images` images; PayloadError if there is none."""
        reader = PayloadReader(payload)
        count, classes, compute_ns, peak_memory_bytes = reader.unpack(_CLASSIFIED)
        if (count, classes) != (images, CLASSES):
            raise PayloadError(f"An answer for {images} images holds logits of the shape ({count}, {classes}).")
        logits = reader.array(_FLOAT, (count, CLASSES)).astype(np.float32)
        reader.end()
        if not np.isfinite(logits).all():
            raise PayloadError("A logit is not a finite number.")
        check_times(compute_ns, least=1)
        check_memory(peak_memory_bytes)
        return cls(logits, compute_ns, peak_memory_bytes)


@dataclass(frozen=True, slots=True)
class TimeRequest:
    """`pixels`: uint8 (28, 28), executed `warm_up` times uncounted, then `runs` times."""

    pixels: Pixels
    warm_up: int
    runs: int

    def encode(self) -> bytes:
        """The payload."""
        return _TIME.pack(self.warm_up, self.runs) + self.pixels.tobytes()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        warm_up, runs = reader.unpack(_TIME)
        if warm_up > MAX_RUNS or not 1 <= runs <= MAX_RUNS:
            raise PayloadError(f"A request can ask for 1 to {MAX_RUNS:,} runs, not {runs:,} behind {warm_up:,}.")
        pixels = reader.array(_BYTE, (IMAGE_SIDE, IMAGE_SIDE)).copy()
        reader.end()
        return cls(pixels, warm_up, runs)


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """`compute_ns`: int64 (runs,); the runner's peak memory so far."""

    compute_ns: npt.NDArray[np.int64]
    peak_memory_bytes: int

    @staticmethod
    def most_bytes(runs: int) -> int:
        """The length of the payload for `runs` runs."""
        return _TIMED.size + runs * _NANOSECONDS.itemsize

    def encode(self) -> bytes:
        """The payload."""
        return _TIMED.pack(len(self.compute_ns), 0, self.peak_memory_bytes) + self.compute_ns.astype("<u8").tobytes()

    @classmethod
    def decode(cls, payload: bytes, asked_runs: int) -> Self:
        """The answer in `payload` for `asked_runs` runs; PayloadError if there is none."""
        reader = PayloadReader(payload)
        runs, zero, peak_memory_bytes = reader.unpack(_TIMED)
        if runs != asked_runs or zero:
            raise PayloadError(f"An answer for {asked_runs:,} runs holds {runs:,} times.")
        compute_ns = reader.array(_NANOSECONDS, (runs,)).astype(np.int64)
        reader.end()
        check_times(int(compute_ns.min()), int(compute_ns.max()), least=1)
        check_memory(peak_memory_bytes)
        return cls(compute_ns, peak_memory_bytes)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Why a request was refused: a code (see ErrorCode; others may come with later versions) and a sentence."""

    MOST_BYTES: ClassVar[int] = _COUNT.size + TEXT_BYTES
    code: int
    sentence: str

    def encode(self) -> bytes:
        """The payload."""
        return _COUNT.pack(self.code) + encode_text(self.sentence)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (code,) = reader.unpack(_COUNT)
        sentence = reader.text()
        reader.end()
        return cls(code, sentence)
