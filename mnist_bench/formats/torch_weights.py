"""The weights of a network's layers among the tensors of a state dict: composed ones computed, training's left out."""

import re
from collections.abc import Callable, Mapping

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.layers_found import Array
from mnist_bench.formats.torch_tensors import Tensor

INT8 = "Its weights are int8, made by {} quantization; they are read as the float32 numbers they stand for."
"""A note, with how they were quantized."""
_MEAN = re.compile(r"(^|_)(ema|avg|average|averaged|mean|shadow|swa|target|teacher)(_|$)", re.I)
"""What the second set of weights is called that training keeps beside the first."""
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.")
_TRAINING = re.compile(
    r"(^|\.)(n_averaged|total_ops|total_params)$"  # swa_utils.AveragedModel, and thop.profile
    r"|(^|\.)(activation_post_process|weight_fake_quant)(_\d+)?\."  # observers of torch.ao.quantization
    r"|^(criterion|loss|loss_fn|loss_function|metrics|(train|val|test)_(acc|accuracy|loss|metrics))\."
)


def weights_of(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays that layers have, in their order, under names without the prefixes that wrappers put in front.

    Raises:
        FormatError: parts of which a weight is composed do not fit each other.
    """
    result = composed({key: array for key, array in tensors.items() if not _is_of_training(key, array)})
    while prefix := next((one for one in _PREFIXES if result and all(key.startswith(one) for key in result)), None):
        result = {key.removeprefix(prefix): array for key, array in result.items()}
    return result


def _is_of_training(key: str, array: Array) -> bool:
    """Whether a tensor is a count, a metric's or an observer's; no weight of a layer is of whole numbers."""
    return bool(_TRAINING.search(key)) or (
        array.dtype.kind in "iub" and key.rpartition(".")[2] not in ("weight", "bias")
    )


def unpacked(module: str, packed: object) -> dict[str, Tensor]:
    """Weight and bias of a layer that torch.ao.quantization packed, by their names in a state dict.

    Raises:
        FormatError: they are not what PyTorch writes.
    """
    match packed:
        case (Tensor() as weight, (Tensor() | None) as bias, *_):
            return {f"{module}.weight": weight} | ({f"{module}.bias": bias} if bias is not None else {})
        case _:
            raise FormatError(f"The packed weights of {module} are not what PyTorch writes.")


def without_copy(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors but those of a second network of the same shapes that is called a mean, as "net_ema." beside "net.";
    and a note on it.
    """
    parts: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, tensor in tensors.items():
        part, _, rest = key.partition(".")
        parts.setdefault(part, {})[rest] = tensor.shape
    means = [part for part in parts if _MEAN.search(part)]
    if len(parts) != 2 or len(means) != 1 or len({tuple(sorted(held.items())) for held in parts.values()}) != 1:
        return dict(tensors), []
    (trained,) = (part for part in parts if part not in means)
    kept = {key: tensor for key, tensor in tensors.items() if key.startswith(f"{trained}.")}
    return kept, [f"Its weights are those under {trained}; it also holds {means[0]}."]


def composed(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """`arrays` with one weight in the place of the parts that it is computed of.

    Raises:
        FormatError: the parts do not fit each other.
    """
    result: dict[str, Array] = {}
    used: set[str] = set()
    for key, array in arrays.items():
        for parts, name, compose in _COMPOSITIONS:
            module = key.removesuffix(parts[0])
            keys = [module + part for part in parts]
            if key.endswith("." + parts[0]) and all(one in arrays for one in keys):
                result[module + name] = _checked(module + name, compose, [arrays[one] for one in keys])
                used.update(keys)
        if key not in used:
            result[key] = array
    return {key: array for key, array in result.items() if key not in used}


def _checked(name: str, compose: Callable[..., Array], parts: list[Array]) -> Array:
    try:
        with np.errstate(all="ignore"):  # operators refuse what is not finite
            return np.asarray(compose(*(part.astype(np.float32) for part in parts)), np.float32)
    except (ValueError, IndexError) as error:
        raise FormatError(f"The parts of {name} do not fit each other: the file is damaged.") from error


def _with_length(length: Array, direction: Array) -> Array:
    """torch.nn.utils.weight_norm: `length` has one element along the axes that each vector runs along."""
    if np.broadcast_shapes(length.shape, direction.shape) != direction.shape:
        raise ValueError(length.shape)
    axes = tuple(axis for axis in range(direction.ndim) if length.ndim != direction.ndim or length.shape[axis] == 1)
    return np.asarray(direction * (length / np.sqrt((direction**2).sum(axes, keepdims=True))))


def _masked(weight: Array, mask: Array) -> Array:
    """torch.nn.utils.prune."""
    if weight.shape != mask.shape:
        raise ValueError(mask.shape)
    return np.asarray(weight * mask)


def _of_norm_one(weight: Array, left: Array, right: Array) -> Array:
    """torch.nn.utils.spectral_norm, along the first axis: divided by the largest singular value."""
    return np.asarray(weight / (left @ weight.reshape(len(weight), -1) @ right))


_COMPOSITIONS: tuple[tuple[tuple[str, ...], str, Callable[..., Array]], ...] = (
    (("weight_g", "weight_v"), "weight", _with_length),
    (("parametrizations.weight.original0", "parametrizations.weight.original1"), "weight", _with_length),
    (("weight_orig", "weight_mask"), "weight", _masked),
    (("bias_orig", "bias_mask"), "bias", _masked),
    (("weight_orig", "weight_u", "weight_v"), "weight", _of_norm_one),
    (
        ("parametrizations.weight.original", "parametrizations.weight.0._u", "parametrizations.weight.0._v"),
        "weight",
        _of_norm_one,
    ),
)
"""The parts of a weight, its name in the layer, and how it is computed of them."""
