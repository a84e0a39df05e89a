"""The messages: one value for each request and answer, with its encoding (docs/protocol.md, "Requests and answers")."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self, TypeVar

import numpy as np
import numpy.typing as npt

from mnist_bench.base.text import one_line
from mnist_bench.network.layers import Shape
from mnist_bench.network.network import CLASSES
from mnist_bench.protocol.payload import PayloadError, PayloadReader, encode_count, encode_text
from mnist_bench.protocol.tables import (
    IMAGE_SIDE,
    MAX_ANSWER,
    MAX_AXES,
    MAX_FACTS,
    MAX_IMAGES,
    MAX_MEMORY,
    MAX_NS,
    MAX_RUNS,
    MAX_TEXT,
    AxisOrder,
    Named,
    Output,
    Placement,
)

Pixels = npt.NDArray[np.uint8]

_BYTE, _FLOAT, _NANOSECONDS = np.dtype(np.uint8), np.dtype("<f4"), np.dtype("<i8")
_COUNT = struct.Struct("<I")
_TIME = struct.Struct("<II")
_LOADED = struct.Struct("<QQQ")
_CLASSIFIED = struct.Struct("<IIQQ")
_TIMED = struct.Struct("<IIQ")
_ENTRY = struct.Struct("<IIQI")
_THREADS = struct.Struct("<H")
_FILE = struct.Struct("<HHHHffI")
_TEXT_BYTES = 2 + MAX_TEXT
_Choice = TypeVar("_Choice", bound=Named)


@dataclass(frozen=True, slots=True)
class RunnerInfo:
    """The answer to hello: who runs, with how many threads, what it can do, and facts for a person to read."""

    MOST_BYTES: ClassVar[int] = (2 + 3 * MAX_FACTS) * _TEXT_BYTES + 3 * _THREADS.size
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
class LoadResult:
    """The answer to load: the time it took, what the network's parameters occupy, and the runner's peak memory."""

    MOST_BYTES: ClassVar[int] = _LOADED.size
    load_ns: int
    network_bytes: int
    peak_memory_bytes: int

    def encode(self) -> bytes:
        """The payload."""
        return _LOADED.pack(self.load_ns, self.network_bytes, self.peak_memory_bytes)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        load_ns, network_bytes, peak_memory_bytes = reader.unpack(_LOADED)
        reader.end()
        _check_times(load_ns)
        _check_memory(network_bytes, peak_memory_bytes)
        return cls(load_ns, network_bytes, peak_memory_bytes)


@dataclass(frozen=True, slots=True)
class LoadFileRequest:
    """A file in an engine's own format, and what it reads and puts out.

    Attributes:
        format: "onnx" or "tflite".
        file: its bytes.
        order: of the axes of its input.
        channels: of its input: 1, or 3 for a gray image three times.
        placement: how 28 x 28 pixels become its input.
        scale, offset: an input of floats takes pixel x scale + offset; a quantized one the byte that stands for that.
        output: what its ten numbers are.
    """

    format: str
    file: bytes
    order: AxisOrder
    channels: int = 1
    placement: Placement = Placement.AS_THEY_ARE
    scale: float = 1 / 255
    offset: float = 0.0
    output: Output = Output.LOGITS

    def encode(self) -> bytes:
        """The payload."""
        numbers = (self.channels, self.placement, self.order, self.output, self.scale, self.offset, len(self.file))
        return encode_text(self.format) + _FILE.pack(*numbers) + self.file

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        kind = reader.text()
        channels, placement, order, output, scale, offset, size = reader.unpack(_FILE)
        file = reader.take(size)
        reader.end()
        if channels not in (1, 3):
            raise PayloadError(f"A file's input can have 1 or 3 channels, not {channels}.")
        if not (math.isfinite(scale) and math.isfinite(offset)):
            raise PayloadError("A file's scale or offset is not a finite number.")
        chosen = _choice(AxisOrder, order), channels, _choice(Placement, placement)
        return cls(kind, file, *chosen, scale, offset, _choice(Output, output))


def _choice(choices: type[_Choice], number: int) -> _Choice:
    """The one of `choices` with this number."""
    found = next((one for one in choices if one == number), None)
    if found is None:
        raise PayloadError("A file's placement, order or output is none that there is.")
    return found


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
        _check_times(compute_ns, least=1)
        _check_memory(peak_memory_bytes)
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
        _check_times(int(compute_ns.min()), int(compute_ns.max()), least=1)
        _check_memory(peak_memory_bytes)
        return cls(compute_ns, peak_memory_bytes)


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """What one layer, or several executed as one, put out: `output` float32, dequantized, without a batch axis.

    `first` and `last` are the places of its layers in the network.
    """

    name: str
    first: int
    last: int
    compute_ns: int
    output: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """`pixels`: uint8 (28, 28)."""

    pixels: Pixels

    def encode(self) -> bytes:
        """The payload."""
        return self.pixels.tobytes()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        pixels = reader.array(_BYTE, (IMAGE_SIDE, IMAGE_SIDE)).copy()
        reader.end()
        return cls(pixels)


@dataclass(frozen=True, slots=True)
class TraceAnswer:
    """The layers in the order in which they ran."""

    layers: tuple[LayerTrace, ...]

    def encode(self) -> bytes:
        """The payload."""
        parts = [_COUNT.pack(len(self.layers))]
        for layer in self.layers:
            shape = layer.output.shape
            parts += [encode_text(layer.name), _ENTRY.pack(layer.first, layer.last, layer.compute_ns, len(shape))]
            parts += [*map(_COUNT.pack, shape), layer.output.astype("<f4").tobytes()]
        return b"".join(parts)

    @staticmethod
    def most_bytes(shapes: Sequence[Shape]) -> int:
        """The length of the longest payload for a network whose operators put out `shapes`."""
        entry = _TEXT_BYTES + _ENTRY.size + MAX_AXES * _COUNT.size
        return min(_COUNT.size + sum(entry + _FLOAT.itemsize * math.prod(shape) for shape in shapes), MAX_ANSWER)

    @classmethod
    def decode(cls, payload: bytes, shapes: Sequence[Shape]) -> Self:
        """The value in `payload` for a network whose operators put out `shapes`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (count,) = reader.unpack(_COUNT)
        if not 1 <= count <= len(shapes):
            raise PayloadError(f"A trace has {count:,} entries; the network has {len(shapes)} operators.")
        layers: list[LayerTrace] = []
        for _ in range(count):
            layers.append(_decode_layer(reader, layers[-1].last + 1 if layers else 0, shapes))
        reader.end()
        return cls(tuple(layers))


