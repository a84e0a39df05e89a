"""Each place that an operator has (docs/extending.md) holds all of them: OPERATORS is the one list."""

import ast
import re
from pathlib import Path

import pytest

import mnist_bench
from mnist_bench.formats.evaluate import RULES
from mnist_bench.network.operators import OPERATORS

PACKAGE = Path(mnist_bench.__file__).parent
DOCS = PACKAGE.parent / "docs"
KINDS = sorted(operator.kind for operator in OPERATORS)
NAMES = {operator.__name__ for operator in OPERATORS}
BOTH_POOLINGS = {"MaxPool2d", "AvgPool2d"}

PLACES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "PyTorch fp32": (("runners/torch_float.py",), {"Softmax"}),
    "PyTorch int8": (("runners/torch_quantized.py", "runners/torch_float.py"), {"Softmax"}),
    "ONNX, read": (("formats/onnx_operators.py", "formats/composing.py"), set()),
    "ONNX, written": (("formats/export_onnx.py",), {"Softmax"}),
    "TFLite, read": (("formats/tflite_operators.py", "formats/composing.py"), set()),
    "TFLite, written": (("formats/export_tflite.py",), {"Softmax"}),
    "PyTorch, read": (
        tuple(f"formats/torch_{part}.py" for part in ("operators", "activations", "arithmetic", "shapes")),
        {"Flatten"},
    ),
    "Keras, read": (("formats/keras_layers.py", "formats/keras_activations.py", "formats/composing.py"), set()),
    "Core ML, read": (("formats/coreml_operators.py", "formats/composing.py"), {"Relu6"}),
}
"""The files of a place, and the operators that it does without: logits are what a softmax reads; PyTorch's flatten is
read as a reshape; Core ML has no relu6."""


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def used_names(path: Path) -> set[str]:
    """The names in a file's code, imports left out."""
    names = {node.id for node in ast.walk(ast.parse(text(path))) if isinstance(node, ast.Name)}
    return names | BOTH_POOLINGS if "Pooling" in names else names


@pytest.mark.parametrize("place", PLACES)
def test_a_place_has_every_operator(place: str) -> None:
    files, without = PLACES[place]
    used = set().union(*(used_names(PACKAGE / file) for file in files))
    assert NAMES - used == without


def test_imports_are_checked_for_every_operator() -> None:
    assert set(OPERATORS) - set(RULES) == set()


def test_every_operator_is_one_c_file_and_one_row_of_its_table() -> None:
    native = PACKAGE / "runners" / "native"
    assert sorted(path.stem.removeprefix("op_") for path in native.glob("op_*.c")) == KINDS
    rows = re.findall(r"ROW\((\w+), (\d+)\)", text(PACKAGE / "runners" / "common" / "tables.h"))
    assert {name: int(code) for name, code in rows}.items() >= {one.kind: one.code for one in OPERATORS}.items()
    for kind in KINDS:
        assert f"operator_{kind} =" in text(native / f"op_{kind}.c")


def test_the_model_files_page_describes_every_operator_once() -> None:
    rows = [row for row in text(DOCS / "model-file.md").splitlines() if row.startswith("| `")]
    kinds = [kind for row in rows for kind in re.findall(r"`(\w+)`", row.split("|")[1]) if kind in KINDS]
    assert sorted(kinds) == KINDS


def test_the_guide_names_every_place() -> None:
    guide = text(DOCS / "extending.md").partition("\n## An operator")[2]
    files = {Path(file).name for files, _ in PLACES.values() for file in files}
    for name in (*files, "evaluate.py", "op_NAME.c", "__init__.py", "model-file.md"):
        assert name in guide, name
