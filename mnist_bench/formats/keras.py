"""Reads Keras models: .h5 of Keras 1, 2, tf.keras and 3, and .keras archives. Keras itself is not needed, nor run.

A .h5 file is HDF5 with the configuration as a JSON attribute; a .keras file is a zip with config.json and an HDF5 file
of weights. Sources: keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py.
"""

import json
import struct
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from mnist_bench.base.files import MEGABYTE, open_file
from mnist_bench.base.text import one_line
from mnist_bench.formats.building import GraphBuilder, NotSupported
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, Identity
from mnist_bench.formats.hdf5 import SIGNATURE, Hdf5File, open_hdf5
from mnist_bench.formats.keras_calls import INPUT, Call, calls_of
from mnist_bench.formats.keras_config import input_shape, parse_model
from mnist_bench.formats.keras_functions import FUNCTIONS
from mnist_bench.formats.keras_layers import LAYERS, Reader
from mnist_bench.formats.keras_use import Use
from mnist_bench.formats.keras_weights import Paths, archive_paths, h5_paths
from mnist_bench.network.errors import NetworkError

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MAX_CONFIG_BYTES = 16 * MEGABYTE
_MAX_WEIGHTS_BYTES = 400 * MEGABYTE
"""With an optimizer's two copies of them."""
_LAMBDA = "Lambda (its author's Python code, which is never run)"
_ADVICE = "Save the network again with `model.save('network.keras')`."


def recognises(head: bytes, path: Path) -> bool:
    """Whether a file that begins with `head` is HDF5, or a zip with a Keras configuration."""
    if head.startswith(SIGNATURE):
        return True
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with open_file(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (OSError, ValueError, RuntimeError, OverflowError, struct.error, zipfile.BadZipFile):
        return False
    return _CONFIG in names and (_WEIGHTS in names or "metadata.json" in names)


def read(path: Path) -> ForeignGraph:
    """The network in a Keras file.

    Raises:
        FormatError: the file is damaged, encrypted, holds weights alone, or is no network of Keras's own layers.
    """
    try:
        with open_file(path) as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        return _read_archive(path) if is_zip else _read_h5(path)
    except FormatError:
        raise
    except NetworkError as error:
        raise FormatError(error.message) from error
    except Exception as error:  # h5py, zipfile and what a configuration lacks: whatever a damaged file leads to
        raise FormatError("The Keras file is damaged, or not written by Keras.", advice=_ADVICE) from error


def _read_h5(path: Path) -> ForeignGraph:
    with open_hdf5(path) as file:
        text = file.text("/", "model_config")
        if text is None:
            raise _no_config(file)
        config = _json(text)
        return _graph("Keras HDF5", path, config, file, h5_paths(file, parse_model(config)))


def _no_config(file: Hdf5File) -> FormatError:
    """The error for HDF5 without a model's configuration: it may be weights of Keras, or something else."""
    if file.names("/", "layer_names") is not None or file.has("/layers") or file.has("/model_weights"):
        return FormatError(
            "The Keras file holds weights alone; which layers they belong to is missing.",
            advice="Save the whole network with `model.save('network.keras')`, not with `save_weights`.",
        )
    return FormatError("The HDF5 file holds no Keras network.", advice=_ADVICE)


def _read_archive(path: Path) -> ForeignGraph:
    with open_file(path) as file, zipfile.ZipFile(file) as archive:
        config = _json(_entry(archive, _CONFIG, _MAX_CONFIG_BYTES).decode())
        weights = _entry(archive, _WEIGHTS, _MAX_WEIGHTS_BYTES)
    with open_hdf5(weights) as hdf5:
        return _graph("Keras", path, config, hdf5, archive_paths(hdf5, parse_model(config)))


def _entry(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """A file in the archive, unpacked to no more than its directory says, and that no more than `most_bytes`."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise FormatError(f"The Keras archive lacks its file {name}.", advice=_ADVICE) from None
    if entry.flag_bits & 1:
        raise FormatError(
            "The Keras archive is encrypted.", advice="Unpack it with its password, and pack it again without one."
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.file_size > most_bytes:
        raise FormatError(
            f"The file {name} in the Keras archive is too large, or compressed in an unusual way.", advice=""
        )
    with archive.open(entry) as file:
        return file.read(entry.file_size)


def _json(text: str) -> Any:
    if len(text) > _MAX_CONFIG_BYTES:
        raise FormatError("The configuration in the Keras file is too large.", advice=_ADVICE)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError("The configuration in the Keras file is damaged.", advice=_ADVICE) from error


def _graph(format_name: str, path: Path, config: Any, file: Hdf5File, paths: Paths) -> ForeignGraph:
    model = parse_model(config)
    calls, outputs = calls_of(model)
    graph = GraphBuilder(format_name, path.stem, INPUT, (1, *_sizes(input_shape(model))))
    for call in calls:
        _add(graph, call, file, paths)
    return graph.finish(outputs)


def _sizes(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """The input's shape, with 28 for a height or width that may be any."""
    return tuple(28 if size is None else size for size in shape)


def _add(graph: GraphBuilder, call: Call, file: Hdf5File, paths: Paths) -> None:
    """Write a call into the graph."""
    layer, reader = call.layer, LAYERS.get(call.layer.kind)
    values = [argument for argument in call.inputs if isinstance(argument, str)]

    def read_layer(reader: Reader) -> str:
        arguments = tuple(graph.value(one) if isinstance(one, str) else one for one in call.inputs)
        if layer.kind not in FUNCTIONS and len(values) < len(arguments):
            raise NotSupported("of a number beside values")
        use = Use(graph, layer, arguments, file, paths.get(layer.place, ()))
        result = reader(use)
        return graph.append(Identity(layer.kind), (result,), graph.shape(result)) if result in arguments else result

    what = _LAMBDA if layer.kind == "Lambda" else one_line(layer.kind)
    graph.read_node(
        one_line(layer.place), what, None if reader is None else partial(read_layer, reader), values, (call.output,)
    )
