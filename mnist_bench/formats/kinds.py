"""Tells model files from pictures and drawings, for a window onto which either may be dropped."""

import contextlib
from pathlib import Path

from mnist_bench.base.files import open_file

MODEL_SUFFIXES = (
    *(".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".ptl", ".pt2"),
    *(".h5", ".hdf5", ".keras", ".tflite", ".onnx", ".mlmodel"),
)
"""Of the files that people keep networks in: ours, PyTorch's, Keras's, TFLite, ONNX, Core ML."""
_BEGINNINGS = ((0, b"PK\x03\x04"), (0, b"\x80"), (0, b"\x89HDF"), (4, b"TFL3"), (8, b"{"), (0, b"\x08"))
"""Of zip archives, pickles, HDF5, TFLite, safetensors and protocol buffers, at these bytes of the file."""


def may_be_model(path: Path) -> bool:
    """Whether the file holds a network, by its name or its first bytes; False for what cannot be read."""
    if path.suffix.lower() in MODEL_SUFFIXES:
        return True
    with contextlib.suppress(OSError, ValueError), open_file(path) as file:
        head = file.read(16)
        return any(head[at:].startswith(beginning) for at, beginning in _BEGINNINGS)
    return False
