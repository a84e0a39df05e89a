"""No property and no signal of Qt's is given as a keyword argument: see mnist_bench/gui/kit/containers.py."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMetaObject, QObject

ROOT = Path(__file__).parents[2]
FOLDERS = ("mnist_bench/gui", "tests/gui", "tools", "benchmarks")


def property_keywords(source: str) -> Iterator[str]:
    """Each call of a class of Qt's, or of its `__init__` by a subclass, that names a property or a signal."""
    tree = ast.parse(source)
    classes = dict(_qt_classes(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _named(node, classes.get(node.func.id))
        if isinstance(node, ast.ClassDef):
            base = next((classes[name] for name in map(ast.unparse, node.bases) if name in classes), None)
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__":
                    yield from _named(call, base)


def _qt_classes(tree: ast.AST) -> Iterator[tuple[str, type[QObject]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
            for name in node.names:
                found = getattr(importlib.import_module(node.module or ""), name.name)
                if isinstance(found, type) and issubclass(found, QObject):
                    yield name.asname or name.name, found


def _named(call: ast.Call, qt_class: type[QObject] | None) -> Iterator[str]:
    if qt_class is None:
        return
    meta: QMetaObject = vars(qt_class)["staticMetaObject"]
    known = {str(meta.property(place).name()) for place in range(meta.propertyCount())}
    known |= {meta.method(place).name().toStdString() for place in range(meta.methodCount())}
    for keyword in call.keywords:
        if keyword.arg in known:
            yield f"{call.lineno}: {keyword.arg}"


def test_qt_is_given_no_property_as_a_keyword_argument() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{place}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for place in property_keywords(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_each_way_to_give_one_is_found() -> None:
    source = """
from PySide6.QtCore import QTimer as Timer
from PySide6.QtWidgets import QLabel, QPushButton
Timer(None, interval=1, timeout=print)
class Label(QLabel):
    def __init__(self):
        super().__init__("words", wordWrap=True)
QPushButton("words", parent=None)
"""
    assert sorted(property_keywords(source)) == ["4: interval", "4: timeout", "7: wordWrap"]
