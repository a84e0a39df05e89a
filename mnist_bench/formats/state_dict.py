"""Reads PyTorch state dicts and checkpoints (.pth, .pt, .ckpt): weights by name, whose graph has to be guessed."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mnist_bench.base.text import one_line
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.guessing import guess
from mnist_bench.formats.layers_found import Array, layers_of
from mnist_bench.formats.torch_module import is_module, read_module
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_tensors import MAX_ELEMENTS, Tensor
from mnist_bench.formats.torch_unread import is_optimizer, refuse_unread
from mnist_bench.formats.torch_weights import INT8, unpacked, weights_of, without_copy

FORMAT = "PyTorch state dict"
_DEEPEST = 6
_LONGEST_LIST = 10
_PREFERRED = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params")
_PACKED = "_packed_params._packed_params"
_OF_VALUES = ("scale", "zero_point", "dtype")


def read_saved(saved: object, name: str) -> list[ForeignGraph]:
    """Graphs of the network in what torch.save saved, the likeliest first; a module that is a Sequential has only one.

    Raises:
        FormatError: it holds no network that this program can run; what does not fit is named.
    """
    tensors = _find_tensors(saved)
    module = next((value for value in _values(saved) if isinstance(value, Instance) and is_module(value)), None)
    if module is not None and not tensors:
        return read_module(module, name)
    refuse_unread(tensors or saved)
    if not tensors:
        raise FormatError("The file holds no weights of a network by name.", advice="Save model.state_dict().")
    notes = _of_several(saved)
    found = guess(layers_of(_arrays(tensors, notes)), FORMAT, name)
    return [replace(graph, notes=(*graph.notes, *notes)) for graph in found]


def guess_state_dict(tensors: Mapping[str, Array], format_name: str, name: str) -> list[ForeignGraph]:
    """Graphs that a state dict may be, the likeliest first, for other formats that hold one (safetensors).

    Raises:
        FormatError: it holds no network that this program can run; what does not fit is named.
    """
    return guess(layers_of(weights_of(tensors)), format_name, name)


def _values(saved: object) -> Iterator[object]:
    """What was saved, and what a checkpoint's dicts and lists hold, the likeliest keys first; of each once."""
    waiting, depth, seen = [saved], 0, set[int]()
    while waiting and depth < _DEEPEST:
        yield from waiting
        holders = {id(value): value for value in waiting if isinstance(value, dict | list | tuple | Instance)}
        inner = [_inner(holder) for key, holder in holders.items() if key not in seen]
        seen.update(holders)
        waiting = [value for values in inner for value in values]
        depth += 1


def _inner(holder: object) -> list[object]:
    """What a dict holds but an optimizer's, the likeliest keys first, a short list (state dict, epoch, ...), or
    torch.compile's wrapper.
    """
    match holder:
        case dict() if is_optimizer(holder):
            return []
        case dict():
            return [value for _, value in sorted(holder.items(), key=_preference)]
        case list() | tuple() if len(holder) <= _LONGEST_LIST:
            return list(holder)
        case Instance(kind=kind) if kind.name == "OptimizedModule":
            return list(holder.arguments)
        case _:
            return []


def _preference(item: tuple[object, object]) -> int:
    return _PREFERRED.index(item[0]) if item[0] in _PREFERRED else len(_PREFERRED)


def _find_tensors(saved: object) -> dict[str, object]:
    """The state dict in what was saved: the first dict with tensors by names."""
    for value in _values(saved):
        if _holds_weights(value):
            return {key: one for key, one in _as_dict(value).items() if isinstance(key, str)}
    return {}


def _of_several(saved: object) -> list[str]:
    """A note where a checkpoint holds weights under several keys, such as the trained ones and their mean."""
    if not isinstance(saved, dict) or _holds_weights(saved):
        return []
    keys = [one_line(str(key), 40) for key, value in sorted(saved.items(), key=_preference) if _holds_weights(value)]
    return [f"Its weights are those under {keys[0]}; it also holds {' and '.join(keys[1:3])}."] if keys[1:] else []


def _as_dict(value: object) -> Mapping[object, object]:
    """What a dict holds, or an object that was filled as one; nothing for others."""
    if isinstance(value, Instance):
        return value.items
    return value if isinstance(value, dict) else {}


def _holds_weights(holder: object) -> bool:
    return any(
        isinstance(key, str)
        and ((isinstance(value, Tensor) and len(value.shape) >= 2) or (key.endswith(_PACKED) and value is not None))
        for key, value in _as_dict(holder).items()
    )


def _arrays(tensors: Mapping[str, object], notes: list[str]) -> dict[str, Array]:
    """The numbers of the tensors, under names without what wrappers put in front; int8 weights become float32."""
    plain: dict[str, Tensor] = {}
    for key, value in tensors.items():
        if key.endswith(_PACKED):
            module = key.removesuffix("." + _PACKED)
            plain |= unpacked(module, value)
        elif isinstance(value, Tensor):
            plain[key] = value
    if sum(math.prod(tensor.shape) for tensor in plain.values()) > MAX_ELEMENTS:
        raise FormatError("The file holds more weights than any network that can be read here.")
    if any(tensor.quantizer is not None for tensor in plain.values()):
        # Scales and zero points beside the weights are of the values between layers.
        plain = {key: tensor for key, tensor in plain.items() if key.rpartition(".")[2] not in _OF_VALUES}
        is_static = any(isinstance(one, Tensor) and one.quantizer is not None for one in tensors.values())
        notes.append(INT8.format("static" if is_static else "dynamic"))
    plain, copy = without_copy(plain)
    notes.extend(copy)
    return weights_of({key: tensor.array() for key, tensor in plain.items()})
