"""The model file: one network in a safetensors file whose header describes its layers (docs/model-file.md).

safetensors holds names, shapes and raw numbers, and cannot run code when it is read; the description is strict JSON.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from mnist_bench.base.bytes import ByteReader
from mnist_bench.base.files import read_limited, write_atomically
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Pair,
    QuantizedWeights,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import MAX_LAYERS, MAX_PARAMETERS, Network

SUFFIX = ".safetensors"
FORMAT = "mnist-bench-network"
VERSION = 1

_METADATA_KEY = "mnist-bench"
_MAX_BYTES = 7 * MAX_PARAMETERS + 1_000_000  # float32 and int8 weights, and the header
_MAX_HEADER = 1_000_000
_HEADER_SIZE = struct.Struct("<Q")

_PLAIN: dict[str, type[Relu | Tanh | Sigmoid | Flatten | Softmax]] = {
    layer.kind: layer for layer in (Relu, Tanh, Sigmoid, Flatten, Softmax)
}
_POOLS: dict[str, type[MaxPool2d | AvgPool2d]] = {layer.kind: layer for layer in (MaxPool2d, AvgPool2d)}

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
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Conv2d | Linear):
            tensors[f"{index}.weight"] = layer.weight
            tensors[f"{index}.bias"] = layer.bias
            if layer.quantized is not None:
                tensors[f"{index}.weight_int8"] = layer.quantized.values
                tensors[f"{index}.weight_scales"] = layer.quantized.scales
    activations = network.activations
    description = {
        "format": FORMAT,
        "version": VERSION,
        "name": network.name,
        "layers": [_describe(layer) for layer in network.layers],
        "activations": None if activations is None else [[own.scale, own.zero_point] for own in activations],
        "notes": dict(sorted(notes.items())),
    }
    return save_tensors(tensors, {_METADATA_KEY: json.dumps(description, ensure_ascii=True, allow_nan=False)})


def _describe(layer: Layer) -> dict[str, Any]:
    match layer:
        case Conv2d():
            return {
                "kind": layer.kind,
                "stride": list(layer.stride),
                "padding": list(layer.padding),
                "groups": layer.groups,
            }
        case MaxPool2d() | AvgPool2d():
            sizes = {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
            return {"kind": layer.kind, **{key: list(pair) for key, pair in sizes.items()}}
        case _:
            return {"kind": layer.kind}


def read_model_file(path: Path) -> ModelFile:
    """The network in `path`; InputError if there is none, NetworkError (an InputError) if it is not a sound one."""
    data = read_limited(path, _MAX_BYTES, "model file")
    try:
        return decode_model_file(data)
    except NetworkError as error:
        raise NetworkError(f"The model file {path} cannot be used: {error.message}") from error


def decode_model_file(data: bytes) -> ModelFile:
    """The network in the bytes of a model file; NetworkError for anything else."""
    description = _Fields(_read_description(data))
    if description.text("format") != FORMAT:
        raise NetworkError("It does not describe a network of mnist-bench.")
    if description.integer("version") != VERSION:
        raise NetworkError("It was written by another version of mnist-bench.", advice="Update mnist-bench.")
    try:
        tensors: Tensors = load_tensors(data)
    except (SafetensorError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise NetworkError("It is not a whole safetensors file.") from error
    entries = description.entries("layers")
    if not 1 <= len(entries) <= MAX_LAYERS:
        raise NetworkError(f"A network must have 1 to {MAX_LAYERS} layers, not {len(entries)}.")
    layers = tuple(_read_layer(_Fields(entry), index, tensors) for index, entry in enumerate(entries))
    if tensors:
        raise NetworkError(f"It holds weights that no layer uses: {sorted(tensors)[0]!r}.")
    notes = description.value("notes", dict)
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in notes.items()):
        raise NetworkError("Its notes are not text.")
    return ModelFile(Network(description.text("name"), layers, _read_activations(description)), notes)


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

    def value(self, key: str, kind: type) -> Any:
        value = self._fields.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise NetworkError(f"Its description has no valid field {key!r}.")
        return value

    def text(self, key: str) -> str:
        return str(self.value(key, str))

    def integer(self, key: str) -> int:
        return int(self.value(key, int))

    def entries(self, key: str) -> list[Any]:
        return list(self.value(key, list))

    def is_null(self, key: str) -> bool:
        return key in self._fields and self._fields[key] is None

    def pair(self, key: str) -> Pair:
        entries = self.entries(key)
        if len(entries) != 2 or not all(type(entry) is int for entry in entries):
            raise NetworkError(f"Its description has no valid field {key!r}.")
        return entries[0], entries[1]


def _read_layer(fields: _Fields, index: int, tensors: Tensors) -> Layer:
    kind = fields.text("kind")
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if kind in _POOLS:
        return _POOLS[kind](fields.pair("kernel"), fields.pair("stride"), fields.pair("padding"))
    if kind not in (Conv2d.kind, Linear.kind):
        raise NetworkError(f"It has a layer of the kind {kind!r}, which this version does not know.")
    weight = _take(tensors, f"{index}.weight", np.float32)
    bias = _take(tensors, f"{index}.bias", np.float32)
    quantized = None
    if f"{index}.weight_int8" in tensors:
        values = _take(tensors, f"{index}.weight_int8", np.int8)
        quantized = QuantizedWeights(values, _take(tensors, f"{index}.weight_scales", np.float32))
    if kind == Linear.kind:
        return Linear(weight, bias, quantized)
    return Conv2d(weight, bias, fields.pair("stride"), fields.pair("padding"), fields.integer("groups"), quantized)


def _take(tensors: Tensors, key: str, dtype: type[np.generic]) -> npt.NDArray[Any]:
    tensor = tensors.pop(key, None)
    if tensor is None or tensor.dtype != dtype:
        raise NetworkError(f"The weights {key!r} are missing, or are not {dtype.__name__}.")
    return tensor


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
