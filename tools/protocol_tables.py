"""Write the protocol's tables to where they are read: the C runners' header, and docs/protocol.md.

Usage: python -m tools.protocol_tables [--check]

Their source is mnist_bench/protocol/tables.py, and for the network on the stream mnist_bench/network/wire.py with the
limits in network.py and the operators' files. `--check` compares instead of writing.
"""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from types import ModuleType

import numpy as np

from mnist_bench.network import network, quantization, wire
from mnist_bench.network.operators import OPERATORS, joining, operator, resizing, weighted, window
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.quantization import ActivationQuantization
from mnist_bench.protocol import tables
from tools.environment import ROOT

HEADER = Path("mnist_bench/runners/common/tables.h")
DOCS = Path("docs/protocol.md")

_NETWORK = (wire, network, quantization, operator, weighted, joining, window, resizing)
"""Whose constants a runner needs."""
_SMALLER_WHEN_FUZZED = ("MAX_ACTIVATIONS", "MAX_MULTIPLY_ADDS")


@dataclass(frozen=True, slots=True)
class Constant:
    """A documented constant of a module."""

    name: str
    value: int | bytes | ActivationQuantization
    words: str

    def in_c(self) -> str:
        """Its lines in the header."""
        more = ""
        match self.value:
            case bytes():
                literal = f'"{self.value.decode()}"'
                more = f"\n#define {self.name}_BYTES " + ", ".join(f"'{letter}'" for letter in self.value.decode())
            case ActivationQuantization(scale, zero_point):
                digits, exponent = float(np.float32(scale)).hex().split("p")
                literal = f"{{{digits.rstrip('0').rstrip('.')}p{exponent}f, {zero_point}}}"
            case _:
                literal = str(self.value)
        line = f"#define {self.name} {literal} /* {self.words} */{more}"
        return f"#ifndef {self.name}\n{line}\n#endif" if self.name in _SMALLER_WHEN_FUZZED else line

    def in_words(self) -> str:
        """Its value in the docs."""
        match self.value:
            case bytes():
                return f"`{self.value.decode()}`"
            case ActivationQuantization(scale, zero_point):
                return f"scale {Fraction(scale).limit_denominator(1000)}, zero point {zero_point}"
            case _:
                return f"{self.value:,}"


def constants_of(module: ModuleType) -> Iterator[Constant]:
    """The constants of `module` that a docstring follows."""
    for statement, following in pairwise(ast.parse(inspect.getsource(module)).body):
        match statement, following:
            case ast.Assign([ast.Name(name)]), ast.Expr(ast.Constant(str(words))):
                value = getattr(module, name)
                if isinstance(value, int | bytes | ActivationQuantization):
                    yield Constant(name, value, words)


def header() -> str:
    """The C header."""
    precisions = ((f"PRECISION_{name.upper()}", place, "") for place, name in enumerate(network.ON_STREAM))
    operator_kinds = ((f"OPERATOR_{one.kind.upper()}", one.code, "") for one in _by_code())
    rows = " \\\n    ".join(f"ROW({one.kind}, {one.code})" for one in _by_code())
    parts = (
        "/* The numbers of docs/protocol.md, from mnist_bench/protocol/tables.py. Written by `make protocol`. */",
        "#ifndef MNIST_BENCH_TABLES_H\n#define MNIST_BENCH_TABLES_H",
        "\n".join(constant.in_c() for constant in chain(*map(constants_of, (tables, *_NETWORK)))),
        _enum("request_kind", _named("KIND", tables.Kind)),
        _enum("error_code", _named("ERROR", tables.ErrorCode)),
        _enum("placement", _named("PLACEMENT", tables.Placement)),
        _enum("axis_order", _named("ORDER", tables.AxisOrder)),
        _enum("output", _named("OUTPUT", tables.Output)),
        _enum("told_element", _named("TOLD", tables.Element)),
        _enum("precision", precisions),
        _enum("operator_kind", operator_kinds),
        f"/* Every operator, by its number: its name, and the number. */\n#define OPERATORS(ROW) \\\n    {rows}",
        "#endif",
    )
    return "\n\n".join(parts) + "\n"


def _by_code() -> list[type[Operator]]:
    return sorted(OPERATORS, key=lambda one: one.code)


def _named(prefix: str, numbers: Iterable[tables.Named]) -> Iterator[tuple[str, int, str]]:
    return ((f"{prefix}_{one.name}", one.value, one.meaning) for one in numbers)


def _enum(name: str, members: Iterable[tuple[str, int, str]]) -> str:
    lines = (f"    {member} = {value}," + (f" /* {words} */" if words else "") for member, value, words in members)
    return "\n".join((f"enum {name} {{", *lines, "};"))


def doc_tables() -> dict[str, str]:
    """The tables of docs/protocol.md, by the names in their markers."""
    return {
        "constants of the protocol": _constants(tables),
        "constants of the network": _constants(*_NETWORK),
        "kinds": _table(("kind", "name", "asks for"), ((k.value, k.name.lower(), k.meaning) for k in tables.Kind)),
        "errors": _table(("code", "name", ""), ((c.value, f"`{c.name}`", c.meaning) for c in tables.ErrorCode)),
        "placements": _table(("number", "pixels"), ((one.value, one.meaning) for one in tables.Placement)),
        "axis orders": _table(("number", "order"), ((one.value, one.meaning) for one in tables.AxisOrder)),
        "outputs": _table(("number", "output"), ((one.value, one.meaning) for one in tables.Output)),
        "elements": _table(("number", "values"), ((one.value, one.meaning) for one in tables.Element)),
        "precisions": _table(("number", "precision"), enumerate(network.ON_STREAM)),
        "operators": _table(
            ("kind", "operator", "its fields and weights"), ((one.code, one.kind, one.body) for one in _by_code())
        ),
    }


def _constants(*modules: ModuleType) -> str:
    found = chain(*map(constants_of, modules))
    return _table(("name", "value", ""), ((f"`{one.name}`", one.in_words(), one.words) for one in found))


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = (titles, ["---"] * len(titles), *rows)
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines).replace("|  |", "| |")


def filled(text: str) -> str:
    """The docs' `text` with each table between its markers as it should be.

    Raises:
        KeyError: a marker names no table.
    """
    made = doc_tables()
    marked = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
    return marked.sub(lambda match: f"{match[1]}\n{made[match[2]]}\n\n{match[3]}", text)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write both files, or compare; the exit status, after a sentence on standard error if it is not 0."""
    parser = argparse.ArgumentParser(prog="protocol_tables.py", description="Write the protocol's tables.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    docs = (root / DOCS).read_text(encoding="utf-8")
    made = {HEADER: header(), DOCS: filled(docs)}
    stale = [path for path, text in made.items() if not _holds(root / path, text)]
    if options.check:
        for path in stale:
            sys.stderr.write(f"{path} is not what the tables give: run `make protocol`, and commit what it writes.\n")
        return 1 if stale else 0
    for path in stale:
        (root / path).write_text(made[path], encoding="utf-8", newline="\n")
        print(f"Wrote {path}.")
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
