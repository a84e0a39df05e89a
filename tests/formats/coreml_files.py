"""Core ML files of the tests' own making: protocol buffers by field numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Fields = Mapping[int, Any]
"""By number: an int, a float (float32), text, bytes, another message, an array (packed float32), or a list of these."""


def message(fields: Fields) -> bytes:
    """The bytes of a message."""
    return b"".join(
        _field(number, value)
        for number, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _field(number: int, value: Any) -> bytes:
    match value:
        case int():
            return varint(number << 3) + varint(value & (1 << 64) - 1)
        case float():
            return varint(number << 3 | 5) + np.float32(value).tobytes()
        case str():
            data = value.encode()
        case bytes():
            data = value
        case np.ndarray():
            data = value.astype("<f4").tobytes()
        case tuple():
            data = b"".join(varint(each & (1 << 64) - 1) for each in value)  # packed
        case _:
            data = message(value)
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """A number as protocol buffers have it."""
    low, high = value & 127, value >> 7
    return bytes([low]) if not high else bytes([low | 128]) + varint(high)


def floats(array: NDArray[Any]) -> Fields:
    """WeightParams of float32."""
    return {1: array}


def layer(field: int, params: Fields, *, inputs: Sequence[str] = ("image",), output: str = "out") -> Fields:
    """A layer of the kind that `field` says, named after its output."""
    return {1: f"layer {output}", 2: list(inputs), 3: output, field: params}


def gray_image(height: int = 28, width: int = 28) -> Fields:
    """A feature "image" that is a gray image."""
    return {1: "image", 3: {4: {1: width, 2: height, 3: 10}}}


def array(*shape: int) -> Fields:
    """A feature "image" that is an array."""
    return {1: "image", 3: {5: {1: shape}}}


def write(
    path: Path, feature: Fields, layers: Sequence[Fields], preprocessing: Fields | None = None, kind: int = 403
) -> Path:
    """A .mlmodel file with one network, whose output is the last layer's."""
    network = {1: list(layers), 2: [preprocessing] if preprocessing else [], 100: {1: ["zero", "one"]}}
    description = {1: feature, 10: [{1: str(layers[-1][3])}, {1: "classLabel"}]}
    path.write_bytes(message({1: 1, 2: description, kind: network}))
    return path
