"""Named pipes, sockets, devices and folders in the place of a file: a sentence at once, and nobody waits for them."""

import os
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import mnist_bench
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.files import NotAFileError, open_file, read_limited, write_atomically
from mnist_bench.base.locks import locked
from mnist_bench.base.logs import last_errors, start_logging
from mnist_bench.bench.results.format import load_head, load_result
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.idx import read_idx
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import FILES, fetch_mnist
from mnist_bench.digits.pictures import load_digit
from mnist_bench.formats import keras
from mnist_bench.formats.hdf5 import open_hdf5
from mnist_bench.formats.kinds import may_be_model
from mnist_bench.formats.onnx_file import Tensors
from mnist_bench.formats.reading import read_graphs
from mnist_bench.network.model_file import is_model_file, read_model_file
from mnist_bench.session.choices import read_choices

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these in its folders")

KINDS = ("pipe", "link to a pipe", "socket", "device", "folder")


@pytest.fixture(params=KINDS)
def odd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Something that is no file; a test that waited for it would not end."""
    path = tmp_path / "odd"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to("pipe")
        case "socket":
            monkeypatch.chdir(tmp_path)  # whose name would be too long for a socket's
            with socket.socket(socket.AF_UNIX) as made:
                made.bind("odd")
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()
    return path


READERS: tuple[Callable[[Path], object], ...] = (
    lambda path: read_limited(path, 10, "test"),
    load_digit,
    load_result,
    read_graphs,
    read_idx,
    read_model_file,
    read_choices,
    keras.read,
)


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_file_is_refused_at_once(odd: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(MnistBenchError):
        read(odd)


def test_whoever_only_looks_is_told_that_it_is_no_file(odd: Path) -> None:
    assert not may_be_model(odd)
    assert not is_model_file(odd)
    assert load_head(odd) is None
    with pytest.raises(NotAFileError):
        open_file(odd)
    with pytest.raises(NotAFileError):
        last_errors(odd, 1)
    with pytest.raises(MnistBenchError), open_hdf5(odd):
        pass


def test_in_a_folder_of_kept_drawings_it_is_one_that_cannot_be_read(odd: Path, tmp_path: Path) -> None:
    odd.rename(tmp_path / "drawing-1.json")
    assert KeptDrawings(tmp_path).list().unreadable == 1


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte.gz", "digits.npz"])
def test_among_digits_it_is_refused(odd: Path, tmp_path: Path, name: str) -> None:
    data = odd.rename(tmp_path / name)
    with pytest.raises(MnistBenchError):
        load_digits(data if name.endswith("npz") else tmp_path)


def test_a_download_does_not_wait_for_what_is_in_its_place(odd: Path, tmp_path: Path) -> None:
    odd.rename(tmp_path / FILES[0].name)
    with pytest.raises(MnistBenchError, match="is not a file"):
        fetch_mnist(tmp_path, mirrors=())


def test_weights_beside_a_file_are_not_waited_for(odd: Path) -> None:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], np.zeros(1, np.float32).tobytes(), raw=True)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="odd")
    with pytest.raises(MnistBenchError, match="plain file"):
        Tensors(odd.parent).array(tensor)


def test_nothing_else_is_replaced_by_a_file(odd: Path) -> None:
    before = odd.stat()
    with pytest.raises(MnistBenchError, match="cannot be written"):
        write_atomically(odd, b"new")
    assert odd.stat().st_ino == before.st_ino


def test_the_log_and_a_lock_are_not_waited_for(tmp_path: Path, log_file: Path) -> None:
    os.mkfifo(tmp_path / "phones.json.lock")
    with pytest.raises(OSError, match="No such device"), locked(tmp_path / "phones.json"):
        pass
    log_file.parent.mkdir()
    os.mkfifo(log_file)
    start_logging()


OWN = (
    *("base/files.py", "base/locks.py", "base/processors.py", "base/streams.py", "bench/exporting.py"),
    "bench/machine.py",
    *("devices/phone/deploy.py", "gui/kit/stylesheet.py", "runners/host.py", "training/import_model.py"),
)
"""Those who open what nobody gave: the one function, /dev/null, /proc, and the package's own files."""
OPENING = re.compile(
    r"(?<!def )(?<![\w.])open\(|\.open\(\"[ra]|\.read_bytes\(|\.read_text\(|np\.load\(|os\.open\("
    r"|(?:ZipFile|h5py\.File)\(path"
)


def test_files_are_opened_in_one_way() -> None:
    package = Path(mnist_bench.__file__).parent
    sources = {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    found = {name for name, text in sources.items() if OPENING.search(text) and name not in OWN}
    assert not found
