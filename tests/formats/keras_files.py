"""Keras files as each version of Keras writes them, without Keras: JSON and HDF5."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, Sequence[NDArray[Any]]]
"""By the name of a layer, in Keras's order."""


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer's entry in a model's configuration."""
    return {"class_name": kind, "config": {"name": name, **config}}


def sequential(*layers: dict[str, Any], shape: Sequence[int | None] | None = (28, 28, 1)) -> dict[str, Any]:
    """The configuration of a chain, as tf.keras writes it; the first layer says the input's shape."""
    first = layer("InputLayer", "input_1", batch_input_shape=[None, *shape]) if shape is not None else None
    return {
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": [*([first] if first else []), *layers]},
    }


def functional(inputs: Any, outputs: Any, *layers: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    """The configuration of a graph: each layer with its inbound nodes."""
    entries = [{**entry, "name": entry["config"]["name"], "inbound_nodes": nodes} for entry, nodes in layers]
    return {
        "class_name": "Functional",
        "config": {"name": "model", "layers": entries, "input_layers": inputs, "output_layers": outputs},
    }


def tensor(name: str) -> dict[str, Any]:
    """A value as Keras 3 refers to it."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def write_h5(path: Path, config: dict[str, Any], weights: Weights, backend: str = "tensorflow") -> Path:
    """A .h5 file, as `model.save` of tf.keras writes it."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["backend"] = backend.encode()
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            names = [f"{name}/weight_{index}:0" for index in range(len(arrays))]
            of_layer = group.create_group(name)
            of_layer.attrs["weight_names"] = [each.encode() for each in names]
            for each, array in zip(names, arrays, strict=True):
                of_layer[each] = array
    return path


def write_archive(path: Path, config: dict[str, Any], weights: Weights, compression: int = zipfile.ZIP_STORED) -> Path:
    """A .keras archive, as `model.save` of Keras 3 writes it; `weights` by the groups' names."""
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        for name, arrays in weights.items():
            for index, array in enumerate(arrays):
                content[f"layers/{name}/vars/{index}"] = array
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.12.4"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", file.getvalue())
    return path


def numbers(*shape: int, seed: int = 1) -> NDArray[np.float32]:
    """Weights that differ from each other."""
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)
