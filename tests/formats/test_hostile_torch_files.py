"""Damaged and hostile files of PyTorch's: each is a sentence, soon, and nothing of it runs."""

import io
import json
import pickle
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.formats.foreign import Unsupported
from mnist_bench.formats.torch_file import read
from tests.formats.torch_networks import blocks, learning_path, lenet, program, saved, saved_bytes, script

MOST_SECONDS = 3.0
Edit = Callable[[str, bytes], bytes]


def edited(source: Path, target: Path, edit: Edit, *, compression: int = zipfile.ZIP_STORED) -> Path:
    """The archive with each entry as `edit` (by its name in the folder) makes it, its checksums right."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, edit(name.split("/", 1)[1], old.read(name)))
    return target


def refused(path: Path) -> str:
    begin = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(path)
    assert time.monotonic() - begin < MOST_SECONDS
    assert caught.value.message.endswith((".", "]"))
    return caught.value.message


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "state dict": saved(lenet().state_dict(), folder / "state.pth"),
        "legacy": saved(blocks().state_dict(), folder / "legacy.pth", legacy=True),
        "module": saved(blocks(), folder / "module.pth"),
        "script": script(learning_path().eval(), folder / "script.pt", how="script"),
        "lite": script(learning_path().train(), folder / "lite.ptl", how="lite"),
        "program": program(learning_path(), folder / "program.pt2"),
    }


@pytest.mark.parametrize("kind", ["state dict", "legacy", "module", "script", "lite", "program"])
def test_damaged_files_are_sentences(files: dict[str, Path], kind: str, tmp_path: Path, cases: int) -> None:
    whole = files[kind].read_bytes()
    rng = np.random.default_rng(6)
    path = tmp_path / "damaged"
    for _ in range(max(1, cases // 6)):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), size=rng.integers(1, 30)):
            data[at] = rng.integers(256)
        path.write_bytes(data[: rng.integers(1, len(data) + 1)] if rng.random() < 0.5 else data)
        begin = time.monotonic()
        with suppress(InputError):
            read(path)
        assert time.monotonic() - begin < MOST_SECONDS


@pytest.mark.parametrize("kind", ["state dict", "module", "script", "program"])
def test_damaged_entries_behind_right_checksums_are_sentences(
    files: dict[str, Path], kind: str, tmp_path: Path, cases: int
) -> None:
    rng = np.random.default_rng(7)

    def damage(name: str, data: bytes) -> bytes:
        if not name.endswith((".pkl", ".py", ".json")) or not data or rng.random() < 0.3:
            return data
        changed = bytearray(data)
        for at in rng.integers(0, len(data), size=rng.integers(1, 4)):
            changed[at] = rng.integers(32, 127) if name.endswith((".py", ".json")) else rng.integers(256)
        return bytes(changed)

    for _ in range(max(1, cases // 6)):
        path = edited(files[kind], tmp_path / "damaged", damage)
        begin = time.monotonic()
        with suppress(InputError):
            read(path)
        assert time.monotonic() - begin < MOST_SECONDS


def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused_unread(files: dict[str, Path], tmp_path: Path) -> None:
    def swell(name: str, data: bytes) -> bytes:
        return bytes(300_000_000) if name == "data/0" else data

    path = edited(files["state dict"], tmp_path / "bomb", swell, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    assert "larger unpacked" in refused(path)


def test_a_legacy_storage_of_more_than_the_file_is_refused(tmp_path: Path) -> None:
    data = saved(lenet().state_dict(), tmp_path / "whole", legacy=True).read_bytes()
    count = (6).to_bytes(8, "little")  # of the biases of conv1
    path = tmp_path / "huge"
    path.write_bytes(data.replace(count, (1 << 60).to_bytes(8, "little")))
    assert "incomplete" in refused(path)


def test_a_checkpoint_that_would_run_a_program_runs_nothing(tmp_path: Path) -> None:
    class Armed:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    (tmp_path / "armed").write_bytes(saved_bytes({"hook": Armed(), "model": lenet().state_dict()}))
    assert read(tmp_path / "armed")[0].nodes[0].name == "conv1"
    assert not (tmp_path / "ran").exists()


FORWARD = "  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n"
HOSTILE_CODE = {
    "import": ("    import os\n    return x\n", "Import"),
    "dunder": ("    return x.__class__\n", "without attributes"),
    "a loop without end": ("    while True:\n      pass\n    return x\n", "more steps"),
    "recursion": ("    return (self).forward(x, )\n", "nests too deeply"),
    "a long list": (
        "    y = [0]\n    for i in range(9000):\n      y = torch.add(y, y)\n    return x\n",
        "longer than",
    ),
    "a huge number": ("    y = 3\n    for i in range(90000):\n      y = torch.mul(y, y)\n    return x\n", "more steps"),
    "a huge range": ("    for i in range(10000000000):\n      pass\n    return x\n", "more steps"),
    "a huge array": ("    return torch.add(x, torch.zeros([1000000, 1000000]))\n", "more numbers"),
    "parentheses": ("    return " + "(" * 5_000 + "x" + ")" * 5_000 + "\n", "damaged"),
    "signs": ("    return " + "-" * 50_000 + "x\n", "damaged"),
    "a decision on the image": ("    if torch.gt(x, 0):\n      return x\n    return x\n", "depends on the values"),
    "a lambda": ("    return (lambda y: y)(x)\n", "Lambda"),
    "a comprehension": ("    return [y for y in x]\n", "ListComp"),
    "nothing": ("    return None\n", "nothing that is computed"),
    "another input": ("    return self.nothing\n", "no attribute"),
}


def a_script(path: Path, body: str) -> Path:
    """An archive of TorchScript whose forward has this body."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02c__torch__\nNet\n)\x81}X\x08\x00\x00\x00training\x89sb.")
        archive.writestr("a/constants.pkl", b"\x80\x02).")
        archive.writestr("a/code/__torch__.py", f"class Net(Module):\n{FORWARD}{body}")
    return path


