"""Pickles that ask for everything: nothing of them runs, and each is a network or a sentence, soon."""

import io
import pickle
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.reading import read_graphs
from mnist_bench.formats.torch_pickle import read_pickle
from tests.formats.mutated_pickles import HOSTILE_OPCODES

MOST_SECONDS = 3.0
BEGIN, END = b"\x80\x02", b"."


def archive(folder: Path, description: bytes) -> Path:
    """An archive of PyTorch's with this pickle and one storage of 40 bytes."""
    path = folder / "a.pth"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a/data.pkl", description)
        made.writestr("a/data/0", bytes(40))
    return path


def text(value: str) -> bytes:
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def reads_soon(path: Path) -> str:
    """What is said of the file; empty if it holds a network."""
    begin = time.process_time()
    try:
        read_graphs(path)
        said = ""
    except InputError as error:
        said = str(error)
    assert time.process_time() - begin < MOST_SECONDS
    assert said.isprintable()
    assert len(said) < 1500
    return said


STORAGE = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x0atQ"


def tensor(shape: bytes, strides: bytes, offset: bytes = b"K\x00", function: str = "_rebuild_tensor_v2") -> bytes:
    """The operations that make a tensor of the one storage; `shape` and `strides` are operations, too."""
    return f"ctorch._utils\n{function}\n".encode() + b"(" + STORAGE + offset + shape + strides + b"\x89}tR"


def saved_weight(made: bytes) -> bytes:
    return BEGIN + b"}" + text("fc.weight") + made + b"s" + END


