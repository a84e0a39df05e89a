"""Reads another program's model file: which reader is chosen by what the file holds, not by its name."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import NotAFileError, open_file, reason
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.kinds import MODEL_SUFFIXES
from mnist_bench.formats.model_bytes import refuse_pointer
from mnist_bench.formats.other_kinds import other_kind

MAX_BYTES = 400_000_000
"""Of a model file: four bytes for each parameter a network may have, several times over."""
HEAD_BYTES = 4096
"""What `recognises` is given of a file's beginning."""
_AGAIN = "Download it or export the network again."
_SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True, slots=True)
class Reader:
    """A module of this package with `recognises(head, path) -> bool` and `read(path)`; imported when it is needed."""

    module: str

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the file is one of its kind, by its first bytes and, of an archive, by what it holds."""
        decide: Callable[[bytes, Path], bool] = self._member("recognises")
        return decide(head, path)

    def read(self, path: Path) -> tuple[ForeignGraph, ...]:
        """What the file holds; where it holds no graph the likeliest guesses, the best one first."""
        read: Callable[[Path], ForeignGraph | tuple[ForeignGraph, ...]] = self._member("read")
        graphs = read(path)
        return (graphs,) if isinstance(graphs, ForeignGraph) else tuple(graphs)

    def _member(self, name: str) -> Any:
        return getattr(import_module(f"mnist_bench.formats.{self.module}"), name)


READERS = (
    Reader("own"),
    Reader("keras"),
    Reader("tflite"),
    Reader("torch_file"),
    Reader("plain_safetensors"),
    Reader("coreml"),
    Reader("onnx"),
)
"""In the order in which they are asked: those with a signature of their own first."""


def read_graphs(path: Path) -> tuple[ForeignGraph, ...]:
    """What a model file of another program holds, as graphs: one, or guesses with the likeliest first.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is of no kind that can be imported, or is damaged.
    """
    head = _head(path)
    refuse_pointer(head, "It")
    if path.name == _SAVED_MODEL:
        raise _saved_model()
    for reader in READERS:
        if reader.recognises(head, path):
            return reader.read(path)
    if not head:
        raise FormatError("It is empty.", advice=_AGAIN)
    other = other_kind(head, path)
    if other is not None:
        raise other.refusal()
    if path.suffix.lower() in MODEL_SUFFIXES:
        raise FormatError(f"It is damaged, or not what its name says ({path.suffix}).", advice=_AGAIN)
    raise FormatError(
        "It is not a kind of file that can be imported.",
        advice="Files of PyTorch, Keras, TFLite, ONNX and Core ML can be, and safetensors files.",
    )


def _head(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            if file.seek(0, os.SEEK_END) > MAX_BYTES:
                raise FormatError(
                    f"It is larger than {MAX_BYTES // 1_000_000} MB, too large for a network that reads digits.",
                    advice="Choose the file of a digit classifier.",
                )
            file.seek(0)
            return file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", advice="Check its name and folder.") from None
    except NotAFileError:
        raise _saved_model() if (path / _SAVED_MODEL).exists() else _not_a_file(path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from error


def _saved_model() -> FormatError:
    return FormatError(
        "It is TensorFlow's SavedModel, which is not read.",
        advice='Save the model as one file with model.save("model.keras"), or convert it to TFLite.',
    )


def _not_a_file(path: Path) -> FormatError:
    if path.suffix.lower() == ".mlpackage":
        return FormatError(
            "It is a Core ML package, which is a folder.", advice="Choose model.mlmodel in its Data/com.apple.CoreML."
        )
    if path.is_dir():
        return FormatError("It is a folder.", advice="Choose the model file in it.")
    return FormatError("It is not an ordinary file.", advice="Choose a model file.")
