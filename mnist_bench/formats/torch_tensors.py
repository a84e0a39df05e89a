"""Tensors as PyTorch's files describe them: a storage of bytes and a view of it, checked before a number is read."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.errors import FormatError

Array = npt.NDArray[Any]

MAX_ELEMENTS = 64_000_000
"""Numbers in one tensor."""
MAX_AXES = 8

_BFLOAT16 = "bfloat16"
_STORAGES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": _BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "QInt8Storage": "i1",
    "QUInt8Storage": "u1",
    "QInt32Storage": "i4",
    "UntypedStorage": "u1",
}
"""numpy's kind of each class of torch.storage."""
DTYPES = {
    "float32": "f4",
    "float64": "f8",
    "float16": "f2",
    "bfloat16": _BFLOAT16,
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint8": "u1",
    "bool": "?",
}
"""numpy's kind of each dtype, by its name in torch."""


@dataclass(slots=True)
class Storage:
    """The bytes behind one or more tensors.

    Attributes:
        kind: of one element, as numpy writes it without its byte order; "bfloat16" has none in numpy.
        is_big_endian: the machine that saved it wrote the highest byte first.
        key: its name in the file.
        data: None until they are needed, or until the file's reader has come to them.
        load: reads them once they are needed: an optimizer's never are.
    """

    kind: str
    key: str
    is_big_endian: bool = False
    data: bytes | None = None
    load: Callable[[], bytes] | None = None

    @property
    def item_bytes(self) -> int:
        """Bytes of one element."""
        return 2 if self.kind == _BFLOAT16 else np.dtype(self.kind).itemsize

    def elements(self, kind: str) -> Array:
        """All of them, one after another, as what `kind` says (bfloat16 as its 16 bits). Read-only.

        Raises:
            FormatError: the file does not hold them.
        """
        if self.data is None and self.load is not None:
            self.data = self.load()
        if self.data is None:
            raise FormatError(f"The file does not hold the numbers of its storage {self.key!r}: it is incomplete.")
        plain = np.dtype("u2" if kind == _BFLOAT16 else kind).newbyteorder(">" if self.is_big_endian else "<")
        return np.frombuffer(self.data, plain, len(self.data) // plain.itemsize)


@dataclass(frozen=True, slots=True)
class Quantizer:
    """How a quantized tensor's integers stand for numbers: (integer - zero point) * scale, along `axis` if not None."""

    scale: "float | Tensor"
    zero_point: "int | Tensor"
    axis: int | None


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a storage: where it begins and how far one step along each axis is, in elements.

    Attributes:
        kind: numpy's kind of an element, where it is not the storage's own.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    quantizer: Quantizer | None = None
    kind: str | None = None

    def array(self) -> Array:
        """Its numbers: float32, int64 or bool; what is quantized is dequantized to float32.

        Raises:
            FormatError: its shape and strides reach beyond the storage, or it repeats elements.
        """
        kind = self.kind or self.storage.kind
        elements = self.storage.elements(kind)
        _check_view(self.offset, self.shape, self.strides, len(elements))
        steps = [stride * elements.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(elements[self.offset :], self.shape, steps, writeable=False)
        if kind == _BFLOAT16:
            return (view.astype("<u4") << 16).view("<f4")
        if self.quantizer is not None:
            return self._dequantized(view, self.quantizer)
        result = {"f": np.float32, "i": np.int64, "u": np.int64, "b": np.bool_}[view.dtype.kind]
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, which the network refuses
            return np.array(view, dtype=result)

    def _dequantized(self, integers: Array, quantizer: Quantizer) -> Array:
        scale, zero_point = (
            values.array() if isinstance(values, Tensor) else np.asarray(values, np.float64)
            for values in (quantizer.scale, quantizer.zero_point)
        )
        if quantizer.axis is not None:
            if not 0 <= quantizer.axis < len(self.shape) or scale.shape != (self.shape[quantizer.axis],):
                raise FormatError("A quantized tensor's scales do not fit its shape: the file is damaged.")
            shape = [-1 if axis == quantizer.axis else 1 for axis in range(len(self.shape))]
            scale, zero_point = scale.reshape(shape), zero_point.reshape(shape)
        return np.array((integers.astype(np.float64) - zero_point) * scale, dtype=np.float32)


def storage_kind(class_name: str) -> str:
    """The kind, as numpy writes it, of a storage class of torch ("FloatStorage"); FormatError if it is not known."""
    return _known(_STORAGES, class_name)


def dtype_kind(name: str) -> str:
    """The kind, as numpy writes it, of a dtype of torch ("float32"); FormatError if it is not known."""
    return _known(DTYPES, name)


def _known(kinds: Mapping[str, str], name: str) -> str:
    try:
        return kinds[name]
    except KeyError:
        raise FormatError(
            f"The file holds numbers of the kind {name[:40]!r}, which cannot be read.",
            advice="Save the weights as float32.",
        ) from None


def make_tensor(storage: object, offset: object, shape: object, strides: object) -> Tensor:
    """A tensor from what a file says, its kinds checked; whether it fits its storage is checked when it is read."""
    if not isinstance(storage, Storage) or not _counts((offset,)):
        raise FormatError("A tensor in the file is not what PyTorch writes: the file is damaged.")
    shape, strides = _sizes(shape), _sizes(strides)
    if len(shape) != len(strides):
        raise FormatError("A tensor in the file has a shape and strides that do not fit: the file is damaged.")
    return Tensor(storage, offset, shape, strides)  # type: ignore[arg-type] # checked above


def _sizes(values: object) -> tuple[int, ...]:
    if not isinstance(values, list | tuple) or len(values) > MAX_AXES or not _counts(values):
        raise FormatError("A tensor in the file has a shape or strides that cannot be: the file is damaged.")
    return tuple(values)


def _counts(values: Sequence[object]) -> bool:
    return all(type(value) is int and 0 <= value < 1 << 40 for value in values)


def _check_view(offset: int, shape: tuple[int, ...], strides: tuple[int, ...], available: int) -> None:
    """FormatError unless a view lies within `available` elements and is no larger than they are."""
    count = math.prod(shape)
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) if count else offset
    if count and (last >= available or count > available):
        raise FormatError("A tensor in the file reaches beyond its numbers: the file is damaged.")
    if count > MAX_ELEMENTS or offset > available:
        raise FormatError("A tensor in the file is larger than any that a network here may have.")
