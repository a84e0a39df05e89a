"""The messages of trace, trace_file and peak, with their encoding (docs/protocol.md, "Requests and answers")."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from mnist_bench.base.text import one_line
from mnist_bench.network.layers import Shape
from mnist_bench.network.network import MAX_OPERATORS
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.payload import TEXT_BYTES, PayloadError, PayloadReader, check_times, encode_text
from mnist_bench.protocol.tables import IMAGE_SIDE, MAX_ANSWER, MAX_AXES

_BYTE, _FLOAT = np.dtype(np.uint8), np.dtype("<f4")
_COUNT = struct.Struct("<I")
_PEAK = struct.Struct("<Q")
_ENTRY = struct.Struct("<IIQI")
_FLAG, _OUTPUT = struct.Struct("<H"), struct.Struct("<II")
_ELEMENTS = (_FLOAT, np.dtype(np.int8), _BYTE)
"""By the numbers of Element."""


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
class PeakAnswer:
    """The most multiply-adds that one core makes in a second; 0 where the runner does not know."""

    MOST_BYTES: ClassVar[int] = _PEAK.size
    multiply_adds_per_s: int

    def encode(self) -> bytes:
        """The payload."""
        return _PEAK.pack(self.multiply_adds_per_s)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (multiply_adds_per_s,) = reader.unpack(_PEAK)
        reader.end()
        return cls(multiply_adds_per_s)


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
        entry = TEXT_BYTES + _ENTRY.size + MAX_AXES * _COUNT.size
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
    check_times(compute_ns)
    return LayerTrace(name, first, last, compute_ns, reader.array(_FLOAT, shape).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class TraceFileRequest:
    """One image uint8 (28, 28) through a file; `is_timed`: with the engine's own times of its nodes."""

    file: LoadFileRequest
    pixels: Pixels
    is_timed: bool

    def encode(self) -> bytes:
        """The payload."""
        return b"".join((_FLAG.pack(self.is_timed), self.pixels.tobytes(), self.file.encode()))

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (is_timed,) = reader.unpack(_FLAG)
        if is_timed > 1:
            raise PayloadError("A trace asks for something else than times or none.")
        pixels = reader.array(_BYTE, (IMAGE_SIDE, IMAGE_SIDE)).copy()
        return cls(LoadFileRequest.decode(payload[_FLAG.size + pixels.nbytes :]), pixels, bool(is_timed))


@dataclass(frozen=True, slots=True, eq=False)
class TraceFileAnswer:
    """A file's outputs as they are, with a batch axis of 1: float32, int8 or uint8; and the profiler's own words."""

    outputs: tuple[npt.NDArray[Any], ...]
    profile: bytes = b""

    def encode(self) -> bytes:
        """The payload."""
        parts = [_COUNT.pack(len(self.outputs))]
        for output in self.outputs:
            parts += [_OUTPUT.pack(_ELEMENTS.index(output.dtype), output.ndim), *map(_COUNT.pack, output.shape)]
            parts += [output.tobytes()]
        return b"".join((*parts, _COUNT.pack(len(self.profile)), self.profile))

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The value in `payload`; PayloadError if there is none."""
        reader = PayloadReader(payload)
        (count,) = reader.unpack(_COUNT)
        if not 1 <= count <= MAX_OPERATORS:
            raise PayloadError(f"A file says that it has {count:,} outputs; the limit is {MAX_OPERATORS}.")
        outputs = []
        for _ in range(count):
            element, axes = reader.unpack(_OUTPUT)
            if element >= len(_ELEMENTS) or not 1 <= axes <= MAX_AXES:
                raise PayloadError("A file's output is of a kind or a shape that there is not.")
            shape = tuple(reader.unpack(_COUNT)[0] for _ in range(axes))
            if 0 in shape:
                raise PayloadError("A file's output has no values.")
            outputs.append(reader.array(_ELEMENTS[element], shape).copy())
        (size,) = reader.unpack(_COUNT)
        profile = reader.take(size)
        reader.end()
        return cls(tuple(outputs), profile)
