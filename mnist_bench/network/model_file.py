"""The model file: one network in a safetensors file whose header describes its operators (docs/model-file.md).

safetensors holds names, shapes and raw numbers, and cannot run code when it is read; the description is strict JSON.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from mnist_bench.base.bytes import ByteReader
from mnist_bench.base.files import open_file, read_limited, write_atomically
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import CLASSES, MAX_OPERATORS, Inputs, Network
from mnist_bench.network.operators import BY_KIND
from mnist_bench.network.operators.activations import Prelu
from mnist_bench.network.operators.operator import Field, Operator
from mnist_bench.network.operators.weighted import MAX_PARAMETERS, Weighted
from mnist_bench.network.original import MAX_ORIGINAL_BYTES, Fit, OriginalFile
from mnist_bench.network.quantization import ActivationQuantization, QuantizedWeights

SUFFIX = ".safetensors"
FORMAT = "mnist-bench-network"
VERSION = 2
ORIGINAL_VERSION = 3
"""Of files that hold what their network was imported from, which readers of version 2 refuse."""

_METADATA_KEY = "mnist-bench"
MAX_BYTES = 7 * MAX_PARAMETERS + MAX_ORIGINAL_BYTES + 1_000_000
"""Of a model file: float32 and int8 weights, the original, and the header."""
_MAX_HEADER = 1_000_000
_HEADER_SIZE = struct.Struct("<Q")

_ORIGINAL = "original"
"""The tensor, and the entry of the description, of the file that a network was imported from."""

Tensors = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds: the network, and notes on where it comes from (recipe, data, figures), all text."""

    network: Network
    notes: Mapping[str, str]


def write_model_file(path: Path, network: Network, notes: Mapping[str, str] | None = None) -> None:
    """Write `network` to `path`, replacing it only with a whole file that can be read again; InputError otherwise."""
    data = encode_model_file(network, notes or {})
    decode_model_file(data)
    write_atomically(path, data)


def encode_model_file(network: Network, notes: Mapping[str, str]) -> bytes:
    """The bytes of a model file; the same network and notes always give the same bytes."""
    tensors: Tensors = {}
    for index, operator in enumerate(network.operators):
        match operator:
            case Weighted():
                tensors[f"{index}.weight"] = operator.weight
                tensors[f"{index}.bias"] = operator.bias
                if operator.quantized is not None:
                    tensors[f"{index}.weight_int8"] = operator.quantized.values
                    tensors[f"{index}.weight_scales"] = operator.quantized.scales
            case Prelu():
                tensors[f"{index}.slopes"] = operator.slopes
    activations, original = network.activations, network.original
    if original is not None:
        tensors[_ORIGINAL] = np.frombuffer(original.data, np.uint8)
    description = {
        "format": FORMAT,
        "version": VERSION if original is None else ORIGINAL_VERSION,
        "name": network.name,
        "classes": CLASSES,
        "operators": list(map(_describe, network.operators, network.inputs)),
        "activations": None if activations is None else [[own.scale, own.zero_point] for own in activations],
        "notes": dict(sorted(notes.items())),
        **({} if original is None else {"original": original.settings}),
    }
    return save_tensors(tensors, {_METADATA_KEY: json.dumps(description, ensure_ascii=True, allow_nan=False)})


def _describe(operator: Operator, inputs: tuple[int, ...]) -> dict[str, Any]:
    values = {field.name: getattr(operator, field.name) for field in operator.fields}
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {"kind": operator.kind, "inputs": list(inputs), **fields}


def is_model_file(path: Path) -> bool:
    """Whether `path` begins as a model file does, sound or not; False for what cannot be read."""
    try:
        with open_file(path) as file:
            head = file.read(_HEADER_SIZE.size + _MAX_HEADER)
        return safetensors_note(head, _METADATA_KEY) is not None
    except (OSError, NetworkError, ValueError, KeyError, TypeError, RecursionError):
        return False


def read_model_file(path: Path) -> ModelFile:
    """The network in `path`; InputError if there is none, NetworkError (an InputError) if it is not a sound one."""
    data = read_limited(path, MAX_BYTES, "model")
    try:
        return decode_model_file(data)
    except NetworkError as error:
        raise NetworkError(f"The model file {path} cannot be used: {error.message}") from error


def decode_model_file(data: bytes) -> ModelFile:
    """The network in the bytes of a model file; NetworkError for anything else."""
    description = _Fields(_read_description(data))
    if description.text("format") != FORMAT:
        raise NetworkError("It does not describe a network of mnist-bench.")
    version = description.integer("version")
    if version not in (1, VERSION, ORIGINAL_VERSION):
        raise NetworkError("It was written by another version of mnist-bench.", advice="Update mnist-bench.")
    if version != 1 and (classes := description.integer("classes")) != CLASSES:
        raise NetworkError(f"It tells {classes} classes apart; this version runs networks of {CLASSES}.")
    try:
        tensors: Tensors = load_tensors(data)
    except (SafetensorError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise NetworkError("It is not a whole safetensors file.") from error
    entries = [_Fields(entry) for entry in description.entries("layers" if version == 1 else "operators")]
    original = _read_original(description, tensors) if version == ORIGINAL_VERSION else None
    if not (0 if original is not None else 1) <= len(entries) <= MAX_OPERATORS:
        raise NetworkError(f"A network must have 1 to {MAX_OPERATORS} operators, not {len(entries)}.")
    operators = tuple(_read_operator(entry, index, tensors) for index, entry in enumerate(entries))
    inputs: Inputs = () if version == 1 else tuple(tuple(entry.integers("inputs")) for entry in entries)
    if tensors:
        raise NetworkError(f"It holds weights that no operator uses: {sorted(tensors)[0]!r}.")
    notes = description.value("notes", dict)
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in notes.items()):
        raise NetworkError("Its notes are not text.")
    network = Network(description.text("name"), operators, _read_activations(description), inputs, original)
    return ModelFile(network, notes)