@pytest.mark.parametrize("name", HOSTILE_CODE)
def test_hostile_code_is_followed_no_further_than_a_network_goes(name: str, tmp_path: Path) -> None:
    body, words = HOSTILE_CODE[name]
    path = a_script(tmp_path / "a.pt", body)
    assert words in refused(path)


@pytest.mark.parametrize("call", ["eval('1')", "__builtins__.open('a')", "torch.load('a')", "ops.os.system('a')"])
def test_a_call_of_what_is_no_operator_is_only_named(call: str, tmp_path: Path) -> None:
    (graph,) = read(a_script(tmp_path / "a.pt", f"    return {call}\n"))
    assert [type(node.operator) for node in graph.nodes] == [Unsupported]


@pytest.mark.parametrize(
    ("field", "value"),
    [("sizes", [{"as_int": 1 << 50}]), ("strides", [{"as_int": -1}]), ("storage_offset", {"as_int": 7}), ("dtype", 99)],
)
def test_a_program_whose_weights_do_not_fit_is_refused(
    files: dict[str, Path], tmp_path: Path, field: str, value: object
) -> None:
    def change(name: str, data: bytes) -> bytes:
        if name != "data/weights/model_weights_config.json":
            return data
        held = json.loads(data)
        held["config"]["linear_stack.0.bias"]["tensor_meta"][field] = value
        return json.dumps(held).encode()

    refused(edited(files["program"], tmp_path / "a.pt2", change))


def test_a_program_of_a_later_schema_is_refused_by_its_version(files: dict[str, Path], tmp_path: Path) -> None:
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"major": 8', b'"major": 9') if name == "models/model.json" else data

    assert "version 9" in refused(edited(files["program"], tmp_path / "a.pt2", change))


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("state dict", "data/0"), ("lite", "code/__torch__/torch/nn/functional.py"), ("program", "data/weights/weight_0")],
)
def test_an_archive_without_what_it_needs_is_a_sentence(
    files: dict[str, Path], kind: str, missing: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(files[kind]) as old, zipfile.ZipFile(tmp_path / "a", "w") as new:
        kept = [name for name in old.namelist() if not name.endswith(missing)]
        assert len(kept) == len(old.namelist()) - 1
        for name in kept:
            new.writestr(name, old.read(name))
    refused(tmp_path / "a")


def test_a_pickle_that_torch_did_not_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"weight": [1, 2]}, protocol=4))
    assert "torch.save did not write" in refused(tmp_path / "a.pkl")


def test_a_zip_archive_of_something_else_says_so(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photos/a.txt", "a")
    (tmp_path / "a.pth").write_bytes(buffer.getvalue())
    assert "It is a ZIP archive, not a model file." in refused(tmp_path / "a.pth")
