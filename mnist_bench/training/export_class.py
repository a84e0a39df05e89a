"""Exports a class of the person's own with its weights: `python -m mnist_bench.training.export_class FILE.py:Net
WEIGHTS OUT.pt2`.

This runs the Python file, so it happens only where a person named it. Weights are loaded without running their code.
Its result is a line of JSON, as import_model.py prints it.
"""

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import open_file

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
_INPUTS = ((1, 1, 28, 28), (1, 784), (1, 28, 28), (1, 1, 32, 32), (1, 3, 28, 28), (1, 3, 32, 32))


def main(arguments: Sequence[str]) -> None:
    """Export as `arguments` say: the class, the weights, the program to write; and print the result or the error."""
    named, weights, out = arguments
    output = sys.stdout
    sys.stdout = sys.stderr  # the person's own prints are not the result
    result: dict[str, object] = {"bytes": 0}
    try:
        module = _make(named)
        _load(module, Path(weights))
        torch.export.save(_export(module.eval(), named), out)
    except InputError as error:
        result = {"error": error.message, "advice": error.advice}
    output.write(json.dumps(result) + "\n")


def _make(named: str) -> torch.nn.Module:
    file, _, name = named.rpartition(":")
    path = Path(file)
    if not path.is_file() or path.suffix != ".py" or not name.isidentifier():
        raise InputError(f"{named!r} does not name a class in a Python file.", advice="Write it as FILE.py:Net.")
    spec = importlib.util.spec_from_file_location("mnist_bench_class", path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - the name ends in .py
    source = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(source)
        module = getattr(source, name)()
    except Exception as error:
        raise InputError(f"{named} cannot be made: {type(error).__name__}: {error}.") from error
    if not isinstance(module, torch.nn.Module):
        raise InputError(f"{named} is not a torch.nn.Module.")
    return module


def _load(module: torch.nn.Module, weights: Path) -> None:
    try:
        with open_file(weights) as file:
            loaded: Any = torch.load(file, map_location="cpu", weights_only=True)
        inner = next((loaded[key] for key in _WRAPPERS if isinstance(loaded.get(key), dict)), loaded)
        module.load_state_dict({key.removeprefix("module."): value for key, value in inner.items()})
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"The weights in {weights.name} do not fit the class: {reason}",
            advice="Name the class that the file was saved from.",
        ) from error


def _export(module: torch.nn.Module, named: str) -> torch.export.ExportedProgram:
    """The module as a program, with the first input shape that it takes."""
    failure: Exception | None = None
    for shape in _INPUTS:
        try:
            return torch.export.export(module, (torch.zeros(shape),))
        except Exception as error:
            failure = failure or error
    reason = str(failure).partition("\n")[0]
    raise InputError(f"{named} cannot be exported for any usual input shape: {reason}") from failure


if __name__ == "__main__":
    main(sys.argv[1:])
