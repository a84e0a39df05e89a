"""The protocol's tables in C and in the docs are those of the Python modules, and a difference is told."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from mnist_bench.network.network import MAX_MULTIPLY_ADDS
from mnist_bench.network.operators import OPERATORS
from mnist_bench.protocol.tables import AWAKE_NS, MAX_REQUEST, ErrorCode, Kind
from tools import protocol_tables
from tools.environment import ROOT
from tools.protocol_tables import DOCS, HEADER, main


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with both files as they are committed."""
    for path in (HEADER, DOCS):
        (tmp_path / path).parent.mkdir(parents=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_what_is_committed_is_what_the_tables_give() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("path", "number", "other"), [(HEADER, "MAX_IMAGES 400", "MAX_IMAGES 401"), (DOCS, "| 100,000 |", "| 100,001 |")]
)
def test_a_number_that_was_changed_by_hand_is_told_and_written_anew(
    copy: Path, path: Path, number: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (copy / path).read_text(encoding="utf-8")
    assert text.count(number) == 1
    (copy / path).write_text(text.replace(number, other), encoding="utf-8")
    assert main(["--check"], copy) == 1
    assert capsys.readouterr().err.startswith(f"{path} is not what the tables give: run `make protocol`")
    assert main([], copy) == 0
    assert capsys.readouterr().out == f"Wrote {path}.\n"
    assert (copy / path).read_text(encoding="utf-8") == text


def test_the_header_holds_every_kind_error_layer_and_limit() -> None:
    text = (ROOT / HEADER).read_text(encoding="utf-8")
    numbers = {name: ast.literal_eval(value) for name, value in re.findall(r"(\w+) =? ?(\d+)[, \n]", text)}
    wanted = {f"KIND_{kind.name}": kind.value for kind in Kind} | {f"ERROR_{one.name}": one.value for one in ErrorCode}
    wanted |= {f"OPERATOR_{one.kind.upper()}": one.code for one in OPERATORS}
    wanted |= {"AWAKE_NS": AWAKE_NS, "MAX_REQUEST": MAX_REQUEST, "MAX_MULTIPLY_ADDS": MAX_MULTIPLY_ADDS}
    assert {name: numbers.get(name) for name in wanted} == wanted
    assert all(len(line) <= 120 for line in text.splitlines())


def test_every_table_stands_in_the_docs() -> None:
    text = (ROOT / DOCS).read_text(encoding="utf-8")
    assert set(re.findall("<!-- table: (.+) -->", text)) == set(protocol_tables.doc_tables())
