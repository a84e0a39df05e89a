import io
import pickle
import pickletools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.formats import torch_pickle
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_pickle import MAX_OPERATIONS, read_pickle
from mnist_bench.formats.torch_records import Global, Instance
from mnist_bench.formats.torch_tensors import Storage, make_tensor


def nothing_outside(name: object) -> object:
    raise AssertionError(f"asked for {name!r}")


def read(data: bytes) -> Any:
    return read_pickle(io.BytesIO(data), nothing_outside)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


CALLS = {
    "REDUCE": b"\x80\x02c%s\n%s\nX\x04\x00\x00\x00echo\x85R.",
    "NEWOBJ": b"\x80\x02c%s\n%s\nX\x04\x00\x00\x00echo\x85\x81.",
    "NEWOBJ_EX": b"\x80\x04c%s\n%s\nX\x04\x00\x00\x00echo\x85}\x92.",
    "INST": b"\x80\x02(X\x04\x00\x00\x00echoi%s\n%s\n.",
    "OBJ": b"\x80\x02(c%s\n%s\nX\x04\x00\x00\x00echoo.",
    "STACK_GLOBAL": b"\x80\x04\x8c%c%s\x8c%c%s\x93X\x04\x00\x00\x00echo\x85R.",
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen")])
def test_a_call_is_only_recorded(operation: str, module: str, name: str) -> None:
    parts: tuple[Any, ...] = (module.encode(), name.encode())
    if operation == "STACK_GLOBAL":
        parts = (len(parts[0]), parts[0], len(parts[1]), parts[1])
    record = read(CALLS[operation] % parts)
    assert isinstance(record, Instance)
    assert record.kind == Global(module, name)
    assert record.arguments[0] == "echo"


class _Armed:
    """An object whose pickle writes a file once Python reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_nothing_runs_that_pickle_itself_would_run(tmp_path: Path) -> None:
    data = pickle.dumps({"weight": _Armed(tmp_path / "ran")}, protocol=2)
    read(data)
    assert not (tmp_path / "ran").exists()
    pickle.loads(data)  # noqa: S301 - this file's own
    assert (tmp_path / "ran").exists()


def test_a_state_is_only_recorded() -> None:
    record = read(b"\x80\x02cos\n_wrap_close\n)\x81}" + text("_proc") + text("x") + b"sb.")
    assert record.attributes == {"_proc": "x"}
    record = read(b"\x80\x02cfunctools\npartial\n)R(" + text("a") + b"tb.")
    assert record.state == ("a",)


def test_an_attribute_is_not_looked_up_through_a_dotted_name() -> None:
    record = read(b"\x80\x04\x8c\x05torch\x8c\x0fos.system.__doc\x93.")
    assert record == Global("torch", "os.system.__doc")


def test_plain_data_is_what_pickle_makes_of_it() -> None:
    value = {"a": [1, -2, 3.5, None, True, "ü", (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], "b": {"c": 1 << 70}}
    for protocol in range(2, 6):
        assert read(pickle.dumps(value, protocol=protocol)) == value


HOSTILE = {
    "tuples that nest": b"\x80\x02)" + b"\x85" * 100_000 + b"}" + b"\x85.",
    "a key that nests": b"\x80\x02}()" + b"\x85" * 100_000 + b"Nu.",
    "an extension": b"\x80\x02\x82\x01.",
    "what is not saved": b"\x80\x02Pname\n.",
    "no end": b"\x80\x02]",
    "nothing": b"",
    "an empty stack": b"\x80\x02.",
    "no mark": b"\x80\x02Nt.",
    "a list as a key": b"\x80\x02}(]Nu.",
    "a text that does not end": b"\x80\x02X\xff\xff\xff\x7fabc.",
    "attributes of a list": b"\x80\x02]Nb.",
    "an unknown operation": b"\x80\x02\xff.",
    "a memo that is empty": b"\x80\x02h\x05.",
    "more than any network": b"\x80\x02]" + b"N0" * MAX_OPERATIONS + b".",
    "a tensor of nothing": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(NK\x00))tR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_a_sentence(name: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(HOSTILE[name])
    assert caught.value.message.endswith(".")


def test_lists_may_nest_as_deeply_as_the_file_is_long() -> None:
    value = read(b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".")
    assert isinstance(value, list)


def test_a_memo_far_away_takes_no_memory() -> None:
    assert read(b"\x80\x02Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.") is None


def test_a_dict_made_of_one_list_again_and_again_does_not_fill_the_memory() -> None:
    pairs = b"](" + b"K\x01K\x02\x86" * 1_000 + b"e"
    again = b"ccollections\nOrderedDict\nh\x00\x85R" * 3
    record = read(b"\x80\x02" + pairs + b"q\x000(" + again + b"l.")
    assert record == [{1: 2}, {}, {}]


def a_storage(values: list[float]) -> Storage:
    return Storage("f4", "0", data=np.array(values, "<f4").tobytes())


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (2, 4), (4, 1)),
        (6, (1,), (1,)),
        (5, (2,), (1,)),
        (0, (2, 2), (5, 1)),
        (0, (1_000_000, 1_000_000), (0, 0)),
        (7, (0,), (1,)),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(offset: int, shape: Any, strides: Any) -> None:
    with pytest.raises(FormatError):
        make_tensor(a_storage([1, 2, 3, 4, 5, 6]), offset, shape, strides).array()


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(-1, (1,), (1,)), (0, (-1,), (1,)), (0, (2,), (-1,)), (0, (2,), (1, 1)), (0, (True,), (1,)), (0, (1.0,), (1,))],
)
def test_a_tensor_that_cannot_be_is_refused(offset: int, shape: Any, strides: Any) -> None:
    with pytest.raises(FormatError):
        make_tensor(a_storage([1, 2, 3, 4, 5, 6]), offset, shape, strides)


def test_a_tensor_is_a_view_of_its_storage() -> None:
    tensor = make_tensor(a_storage([1, 2, 3, 4, 5, 6]), 1, (2, 2), (1, 2))
    np.testing.assert_array_equal(tensor.array(), [[2, 4], [3, 5]])
    big = Storage("f4", "0", is_big_endian=True, data=np.array([1, 2], ">f4").tobytes())
    np.testing.assert_array_equal(make_tensor(big, 0, (2,), (1,)).array(), [1, 2])


def test_damaged_pickles_are_sentences(cases: int) -> None:
    state = {"weight": [1.5, "name", (2, 3)], "more": {"a": "x" * 20, "b": None}}
    whole = pickle.dumps(state, protocol=2)
    rng = np.random.default_rng(5)
    for _ in range(cases):
        data = bytearray(whole)
        for at in rng.integers(2, len(data), size=rng.integers(1, 4)):
            data[at] = rng.integers(256)
        try:
            read(bytes(data[: rng.integers(2, len(data) + 1)]))
        except FormatError:
            continue


def test_every_operation_of_pickle_is_known_or_refused_on_purpose() -> None:
    known = {*torch_pickle._PUSHED, *torch_pickle._CONSTANTS, *torch_pickle._IGNORED, *torch_pickle._STEPS, "STOP"}
    refused = {"EXT1", "EXT2", "EXT4", "PERSID", "BYTEARRAY8", "NEXT_BUFFER", "READONLY_BUFFER"}
    assert known | refused == {operation.name for operation in pickletools.opcodes}
