"""Compares an import with its file's own program: TorchScript and torch.export by PyTorch, ONNX by onnx.reference.

Only for a file in which every operator was recognised, and in the process that imports it (import_model.py).
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.base import words
from mnist_bench.base.files import read_limited
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.input import read_pixels, with_normalisation
from mnist_bench.formats.normalisation import Normalisation, of_pixel_scale
from mnist_bench.formats.torch_zip import MAX_FILE_BYTES

Values = npt.NDArray[Any]
Program = Callable[[Values], Values]
"""One input as the file has it, with or without a batch of one, to its output."""

_COMPARED = 10
_TOLERANCE = 1e-4
"""Of the largest logit."""
_IN_INTEGERS = "it computes in whole numbers"
"""Its answers differ by their rounding from an import's, which reads the numbers that they stand for."""
_DROPOUTS = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
"""PyTorch's, which an import leaves out: so they are switched off in the program that it is compared with, too."""


def compare_with_program(path: Path, graph: ForeignGraph, normalisation: Normalisation) -> str:
    """A sentence on how far the file's own program is from what was read; empty for a format without one here.

    Raises:
        FormatError: they are too far apart, so that the import would be wrong.
    """
    make = next((make for begin, make in _PROGRAMS.items() if graph.format.startswith(begin)), None)
    if make is None:
        return ""
    inputs = _inputs(graph, normalisation)
    try:
        program = make(path, graph.output)
        theirs = np.stack([_run(program, one) for one in inputs])
    except Exception as error:
        reason = str(error).partition("\n")[0][:200]
        return f"Its own program could not be run here to compare the import with it ({reason})."
    ours = evaluate(graph, inputs).reshape(len(inputs), -1)
    if theirs.shape[1] == 1 and theirs.dtype.kind == "i":  # an argmax, which the import leaves out
        ours = ours.argmax(axis=1, keepdims=True)
    largest = np.abs(theirs).max()
    furthest = np.abs(ours - theirs).max() if ours.shape == theirs.shape else np.inf
    if not furthest <= _TOLERANCE * largest:
        raise FormatError(
            f"The import of {path.name} would not compute what its own program does, so it is refused.",
            advice="Please report this with the file, or export the network as ONNX and open that.",
        )
    apart = f"{words.difference(furthest / largest)} of the largest value apart"
    return f"Compared with its own program on {len(inputs)} digits: {apart}."


def _inputs(graph: ForeignGraph, normalisation: Normalisation) -> Values:
    """Some of the bundled digits, float32 (N, *graph.input_shape) in the unit that the file names, if it does."""
    if graph.pixel_scale is not None:
        normalisation = of_pixel_scale(graph.pixel_scale)
    pixels = labelled_digits().images[:: 200 // _COMPARED][:_COMPARED, None].astype(np.float32) / np.float32(255)
    front = with_normalisation(read_pixels(graph), normalisation.scale, normalisation.offset)
    return evaluate(replace(front, output=graph.input), pixels)


def _run(program: Program, one: Values) -> Values:
    """The program's output for one input, flat: with a batch of one if it takes that."""
    try:
        return program(one[np.newaxis]).reshape(-1)
    except Exception:
        return program(one).reshape(-1)


def _first(output: Any) -> Any:
    return output[0] if isinstance(output, tuple | list) else output


def _torchscript(path: Path, output: str) -> Program:  # noqa: ARG001
    import torch

    content = io.BytesIO(read_limited(path, MAX_FILE_BYTES, "PyTorch"))
    with zipfile.ZipFile(content) as archive:
        sources = [one for one in archive.infolist() if one.filename.endswith(".py")]
        if any(b"__setstate__" in archive.read(one) for one in sources):
            raise ValueError("parts of it run code when they are loaded")
    content.seek(0)
    module = torch.jit.load(content, map_location="cpu").eval()  # type: ignore[no-untyped-call]
    graph = module.graph
    torch._C._jit_pass_inline(graph)
    if "quantized::" in str(graph):
        raise ValueError(_IN_INTEGERS)
    for name in _DROPOUTS:  # one that was traced in training mode stays on, whatever the module's mode is
        for kind in (f"aten::{name}", f"aten::{name}_"):
            for node in graph.findAllNodes(kind):
                node.output().replaceAllUsesWith(node.inputsAt(0))
    return lambda values: _first(module(torch.from_numpy(values))).detach().numpy()


def _exported(path: Path, output: str) -> Program:  # noqa: ARG001
    import torch

    from mnist_bench.training.exported_program import exported_program

    run = exported_program(read_limited(path, MAX_FILE_BYTES, "PyTorch"))
    return lambda values: _first(run(torch.from_numpy(values))).numpy()


def _onnx(path: Path, output: str) -> Program:
    from mnist_bench.formats.onnx_reference import computes_in_integers, reference_program

    if computes_in_integers(path):
        raise ValueError(_IN_INTEGERS)
    return reference_program(path, output)


_PROGRAMS: dict[str, Callable[[Path, str], Program]] = {
    "TorchScript": _torchscript,
    "torch.export": _exported,
    "ONNX": _onnx,
}
