import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.hdf5 import open_hdf5

Write = Callable[[h5py.File], None]


def made(folder: Path, write: Write) -> Path:
    path = folder / "weights.h5"
    with h5py.File(path, "w") as file:
        write(file)
    return path


def a_link_to_another_file(file: h5py.File) -> None:
    file["weights"] = h5py.ExternalLink("other.h5", "/weights")


def a_link_to_another_file_in_a_group(file: h5py.File) -> None:
    file.create_group("layers")["weights"] = h5py.ExternalLink("/etc/passwd", "/")


def values_in_another_file(file: h5py.File) -> None:
    file.create_dataset("weights", (4,), "f4", external=[("other.bin", 0, 16)])


def values_of_a_virtual_data_set(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "weights", (4,))
    file.create_virtual_dataset("weights", layout)


def a_filter_that_is_not_built_in(file: h5py.File) -> None:
    file.create_dataset("weights", data=np.zeros(4, "f4"), chunks=(4,), fletcher32=True)


def groups_in_groups(file: h5py.File) -> None:
    file.create_group("/".join("g" * 100))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (a_link_to_another_file, "link to another file"),
        (a_link_to_another_file_in_a_group, "link to another file"),
        (values_in_another_file, "are in another file"),
        (values_of_a_virtual_data_set, "are in another file"),
        (a_filter_that_is_not_built_in, "compressed in a way"),
        (groups_in_groups, "nests groups too deeply"),
    ],
)
def test_what_leads_out_of_the_file_or_is_never_found_in_weights_is_refused_before_anything_is_read(
    tmp_path: Path, write: Write, said: str
) -> None:
    with pytest.raises(FormatError, match=said), open_hdf5(made(tmp_path, write)):
        pass


def test_an_array_is_read_as_float32_packed_or_not(tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((200, 300))  # hardly to be packed

    def write(file: h5py.File) -> None:
        file["plain"] = values
        file.create_dataset("half", data=values.astype("f2"))
        file.create_dataset("gzip", data=values, chunks=(50, 300), compression="gzip", shuffle=True)
        file.create_dataset("lzf", data=values, compression="lzf")

    path = made(tmp_path, write)
    for source in (path, path.read_bytes()):
        with open_hdf5(source) as file:
            for name in ("plain", "half", "gzip", "lzf"):
                array = file.array(f"/{name}")
                assert array.dtype == np.float32
                assert np.allclose(array, values, atol=1e-3)


def test_links_within_the_file_lead_to_what_they_name_and_a_circle_ends(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        file["a/weights"] = np.ones(3)
        file["b"] = h5py.SoftLink("/a/weights")
        file["a/again"] = file["/"]
        file["c"] = h5py.SoftLink("/c")

    with open_hdf5(made(tmp_path, write)) as file:
        assert file.array("/b").tolist() == [1, 1, 1]
        assert file.array("/a/again/a/weights").tolist() == [1, 1, 1]
    with pytest.raises(FormatError, match="damaged"), open_hdf5(tmp_path / "weights.h5") as file:
        file.array("/c")


def test_a_declared_shape_of_terabytes_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.create_dataset("weights", (10**7, 10**6), "f4", chunks=(64, 64)))
    with open_hdf5(path) as file, pytest.raises(FormatError, match="too many"):
        file.array("/weights")


def test_a_chunk_that_unpacks_to_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        weights = file.create_dataset("weights", (512,), "f4", chunks=(512,), compression="gzip")
        weights.id.write_direct_chunk((0,), zlib.compress(bytes(1_000_000)))

    with open_hdf5(made(tmp_path, write)) as file, pytest.raises(FormatError, match="are damaged"):
        file.array("/weights")


def test_integers_are_not_weights(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.create_dataset("weights", data=np.zeros(4, "i1")))
    with open_hdf5(path) as file, pytest.raises(FormatError, match="not floats but int8"):
        file.array("/weights")


def test_texts_are_read_whole_or_in_the_parts_that_keras_makes_of_long_lists(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        file.attrs["one"] = "text"
        file.attrs["bytes"] = np.bytes_(b"text")
        file.attrs["names"] = [b"a", b"b"]
        file.attrs["long0"], file.attrs["long1"] = [b"a", b"b"], [b"c"]
        file.attrs["none"] = np.zeros(0)
        file.attrs["number"] = 3
        file.attrs["empty"] = h5py.Empty("f4")

    with open_hdf5(made(tmp_path, write)) as file:
        assert file.text("/", "one") == file.text("/", "bytes") == "text"
        assert file.text("/", "number") is None
        assert file.text("/", "absent") is None
        assert file.text("/", "none") is None
        assert file.text("/", "empty") is None
        assert file.names("/", "names") == ("a", "b")
        assert file.names("/", "long") == ("a", "b", "c")
        assert file.names("/", "none") == ()
        assert file.names("/", "absent") is None


@pytest.mark.parametrize(("index", "size"), [(2, 2**64 - 16), (2, 0), (0, 0)])
def test_a_heap_of_texts_that_has_no_end_is_refused(tmp_path: Path, index: int, size: int) -> None:
    def write(file: h5py.File) -> None:
        file.attrs["model_config"] = "text"

    data = bytearray(made(tmp_path, write).read_bytes())
    first = data.index(b"GCOL\x01") + 16  # its index (2 bytes), 6 that do not matter, its size (8 bytes), its text
    free = first + 16 + 8
    struct.pack_into("<H6xQ", data, free, index, size)  # the next object would begin where this one does
    with pytest.raises(FormatError, match="damaged"), open_hdf5(bytes(data)) as file:
        file.text("/", "model_config")


def test_what_is_no_hdf5_is_said_to_be_damaged() -> None:
    with pytest.raises(FormatError, match="damaged"), open_hdf5(b"\x89HDF\r\n\x1a\n" + bytes(100)):
        pass
