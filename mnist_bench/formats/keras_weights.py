"""Where the weights of a Keras model's layers stand in its HDF5 file: by order in .h5, by class in .keras."""

import re
from collections.abc import Mapping

from mnist_bench.formats.hdf5 import Hdf5File
from mnist_bench.formats.keras_config import Layer, Model

Paths = Mapping[str, tuple[str, ...]]
"""By the place of a layer: the paths of its weights, in Keras's own order."""

_WEIGHTS = "/model_weights"
_NOT_TRAINED = ("moving_mean", "moving_variance", "mean", "variance", "count")


def weight_names(layer: Layer) -> tuple[str, ...]:
    """What a layer's weights are called, in the order in which Keras stores them; empty for a layer without any."""
    config, kind = layer.config, layer.kind
    bias = ("bias",) if config.get("use_bias", config.get("bias", True)) else ()
    if kind in ("Conv2D", "Convolution2D", "Dense", "DepthwiseConv2D"):
        return ("kernel", *bias)
    if kind == "SeparableConv2D":
        return ("depthwise_kernel", "pointwise_kernel", *bias)
    if kind.startswith("BatchNormalization"):
        gamma = ("gamma",) if config.get("scale", True) else ()
        beta = ("beta",) if config.get("center", True) else ()
        return (*gamma, *beta, "moving_mean", "moving_variance")
    if kind == "PReLU":
        return ("alpha",)
    if kind == "Normalization" and config.get("mean") is None:
        return ("mean", "variance", "count")
    return ()


def h5_paths(file: Hdf5File, model: Model) -> Paths:
    """The weights in a .h5 file: one list for each layer of the outermost model, which holds those of inner ones too.

    Such a list has the trained weights of all inner layers first, then the others.
    """
    found: dict[str, tuple[str, ...]] = {}
    for layer in model.layers:
        group = f"{_WEIGHTS}/{layer.name}"
        names = file.names(group, "weight_names") or () if file.has(group) else ()
        # The state of a random generator is in the list of some versions of TensorFlow.
        paths = [f"{group}/{name}" for name in names if "StateVar" not in name]
        leaves = [layer] if layer.model is None else list(layer.model.leaves())
        _share_out(leaves, paths, found)
    return found


def _share_out(leaves: list[Layer], paths: list[str], found: dict[str, tuple[str, ...]]) -> None:
    """Give each layer its weights; none where the file has more or fewer than these layers need."""
    wanted = [(leaf, name) for leaf in leaves for name in weight_names(leaf)]
    if len(paths) != len(wanted):
        return
    in_order = sorted(wanted, key=lambda pair: pair[1] in _NOT_TRAINED or pair[0].config.get("trainable") is False)
    by_weight = {(leaf.place, name): path for (leaf, name), path in zip(in_order, paths, strict=True)}
    for leaf in leaves:
        found[leaf.place] = tuple(by_weight[leaf.place, name] for name in weight_names(leaf))


def archive_paths(file: Hdf5File, model: Model, group: str = "") -> Paths:
    """The weights in a .keras file's `model.weights.h5`: layers/CLASS_NUMBER/vars/0, 1, ..."""
    found: dict[str, tuple[str, ...]] = {}
    old = f"{group}/_layer_checkpoint_dependencies"  # of TensorFlow 2.12
    layers = old if file.has(old) else f"{group}/layers"
    used: dict[str, int] = {}
    for layer in model.layers:
        name = _snake_case(layer.kind)
        used[name] = used.get(name, -1) + 1
        inner = f"{layers}/{name}_{used[name]}" if used[name] else f"{layers}/{name}"
        if layer.model is not None:
            found.update(archive_paths(file, layer.model, inner))
        else:
            found[layer.place] = tuple(f"{inner}/vars/{index}" for index in range(len(weight_names(layer))))
    return found


def _snake_case(name: str) -> str:
    """A class's name as Keras writes it in paths: "Conv2D" is conv2d, "BatchNormalization" batch_normalization."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
