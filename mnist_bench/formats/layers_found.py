"""The layers that a state dict or a saved module holds: weights with their names, but not how they are joined."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.errors import FormatError
from mnist_bench.network.operators.window import Pair, Sides

Array = npt.NDArray[Any]

_MOST_ORDERS = 2_000
_MOST_FOUND = 300
_EPSILON = 1e-5  # torch's default of a batch norm, which a state dict does not hold
_JOINED = re.compile(r"downsample|shortcut|skip|residual|(^|\.)res|^layer\d+\.\d+\.conv\d")
"""Names of the parts of residual blocks; the last is torchvision's."""
NO_GRAPH = "Export it to ONNX or TorchScript, which hold the whole graph, and open that file."
"""What to do where a guess is not possible."""


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A batch norm as it is when a network is used: x * scale + offset for each channel, both (channels,)."""

    name: str
    scale: Array
    offset: Array


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """A PReLU: one slope, or one for each channel."""

    name: str
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A convolution or linear layer, and what is known of what follows it.

    Attributes:
        name: as in the file, such as "features.0".
        weight: (out, in / groups, height, width) or (out, in), float32; bias: (out,).
        norm: the batch norm that belongs to it, if there is one.
        slopes: of the PReLU that belongs to it, if there is one.
        norm_gap, gap: modules without weights between the layer and its norm, and from there to the next layer, where
            their numbers in a Sequential tell that; None where nothing does.
        outer_gap: modules between the block that it ends and the next, where blocks in a Sequential are numbered so.
        stride, padding: None where they are to be guessed.
    """

    name: str
    weight: Array
    bias: Array
    norm: Norm | None = None
    slopes: Array | None = None
    norm_gap: int | None = None
    gap: int | None = None
    outer_gap: int | None = None
    stride: Pair | None = None
    padding: Sides | None = None

    @property
    def is_convolution(self) -> bool:
        """Otherwise it is linear."""
        return self.weight.ndim == 4


def layers_of(tensors: Mapping[str, Array]) -> list[Layer]:
    """The layers in a state dict, convolutions first, in the order of the file.

    Raises:
        FormatError: it holds what is no convolution, linear layer, batch norm or PReLU; each is named.
    """
    groups = _groups(tensors)
    _refuse_unknown(groups)
    return joined([_found(name, group) for name, group in groups.items()])


def joined(found: Sequence[Layer | Norm | Slopes]) -> list[Layer]:
    """Layers with the batch norms and PReLUs that belong to them, convolutions first.

    Raises:
        FormatError: there is one that fits to no layer, or there are too many.
    """
    if len(found) > _MOST_FOUND:
        raise FormatError(f"The file holds {len(found)} layers, more than any network that this program runs.")
    layers: list[Layer] = []
    loose: list[Norm] = []
    slopes = [one for one in found if isinstance(one, Slopes)]
    for one in found:
        if isinstance(one, Layer):
            layers.append(one)
        elif isinstance(one, Norm):
            loose.extend(_attached(layers, one))
        elif len(slopes) > 1 or one.values.size > 1:
            layers[-1:] = [replace(_last(layers, one.name), slopes=one.values)]
    if len(slopes) == 1 and slopes[0].values.size == 1:  # one for the whole network, wherever it was made
        layers = [replace(layer, slopes=slopes[0].values) for layer in layers]
    _place_loose(layers, loose)
    layers = _with_gaps(layers, [one.name for one in found])
    return [
        *_chained([layer for layer in layers if layer.is_convolution]),
        *_chained([layer for layer in layers if not layer.is_convolution]),
    ]


