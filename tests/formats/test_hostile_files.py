"""Hostile files of every format: each is a network or a sentence, soon and in little memory, and nothing of it runs."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.importing import import_graph
from mnist_bench.formats.normalisation import parse_normalisation
from mnist_bench.formats.reading import read_graphs
from tests.formats.coreml_files import message
from tests.formats.good_files import GOOD_FILES
from tests.formats.hostile import at_most_more_memory
from tests.formats.mutations import mutated
from tests.formats.test_onnx import Model

MOST_SECONDS, MOST_SECONDS_OF_CHILD = 3.0, 6.0  # of processor time; the child loads PyTorch where a file can be read
MOST_BYTES = 1 << 30
PIXELS = parse_normalisation("255")


MEASURED = """\
import json, resource, sys
from pathlib import Path
from mnist_bench.base.errors import InputError
from mnist_bench.engines.models import Import

try:
    network = Import(Path(sys.argv[1])).run().network
    assert network.operators or network.original
    said = ""
except InputError as error:
    said = str(error)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([said, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))
"""
"""Of a process of its own, whose only child is the one that imports."""


def import_in_child(path: Path) -> tuple[str, float, int]:
    """As `import_in_process`, by the process that does so for people; its seconds of work and most bytes of memory."""
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    said, seconds, most_bytes = json.loads(done.stdout)
    assert said.isprintable()
    assert len(said) < 2_000
    return said, seconds, most_bytes


def import_in_process(path: Path) -> str:
    """What is said of the file; empty if a network was made of it."""
    begin = time.process_time()
    try:
        imported = import_graph(read_graphs(path), PIXELS)
        said = ""
        assert imported.network.operators
    except InputError as error:
        said = error.message
        assert said.endswith((".", "]"))
    assert said.isprintable()
    assert len(said) < 1_200
    assert time.process_time() - begin < MOST_SECONDS, said
    return said


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where a program that a file runs would leave its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("format_name", GOOD_FILES)
@pytest.mark.timeout(1_200)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")  # of zipfile, where an archive is written
def test_changed_files_are_networks_or_sentences(format_name: str, folder: Path, cases: int) -> None:
    path = folder / "model"
    GOOD_FILES[format_name](path)
    good = path.read_bytes()
    before = set(folder.iterdir())
    labelled_digits()  # which no limit of the file's shall hold
    assert not import_in_process(path)
    said = set()
    with at_most_more_memory(MOST_BYTES):
        for seed in range(cases):
            path.write_bytes(mutated(format_name, good, np.random.default_rng(seed)))
            said.add(import_in_process(path))
    assert len(said) > 2, "they are changed in several ways"
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("format_name", GOOD_FILES)
@pytest.mark.timeout(1_200)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_the_process_that_imports_says_a_sentence(
    format_name: str, folder: Path, cases: int, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("resource")
    path = folder / "model"
    GOOD_FILES[format_name](path)
    good = path.read_bytes()
    before = set(folder.iterdir())
    longest, largest = 0.0, 0
    for seed in range(max(1, 3 * cases // 100)):
        path.write_bytes(mutated(format_name, good, np.random.default_rng(10_000 + seed)))
        said, seconds, most_bytes = import_in_child(path)
        assert "broke off" not in said, seed
        longest, largest = max(longest, seconds), max(largest, most_bytes)
    with capsys.disabled():
        print(f" {format_name}: {longest:.1f} s, {largest / 2**20:.0f} MiB ", end="")
    assert longest < MOST_SECONDS_OF_CHILD
    assert largest < MOST_BYTES
    assert set(folder.iterdir()) == before


def test_what_is_no_plain_file_is_told(folder: Path) -> None:
    (folder / "folder").mkdir()
    (folder / "gone").symlink_to(folder / "nothing")
    (folder / "round").symlink_to(folder / "round")
    (folder / "pointer").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    (folder / "empty").touch()
    names = ["folder", "gone", "round", "pointer", "empty", "/dev/zero", "/dev/tty"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        names.append("pipe")
    for name in names:
        assert import_in_process(folder / name)


BEGINNINGS = (
    *(b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\x1c\x00\x00\x00TFL3"),
    *(b"\x80\x02", b"\x08\x08", b"\x10\x00\x00\x00\x00\x00\x00\x00{"),
)


@pytest.mark.parametrize("front", BEGINNINGS)
def test_a_beginning_alone_is_told(front: bytes, folder: Path) -> None:
    for rest in (b"", b"\x00" * 100_000, b"\xff" * 100_000, b"[" * 100_000, front * 1000):
        (folder / "model").write_bytes(front + rest)
        assert import_in_process(folder / "model")


HUGE = b'{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'


def test_a_header_of_brackets_or_of_a_huge_shape_is_told(folder: Path) -> None:
    for header in (b"{" + b'"a":[' * 500_000, HUGE):
        (folder / "model").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
        assert import_in_process(folder / "model")


def test_an_onnx_graph_that_turns_in_a_circle_is_told(folder: Path) -> None:
    model = Model((1, 784))
    model.nodes.append(onnx.helper.make_node("Add", ["image", "c"], ["b"]))
    model.nodes.append(onnx.helper.make_node("Relu", ["b"], ["c"]))
    model.last = "c"
    model.classes(784)
    (folder / "model").write_bytes(model.proto().SerializeToString())
    assert "no operator in front of it puts out" in import_in_process(folder / "model")


def test_an_onnx_graph_of_a_million_operators_is_told(folder: Path) -> None:
    node = onnx.NodeProto(op_type="Relu", input=["image"], output=["image"]).SerializeToString()
    field = b"\x0a" + bytes([len(node)]) + node
    graph = field * 1_000_000
    (folder / "model").write_bytes(message({1: 8, 8: {2: 13}, 7: graph}))
    assert "1,000,000 operators" in import_in_process(folder / "model")


def test_constants_computed_again_and_again_are_told(folder: Path) -> None:
    model = Model((1, 784))
    model.nodes.append(onnx.helper.make_node("ConstantOfShape", [model.constant([4000, 4000], np.int64)], ["a"]))
    for _ in range(4_000):
        model.nodes.append(onnx.helper.make_node("Add", ["a", "a"], ["a"]))
    model.classes(784)
    (folder / "model").write_bytes(model.proto().SerializeToString())
    with at_most_more_memory(MOST_BYTES):
        assert "too large" in import_in_process(folder / "model")


def test_names_of_a_megabyte_and_of_control_characters_are_told_shortly(folder: Path) -> None:
    model = Model((1, 784))
    model.add("Gemm", model.weights(784, 10))
    kind = "\x1b[2J\n" + "x" * 1_000_000
    model.nodes.append(onnx.helper.make_node(kind, [model.last], ["y"], name="y\r\n" * 100_000))
    model.last = "y"
    (folder / "model").write_bytes(model.proto().SerializeToString())
    assert import_in_process(folder / "model")
    assert "broke off" not in import_in_child(folder / "model")[0]