@pytest.mark.parametrize("piece", HOSTILE_OPCODES, ids=[str(at) for at in range(len(HOSTILE_OPCODES))])
def test_what_asks_for_a_program_runs_none(piece: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for description in (BEGIN + piece + END, BEGIN + b"}" + text("a") + piece + b"s" + END):
        assert reads_soon(archive(tmp_path, description))
    assert [one.name for one in tmp_path.iterdir()] == ["a.pth"]


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        (b"K\x05K\x02\x86", b"K\x03K\x01\x86", b"K\x00"),  # reaches beyond the storage
        (b"K\x05K\x02\x86", b"K\x02K\x01\x86", b"K\x01"),
        (b"K\x05K\x02\x86", b"K\x02K\x01\x86", b"J\xff\xff\xff\xff"),
        (b"K\x05K\x02\x86", b"J\xff\xff\xff\xffK\x01\x86", b"K\x09"),
        (b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", b"K\x00K\x00\x86", b"K\x00"),  # 2 ** 62 times the same number
        (b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01K\x02\x86", b"K\x02K\x01\x86", b"K\x00"),
        (b"K\x05K\x02\x86", b"K\x01\x85", b"K\x00"),
        (b"(" + b"K\x01" * 60_000 + b"t", b"(" + b"K\x01" * 60_000 + b"t", b"K\x00"),
        (text("abc"), text("abc"), b"K\x00"),
        (b"N", b"N", b"N"),
        (b"G\x7f\xf0\0\0\0\0\0\0\x85", b"K\x01\x85", b"K\x00"),
        (b"\x88\x88\x86", b"\x88\x88\x86", b"\x88"),
    ],
)
def test_a_tensor_that_does_not_fit_its_storage_is_refused(
    shape: bytes, strides: bytes, offset: bytes, tmp_path: Path
) -> None:
    assert reads_soon(archive(tmp_path, saved_weight(tensor(shape, strides, offset))))


@pytest.mark.parametrize(
    "function", ["_rebuild_tensor", "_rebuild_tensor_v3", "_rebuild_qtensor", "_rebuild_parameter"]
)
def test_what_rebuilds_tensors_is_given_what_it_never_gets(function: str, tmp_path: Path) -> None:
    lies = (
        b")",
        b"(NNNNNNNt",
        b"(" + STORAGE + b"K\x00K\x05\x85K\x01\x85cos\nsystem\n}t",
        b"(" + STORAGE + b"K\x00K\x05\x85K\x01\x85(cos\nsystem\nNNN" + b"K\x01" * 1000 + b"tt",
        b"(" + b"N" * 50_000 + b"t",
    )
    for lie in lies:
        called = f"ctorch._utils\n{function}\n".encode() + lie + b"R"
        assert reads_soon(archive(tmp_path, saved_weight(called)))
        assert reads_soon(
            archive(tmp_path, saved_weight(b"ctorch._tensor\n_rebuild_from_type_v2\n(" + called + b"N)NtR"))
        )


def doubled(begin: bytes, step: bytes, times: int) -> bytes:
    """A value that holds the one before twice, and so on: small here, endless for whoever follows it."""
    return begin + b"q\x00" + b"".join(step + b"q\x00" for _ in range(times))


GET = b"h\x00"
MODULE = b"ctorch.nn.modules.container\nSequential\n)\x81}(" + text("_modules") + b"}"
ENDLESS = {
    "tuples as a key": BEGIN + b"}" + doubled(b")", GET + b"\x86", 48) + b"Ns" + END,
    "a long key": BEGIN + b"}((" + b"N" * 20_000 + b"tq\x00N" + (GET + b"N") * 90_000 + b"u" + END,
    "a large number as a key": BEGIN
    + b"}\x8b\x00\x00\x10\x00"
    + b"\x01" * (1 << 20)
    + b"q\x00N"
    + (b"s" + GET + b"N") * 90_000
    + b"s"
    + END,
    "dicts in dicts": BEGIN + doubled(b"}", b"}(" + b"".join(b"K%c" % n + GET for n in range(200)) + b"u", 6) + END,
    "dicts in themselves": BEGIN + b"}q\x00(" + b"".join(b"M%c\x01" % n + GET for n in range(250)) + b"u" + END,
    "modules in modules": BEGIN
    + doubled(MODULE + b"ub", MODULE + b"(" + b"".join(text(f"part{n}") + GET for n in range(9)) + b"uub", 15)
    + END,
    "a list in itself": BEGIN + b"]q\x00" + (GET + b"a") * 100_000 + END,
    "objects that are arguments of objects": BEGIN + doubled(b"N", b"ca\nB\n(" + GET * 9 + b"tR", 48) + END,
    "long shapes": BEGIN
    + b"]("
    + b"K\x01" * 20_000
    + b"e"
    + b"q\x010"
    + b"0".join([b"ctorch\nSize\nh\x01\x85R"] * 60_000)
    + END,
    "tensors of long shapes": saved_weight(
        b"](" + b"K\x01" * 50_000 + b"eq\x010" + b"".join(tensor(b"h\x01", b"h\x01") + b"0" for _ in range(3000)) + b"N"
    ),
    "marks": BEGIN + b"(" * 390_000 + END,
    "operations": BEGIN + b"N0" * 1_000_000 + b"N" + END,
    "a name of a million characters": saved_weight(tensor(b"K\x02K\x05\x86", b"K\x05K\x01\x86")).replace(
        text("fc.weight"), text("\x1b[31m\n" + "x" * 1_000_000 + ".weight")
    ),
    "a name that is no text": saved_weight(tensor(b"K\x02K\x05\x86", b"K\x05K\x01\x86") + b"sK\x01N"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_would_never_end_is_refused_soon(name: str, tmp_path: Path) -> None:
    assert reads_soon(archive(tmp_path, ENDLESS[name]))


def test_every_operation_of_a_pickle_is_read_or_refused() -> None:
    for code in range(256):
        for argument in (b"", b"\x01", b"a\nb\n", b"\x01\x00\x00\x00a", b"\xff" * 9):
            for front in (b"", b"N", b"()", b"](", b"}NN"):
                with suppress(FormatError):
                    read_pickle(io.BytesIO(BEGIN + front + bytes([code]) + argument + END), lambda _: None)


def test_the_old_form_may_not_declare_more_than_it_holds(tmp_path: Path) -> None:
    head = b"".join(pickle.dumps(one, 2) for one in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    weight = saved_weight(tensor(b"K\x02K\x05\x86", b"K\x05K\x01\x86"))
    for keys, count in ((["0"] * 100_000, 10), (["0"], 1 << 62), (["0"], -1), (["1"], 10), ("0", 10), ([["0"]], 10)):
        path = tmp_path / "old.pth"
        path.write_bytes(head + weight + pickle.dumps(keys, 2) + count.to_bytes(8, "little", signed=True) + bytes(40))
        assert reads_soon(path)