def fits(before: Layer, layer: Layer) -> bool:
    """Whether a layer takes as many channels or features as the one before it gives; a convolution may have groups."""
    given, taken = len(before.weight), layer.weight.shape[1]
    return taken == given or (layer.is_convolution and given % taken == 0 and len(layer.weight) % (given // taken) == 0)


def _chained(layers: list[Layer]) -> list[Layer]:
    """The layers in the first order in which each fits to the one before; as they are if there is none.

    Most are in that order, but safetensors files keep none, and some classes make their layers in another.
    """
    tried = 0

    def longer(chain: list[Layer], left: list[Layer]) -> list[Layer] | None:
        nonlocal tried
        tried += 1
        if not left or tried > _MOST_ORDERS:
            return None if left else chain
        for at, layer in enumerate(left):
            if not chain or fits(chain[-1], layer):
                found = longer([*chain, layer], left[:at] + left[at + 1 :])
                if found is not None:
                    return found
        return None

    return longer([], layers) or layers


def _found(name: str, group: Mapping[str, Array]) -> Layer | Norm | Slopes:
    if "running_mean" in group:
        mean, variance = group["running_mean"], group["running_var"]
        return make_norm(name, mean, variance, group.get("weight"), group.get("bias"), _EPSILON)
    weight = group["weight"].astype(np.float32)
    if weight.ndim == 1:
        return Slopes(name, weight)
    return Layer(name, weight, group.get("bias", np.zeros(len(weight), np.float32)))


def _groups(tensors: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """The tensors of each module, by its name; what counts batches is left out."""
    groups: dict[str, dict[str, Array]] = {}
    for key, array in tensors.items():
        module, _, part = key.rpartition(".")
        if part != "num_batches_tracked":
            groups.setdefault(module, {})[part] = array
    return groups


def _refuse_unknown(groups: Mapping[str, Mapping[str, Array]]) -> None:
    found: dict[str, list[str]] = {}
    for name, group in groups.items():
        what = _unknown(name, group)
        if what:
            found.setdefault(what, []).append(name or ", ".join(group))
    joins = sorted({name for name in groups if _JOINED.search(name)})
    if joins:
        raise FormatError(
            f"The file holds blocks with a way around them ({', '.join(joins[:3])}), but not how they are joined.",
            advice=NO_GRAPH,
        )
    if found:
        named = "; ".join(f"{what} ({', '.join(names[:4])})" for what, names in found.items())
        raise FormatError(
            f"The file holds layers that this program does not run: {named}.", advice="Choose a network without them."
        )
    if not groups:
        raise FormatError("The file holds no weights of a network.")


def _unknown(name: str, group: Mapping[str, Array]) -> str:
    """What a group of tensors is, in words, if it is nothing that this program runs; otherwise nothing."""
    keys = set(group)
    lower = name.lower()
    if any(key.startswith(("weight_ih_l", "weight_hh_l", "weight_ih", "weight_hh")) for key in keys):
        return "an LSTM, GRU or RNN"
    if "in_proj_weight" in keys or any(part in lower for part in ("attn", "attention", "q_proj", "qkv", "to_q")):
        return "attention"
    if any("pos_embed" in key or "cls_token" in key or "embedding" in key for key in keys) or "embed" in lower:
        return "an embedding"
    if {"running_mean", "running_var"} <= keys:
        return ""
    if keys == {"weight", "bias"} and group["weight"].ndim == 1:
        return "layer or group normalisation"
    if keys == {"weight"} and group["weight"].ndim == 1:
        return ""
    if keys in ({"weight"}, {"weight", "bias"}) and group["weight"].ndim in (2, 4):
        return ""
    if keys in ({"weight"}, {"weight", "bias"}):
        return f"a layer whose weights have {group['weight'].ndim} axes"
    return "parameters of its own"


def make_norm(
    name: str, mean: Array, variance: Array, weight: Array | None, bias: Array | None, epsilon: float
) -> Norm:
    """A batch norm from its statistics, each (channels,); FormatError if their shapes differ."""
    shapes = {array.shape for array in (mean, variance, weight, bias) if array is not None}
    if len(shapes) != 1 or mean.ndim != 1:
        raise FormatError(f"The batch norm {name} has arrays of different shapes: the file is damaged.")
    with np.errstate(all="ignore"):  # operators refuse what is not finite
        scale = (1.0 if weight is None else weight.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + epsilon)
        offset = (0.0 if bias is None else bias) - mean * scale
        return Norm(name, np.asarray(scale, np.float32), np.asarray(offset, np.float32))


def _last(layers: Sequence[Layer], name: str) -> Layer:
    if not layers:
        raise FormatError(f"{name} stands in front of every layer, which cannot be guessed right.", advice=NO_GRAPH)
    return layers[-1]


def _attached(layers: list[Layer], norm: Norm) -> list[Norm]:
    """Give the batch norm to the layer in front of it if it fits there; otherwise it is left over."""
    if layers and layers[-1].norm is None and len(layers[-1].weight) == len(norm.scale):
        layers[-1] = replace(layers[-1], norm=norm)
        return []
    return [norm]


def _place_loose(layers: list[Layer], loose: Sequence[Norm]) -> None:
    """Batch norms that stand behind all layers: each goes to the first layer of its width that has none."""
    for norm in loose:
        at = next(
            (at for at, one in enumerate(layers) if one.norm is None and len(one.weight) == len(norm.scale)), None
        )
        if at is None:
            raise FormatError(f"The batch norm {norm.name} fits no layer of its width.", advice=NO_GRAPH)
        layers[at] = replace(layers[at], norm=norm)


def _with_gaps(layers: Sequence[Layer], order: Sequence[str]) -> list[Layer]:
    """The layers with what the numbers in a Sequential say: "net.0" and "net.3" have two modules between them.

    Where all of its numbers follow each other it is rather a ModuleList, which says nothing.
    """
    neighbours = list(pairwise(order))
    gaps = {first: _between(first, second) for first, second in neighbours}
    telling = {_folder(name) for name, gap in gaps.items() if gap}
    outer = {first: _between_blocks(first, second) for first, second in neighbours}
    has_outer = any(outer.values())
    result = []
    for layer in layers:
        last = layer.norm.name if layer.norm is not None else layer.name
        gap = gaps.get(last) if _folder(last) in telling else None
        norm_gap = _between(layer.name, last) if layer.norm is not None else None
        outer_gap = outer.get(last) if has_outer else None
        result.append(replace(layer, gap=gap, norm_gap=norm_gap, outer_gap=outer_gap))
    return result


def _folder(name: str) -> str:
    return name.rpartition(".")[0]


def _between(first: str, second: str) -> int | None:
    (folder, _, one), (other, _, two) = first.rpartition("."), second.rpartition(".")
    if folder != other or not (one.isdecimal() and two.isdecimal() and int(one) < int(two)):
        return None
    return int(two) - int(one) - 1


def _between_blocks(first: str, second: str) -> int | None:
    """Modules between two blocks of one Sequential: "net.1.1" and "net.3.0" have one, which may be a pooling."""
    one, two = first.split("."), second.split(".")
    at = next((at for at, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), None)
    if at is None or len(one) != len(two) or at == len(one) - 1:
        return None
    return _between(".".join(one[: at + 1]), ".".join(two[: at + 1]))