def _decode_layer(reader: PayloadReader, earliest: int, shapes: Sequence[Shape]) -> LayerTrace:
    """The next entry, which begins at the operator `earliest` or behind it."""
    name = one_line(reader.text())
    first, last, compute_ns, axes = reader.unpack(_ENTRY)
    if not earliest <= first <= last < len(shapes):
        raise PayloadError("A trace has layers that the network does not have.")
    if not 1 <= axes <= MAX_AXES:
        raise PayloadError(f"An output in a trace has {axes:,} axes; the limit is {MAX_AXES}.")
    shape: Shape = tuple(reader.unpack(_COUNT)[0] for _ in range(axes))
    if shape != shapes[last]:
        raise PayloadError(f"A trace has an output of the shape {shape} where the network's is {shapes[last]}.")
    _check_times(compute_ns)
    return LayerTrace(name, first, last, compute_ns, reader.array(_FLOAT, shape).astype(np.float32))


def _check_times(*times_ns: int, least: int = 0) -> None:
    if not all(least <= time_ns <= MAX_NS for time_ns in times_ns):
        raise PayloadError("A time is out of range.")


def _check_memory(*sizes: int) -> None:
    if max(sizes) > MAX_MEMORY:
        raise PayloadError("A size of memory is out of range.")


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Why a request was refused: a code (see ErrorCode; others may come with later versions) and a sentence."""

    MOST_BYTES: ClassVar[int] = _COUNT.size + _TEXT_BYTES
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