def safetensors_note(data: bytes, key: str) -> object:
    """The JSON under `key` in the metadata of a safetensors file (https://huggingface.co/docs/safetensors).

    Raises NetworkError for what is no such file; ValueError, KeyError, TypeError or RecursionError where it has no such
    note.
    """
    reader = ByteReader(data, lambda _how: NetworkError("It is not a whole safetensors file."))
    (size,) = reader.unpack(_HEADER_SIZE)
    if size > _MAX_HEADER:
        raise NetworkError("It is not a safetensors file.")
    return json.loads(json.loads(reader.take(size))["__metadata__"][key])


def _read_description(data: bytes) -> dict[str, Any]:
    try:
        description = safetensors_note(data, _METADATA_KEY)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NetworkError("It has no description of a network of mnist-bench.") from error
    if not isinstance(description, dict):
        raise NetworkError("It has no description of a network of mnist-bench.")
    return description


class _Fields:
    """Reads a JSON object's fields, each of the type it must have."""

    def __init__(self, fields: object) -> None:
        if not isinstance(fields, dict):
            raise NetworkError("Its description is damaged.")
        self._fields: dict[str, Any] = fields

    def value(self, key: str, kind: type | UnionType) -> Any:
        value = self._fields.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise NetworkError(f"Its description has no valid field {key!r}.")
        return value

    def text(self, key: str) -> str:
        return str(self.value(key, str))

    def integer(self, key: str) -> int:
        return int(self.value(key, int))

    def number(self, key: str) -> float:
        try:
            return float(self.value(key, int | float))
        except OverflowError:
            raise NetworkError(f"Its description has no valid field {key!r}.") from None

    def flag(self, key: str) -> bool:
        if not isinstance(value := self._fields.get(key), bool):
            raise NetworkError(f"Its description has no valid field {key!r}.")
        return value

    def entries(self, key: str) -> list[Any]:
        return list(self.value(key, list))

    def is_null(self, key: str) -> bool:
        return key in self._fields and self._fields[key] is None

    def integers(self, key: str) -> list[int]:
        entries = self.entries(key)
        if not all(type(entry) is int for entry in entries):
            raise NetworkError(f"Its description has no valid field {key!r}.")
        return entries

    def field(self, field: Field) -> object:
        """The value of an operator's field; four sides may be two, as version 1 had them."""
        if field.is_float:
            return self.number(field.name)
        if field.count == 1:
            return self.integer(field.name)
        numbers = tuple(self.integers(field.name))
        if len(numbers) not in (field.count, 2):
            raise NetworkError(f"Its description has no valid field {field.name!r}.")
        return numbers


def _read_operator(entry: _Fields, index: int, tensors: Tensors) -> Operator:
    kind = entry.text("kind")
    operator = BY_KIND.get(kind)
    if operator is None:
        raise NetworkError(f"It has an operator of the kind {kind!r}, which this version does not know.")
    arrays: dict[str, Any] = {}
    if issubclass(operator, Weighted):
        arrays = {name: _take(tensors, f"{index}.{name}", np.float32) for name in ("weight", "bias")}
        if f"{index}.weight_int8" in tensors:
            values = _take(tensors, f"{index}.weight_int8", np.int8)
            arrays["quantized"] = QuantizedWeights(values, _take(tensors, f"{index}.weight_scales", np.float32))
    elif issubclass(operator, Prelu):
        arrays = {"slopes": _take(tensors, f"{index}.slopes", np.float32)}
    return operator(**arrays, **{field.name: entry.field(field) for field in operator.fields})


def _take(tensors: Tensors, key: str, dtype: type[np.generic]) -> npt.NDArray[Any]:
    tensor = tensors.pop(key, None)
    if tensor is None or tensor.dtype != dtype:
        raise NetworkError(f"The weights {key!r} are missing, or are not {dtype.__name__}.")
    return tensor


def _read_original(description: _Fields, tensors: Tensors) -> OriginalFile:
    settings = _Fields(description.value(_ORIGINAL, dict))
    data = _take(tensors, _ORIGINAL, np.uint8)
    fit = settings.text("fit")
    if fit not in list(Fit):
        raise NetworkError(f"Its original's input is filled in a way that this version does not know: {fit!r}.")
    return OriginalFile(
        settings.text("format"),
        data.tobytes(),
        settings.integer("channels"),
        settings.flag("channels_last"),
        Fit(fit),
        settings.number("scale"),
        settings.number("offset"),
        settings.flag("puts_out_probabilities"),
    )


def _read_activations(description: _Fields) -> tuple[ActivationQuantization, ...] | None:
    if description.is_null("activations"):
        return None
    activations = []
    for entry in description.entries("activations"):
        match entry:
            case [int() | float() as scale, int() as zero_point] if bool not in map(type, entry):
                activations.append(ActivationQuantization(scale, zero_point))
            case _:
                raise NetworkError("Its activation quantizations are damaged.")
    return tuple(activations)
