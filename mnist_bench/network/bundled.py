"""Loads networks: bundled ones by name, others from a file."""

import contextlib
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.locations import models_dir
from mnist_bench.network.model_file import SUFFIX, read_model_file
from mnist_bench.network.network import Network

DEFAULT_MODEL = "digits-cnn"


def bundled_names() -> tuple[str, ...]:
    """The names of the shipped networks, the default one first."""
    return tuple(
        sorted((path.stem for path in models_dir().glob(f"*{SUFFIX}")), key=lambda name: name != DEFAULT_MODEL)
    )


def model_path(name_or_path: str | Path) -> Path:
    """The file of a shipped network, or the path itself; InputError if it is neither."""
    path = Path(name_or_path)
    if str(name_or_path) in bundled_names():
        return models_dir() / f"{name_or_path}{SUFFIX}"
    with contextlib.suppress(OSError):  # such as a name that is too long
        if path.is_file():
            return path
    raise InputError(
        f"There is no model {str(name_or_path)!r}.",
        advice=f"Give a model file, or one of the bundled models: {', '.join(bundled_names())}.",
    )


def load_network(name_or_path: str | Path) -> Network:
    """Load a bundled network by its name, or one from a model file; InputError if it cannot be read."""
    return read_model_file(model_path(name_or_path)).network
