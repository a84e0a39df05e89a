"""The file that a network was imported from, byte for byte, and what an engine must know to run it as it is."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from mnist_bench.network.errors import NetworkError

MAX_ORIGINAL_BYTES = 64_000_000
"""Of a file that is kept: four bytes for each parameter that a network may have."""
_LARGEST = 3e38
"""Of a number, in float32."""
BACKENDS = {"tflite": "litert-original", "onnx": "onnxruntime-original"}
"""By a format, the id of the backend that runs its files."""


class Fit(StrEnum):
    """How a digit's 28 x 28 pixels fill a file's input."""

    AS_THEY_ARE = "as they are"
    CENTRED = "centred"
    ENLARGED = "enlarged"


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """A file in an engine's own format.

    Its input takes pixel * scale + offset, pixel being a byte, or the byte that stands for that where it is quantized.

    Attributes:
        format: "tflite" or "onnx".
        data: the file.
        channels: of its input: 1, or 3 for a gray image three times.
        channels_last: whether they are the last axis of its input.
        fit: how 28 x 28 pixels fill it.
        scale, offset: the normalisation.
        puts_out_probabilities: whether it ends in a softmax; otherwise it puts out logits.

    Raises NetworkError where that is not what an engine can be asked for.
    """

    format: str
    data: bytes = field(repr=False)
    channels: int
    channels_last: bool
    fit: Fit
    scale: float
    offset: float
    puts_out_probabilities: bool

    def __post_init__(self) -> None:
        if self.format not in BACKENDS or self.channels not in (1, 3):
            raise NetworkError("Its original is no file that an engine runs.")
        if not 1 <= len(self.data) <= MAX_ORIGINAL_BYTES:
            raise NetworkError(f"Its original is empty, or larger than {MAX_ORIGINAL_BYTES // 1_000_000} MB.")
        if not (abs(self.scale) <= _LARGEST and abs(self.offset) <= _LARGEST):
            raise NetworkError("Its original's normalisation is not one of finite numbers.")

    @property
    def backend(self) -> str:
        """The id of the backend that runs it."""
        return BACKENDS[self.format]

    @property
    def settings(self) -> dict[str, str | int | float | bool]:
        """All but its bytes, by name."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "data"}
