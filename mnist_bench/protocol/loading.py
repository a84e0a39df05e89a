"""The messages of load and load_file, with their encoding (docs/protocol.md, "Requests and answers")."""

import math
import struct
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

from mnist_bench.protocol.payload import PayloadError, PayloadReader, check_memory, check_times, encode_text
from mnist_bench.protocol.tables import AxisOrder, Named, Output, Placement

_LOADED = struct.Struct("<QQQ")
_FILE = struct.Struct("<HHHHffI")
_Choice = TypeVar("_Choice", bound=Named)


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
        check_times(load_ns)
        check_memory(network_bytes, peak_memory_bytes)
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
