"""What is not read is named, with what can be given instead; what is hostile is refused soon and in little memory."""

import gzip
import io
import lzma
import pickle
import struct
import sys
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.sets import files as set_files
from mnist_bench.digits.sets import search
from tests.digits.made_sets import (
    HEADER,
    IMAGES,
    LABELLED_ROWS,
    LABELS,
    ROWS,
    idx,
    matlab,
    mnist,
    npy,
    npz,
    parquet,
    pictures,
    pictures_column,
    table,
    tarred,
    written,
    zipped,
)

Mutate = Callable[[np.random.Generator, bytes], bytes]

ARROW = b"\xff\xff\xff\xff\x98\x02\0\0\x10\0\0\0\0\0"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"

# What is in the file, what it is called in the message, and what the advice names.
NAMED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "mnist.pkl": (lambda: pickle.dumps((IMAGES, LABELS)), "Python pickle", "savez_compressed"),
    "old.pkl": (lambda: pickle.dumps((IMAGES, LABELS), protocol=0), "Python pickle", "savez_compressed"),
    "mnist.pkl.gz": (lambda: gzip.compress(pickle.dumps((IMAGES, LABELS))), "Python pickle", "savez_compressed"),
    "test.pt": (lambda: zipped({"test/data.pkl": b"\x80\2", "test/data/0": b"\0"}), "torch.save", "MNIST/raw"),
    "training.pt": (lambda: b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "torch.save", "MNIST/raw"),
    "7.3.mat": (lambda: b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n", "MATLAB 7.3", "-v7"),
    "digits.h5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5", "h5py"),
    "mnist.arff": (lambda: b"% MNIST\n@RELATION mnist_784\n@ATTRIBUTE pixel1 real\n", "ARFF", "CSV"),
    "mnist.scale": (lambda: b"5 153:0.01 154:0.07\n0 128:0.2\n", "libsvm", "CSV"),
    "mnist.json": (lambda: b'{"images": [[0, 0]]}', "JSON", "savez_compressed"),
    "mnist-test.tfrecord-00000-of-00001": (lambda: bytes(range(250)), "TFRecord", "tfds"),
    "mnist.arrow": (lambda: b"ARROW1\0\0", "Arrow", "to_parquet"),
    "mnist.7z": (lambda: b"7z\xbc\xaf\x27\x1c\0\4", "an archive", "Unpack"),
    "mnist.npz.gz": (lambda: gzip.compress(npz(images=IMAGES, labels=LABELS)), "packed", "Unpack"),
    "mnist.tar.bz2": (lambda: b"BZh91AY&SY", "a compressed file", "Unpack"),
    "t10k-images-idx3-ubyte.gz": (lambda: b"<!DOCTYPE html><html>404</html>", "web page", "Download"),
    "pointer.npz": (lambda: LFS, "Git LFS", "git lfs pull"),
    "three.png": (lambda: pictures()["3/9.png"], "single picture", "folders named 0 to 9"),
    "empty.csv": (lambda: b"", "is empty", "download"),
    "unlabelled.csv": (lambda: table(ROWS, HEADER[1:]), "no label", "train.csv"),
    "names.csv": (lambda: b"filename,label\na.png,3\n", "none is there", "folders 0 to 9"),
    "utf-16.csv": (lambda: table(LABELLED_ROWS).decode().encode("utf-16"), "UTF-16", "UTF-8"),
    "ages.csv": (lambda: b"name,age\nAnn,3\n", "2 columns", "784 pixels"),
    "ragged.csv": (lambda: table([*np.column_stack([LABELS, ROWS]), [1, 2, 3]]), "row 31 has 3 columns", "784 pixels"),
    "words.csv": (lambda: table([["three", *ROWS[0]]], HEADER), "row 2 holds 'three', not a number", "784 pixels"),
    "gap.csv": (lambda: table([[1, *ROWS[0]], [], [2, "", *ROWS[0][1:]]]), "row 3 holds nothing", "784 pixels"),
    "cut.csv.gz": (lambda: gzip.compress(table(np.column_stack([LABELS, ROWS])))[:-900], "and damaged", "again"),
    "wrong.csv.gz": (lambda: gzip.compress(table(np.column_stack([LABELS, ROWS])))[:-8] + bytes(8), "damaged", "again"),
    "broken.npz": (lambda: npz(images=IMAGES, labels=LABELS)[:900], r"is a damaged \.npz file", "again"),
    "32.npz": (lambda: npz(images=np.zeros((9, 32, 32)), labels=LABELS[:9]), r"\(9, 32, 32\)", "2:30"),
    "20.mat": (lambda: matlab(X=np.zeros((9, 400)), y=LABELS[:9, None]), r"\(9, 400\)", "numpy.pad"),
    "64.npz": (lambda: npz(images=np.zeros((9, 64, 64, 3)), labels=LABELS[:9]), "64", "28 x 28"),
    "1-to-10.npz": (lambda: npz(images=IMAGES, labels=np.where(LABELS == 0, 10, LABELS)), "1 to 10", "MATLAB"),
    "letters.npz": (lambda: npz(images=IMAGES, labels=LABELS + 5), "5 to 14", "digits alone"),
    "nan.npz": (lambda: npz(images=np.where(IMAGES > 9, np.nan, 0), labels=LABELS), "finite", "0 to 1"),
    "scaled.npz": (lambda: npz(images=IMAGES * 7.5, labels=LABELS), "1912", "0 to 255"),
    "colour.npz": (
        lambda: npz(images=np.stack([IMAGES, IMAGES // 2, IMAGES], -1), labels=LABELS),
        "coloured",
        "grey",
    ),
    "training.npz": (lambda: npz(x_train=IMAGES, y_train=LABELS), "no test images", "test images"),
    "objects.npz": (lambda: npz(images=np.array([{}]), labels=LABELS), "no images", "N, 28, 28"),
    "which.npz": (lambda: npz(a=IMAGES, b=IMAGES, c=LABELS), "not clear: a, c, b", "images and labels"),
    "columns.parquet": (lambda: parquet(a=[1], b=[2]), "no column of labels", "0 to 9"),
    "damaged.parquet": (lambda: b"PAR1" + bytes(99) + b"PAR1", "damaged", "again"),
    "damaged.zip": (lambda: zipped(pictures())[:-100], "damaged", "again"),
    "damaged.tar.gz": (lambda: gzip.compress(tarred(pictures()))[:-900], "damaged", "again"),
    "damaged.mat": (lambda: matlab(images=IMAGES, labels=LABELS)[:2000], "damaged", "-v7"),
    "another split's labels.npz": (lambda: npz(x_test=IMAGES, y_train=LABELS), "No labels belong", "images and labels"),
    "objects as labels.npz": (
        lambda: npz(images=IMAGES, labels=LABELS.astype(object)),
        r"labels \(not of numbers\)",
        "astype",
    ),
    "cells.mat": (lambda: matlab(images=ROWS, labels=LABELS.astype(object)), r"labels \(not of numbers\)", "numbers"),
    "old Mac.csv": (lambda: table(LABELLED_ROWS).replace(b"\r\n", b"\r"), "old Macs", "UTF-8"),
    "table.xlsx": (lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "Office document", "CSV"),
    "a.pdf": (lambda: b"%PDF-1.7\n", "a PDF document", ".npz"),
    "outside.zip": (lambda: zipped(pictures("../../")), r"lead out of it \(\.\./\.\./0", "Pack the folder"),
    "absolute.tar": (lambda: tarred(pictures("/home/ann/")), "lead out of it", "Pack the folder"),
    "lzma.zip": (lambda: zipped(pictures(), zipfile.ZIP_LZMA), "packed in an unusual way", "deflate"),
    "nested.zip": (lambda: zipped({"a.zip": zipped(pictures())}), "archive in an archive", "Unpack"),
    "bytes.bin": (lambda: bytes(range(256)) * 2, "no labelled digits", ".npz"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_is_not_read_is_named_with_what_to_give(name: str, tmp_path: Path) -> None:
    make, what, advice = NAMED[name]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(InputError, match=f"{name}.*{what}") as refused:
        load_digits(tmp_path / name)
    assert advice in refused.value.advice


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ({"processed/test.pt": zipped({"test/data.pkl": b"\x80\2"})}, "torch.save"),
        ({"mnist/3.0.1/mnist-test.tfrecord-00000-of-00001": bytes(range(250))}, "TFRecord"),
        ({"dataset_info.json": b"{}", "data-00000-of-00001.arrow": ARROW}, "Arrow"),
        ({"test-00000-of-00001.parquet": LFS, "README.md": b"---\n"}, "Git LFS"),
        (
            {"notes.db": b"SQLite format 3", "a.html": b"<html>", "b.jar": zipped({"a": b""}), "c.ini": b"[a]"},
            "no labelled",
        ),
        ({"3_a.png": pictures()["3/9.png"], "4.png": pictures()["4/12.png"]}, "2 pictures, and no folders 0 to 9"),
        (
            {"train.csv": table(LABELLED_ROWS, HEADER), "test.csv": table(ROWS, HEADER[1:])},
            "no label",
        ),
        ({}, "no t10k-images-idx3-ubyte.gz"),
        (
            {f"qmnist-test-{what}.xz": lzma.compress(idx(IMAGES)) for what in ("images-idx3-ubyte", "labels-idx2-int")},
            "a compressed file",
        ),
        (
            {"t10k-images-idx3-ubyte": idx(IMAGES), "t10k-labels-idx1-ubyte.xz": lzma.compress(idx(LABELS))},
            "labels-idx1-ubyte.xz is a compressed file",
        ),
    ],
    ids=range(10),
)
def test_a_folder_that_is_not_read_is_named_with_what_to_give(
    names: dict[str, bytes], what: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=what) as refused:
        load_digits(written(tmp_path, names))
    assert refused.value.advice


def test_without_pyarrow_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digits.parquet").write_bytes(parquet(image=pictures_column(), label=LABELS))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="needs pyarrow") as refused:
        load_digits(tmp_path / "digits.parquet")
    assert "pip install 'mnist-bench[parquet]'" in refused.value.advice


def test_pictures_in_a_parquet_file_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    column: list[dict[str, object] | None] = [*pictures_column()]
    column[4] = {"bytes": b"\x89PNG broken", "path": None}
    column[7] = {"bytes": None, "path": "7.png"}
    column[9] = None
    column[12] = {"bytes": None, "path": None}
    for none in (None, float("nan")):
        labels = [none if row == 11 else label for row, label in enumerate(LABELS.tolist())]
        (tmp_path / "digits.parquet").write_bytes(parquet(image=column, label=labels))
        digits = load_digits(tmp_path / "digits.parquet")
        assert np.array_equal(digits.labels, np.delete(LABELS, [4, 7, 9, 11, 12]))
        assert digits.notes[0].startswith("25 of 30 pictures; 5 left out: row 4 (")
        assert digits.left_out[1:] == (
            "row 7 (It names a picture's file)",
            "row 9 (It has no picture)",
            "row 11 (It has no label)",
            "row 12 (It has no picture)",
        )


def test_pictures_in_an_archive_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({**pictures("a/"), "a/3/b.png": b"\x89PNG broken"}))
    digits = load_digits(tmp_path / "a.zip")
    assert len(digits) == 30
    assert digits.left_out[0].startswith("a/3/b.png (")


def test_names_in_archives_that_lead_elsewhere_are_not_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", pictures())
    (tmp_path / "a.zip").write_bytes(zipped({"../outside/3/x.png": b"", "/etc/4/y.png": b"", **pictures("a/")}))
    assert len(load_digits(tmp_path / "a.zip")) == 30
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("3/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside / "3" / "9.png")
        archive.addfile(link)
    (tmp_path / "b.tar").write_bytes(file.getvalue())
    with pytest.raises(InputError, match="no labelled digits"):
        load_digits(tmp_path / "b.tar")


def test_a_table_of_pictures_leads_nowhere_else(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {"3.png": pictures()["3/9.png"]})
    rows = [("4.png", 4), ("gone.png", 5), (str(outside / "3.png"), 3), ("../outside/3.png", 3)]
    files = {"labels.csv": table(rows, ("file", "label")), "4.png": pictures()["4/12.png"]}
    (tmp_path / "a.zip").write_bytes(zipped(files))
    for path in (written(tmp_path / "a", files), tmp_path / "a.zip", tmp_path / "a" / "labels.csv"):
        digits = load_digits(path)
        assert digits.labels.tolist() == [4]
        assert digits.notes[0].startswith("1 of 4 pictures; 3 left out: gone.png (no file has this name)")


def test_a_table_of_pictures_whose_labels_are_no_digits_is_named(tmp_path: Path) -> None:
    files = {"labels.csv": table([("a.png", 1), ("b.png", "?")], ("file", "label")), "a.png": b"", "b.png": b""}
    for path in (written(tmp_path, files), tmp_path / "labels.csv"):
        with pytest.raises(InputError, match=rf"^{tmp_path}/labels\.csv: Some labels are not numbers: \?\."):
            load_digits(path)


def test_a_password_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped({"3/a.png": pictures()["3/9.png"]}))
    for magic, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(magic) + offset] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError, match="password"):
        load_digits(tmp_path / "a.zip")


# Bounds.


@pytest.fixture
def bounded() -> Iterator[None]:
    """Fails a test at whose peak more than 300 MB were allocated."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000_000


def mat_bomb() -> bytes:
    """A variable that says it is compressed, and unpacks to 200 MB."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _ in range(20)) + packer.flush()
    return matlab(images=IMAGES)[:128] + struct.pack("<II", 15, len(packed)) + packed


def tar_bomb() -> bytes:
    """Long names of files, which tarfile reads into memory, packed to nothing."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed:
        header = tarfile.TarInfo("././@LongLink")
        header.type, header.size = tarfile.GNUTYPE_LONGNAME, 200_000_000
        packed.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(20):
            packed.write(bytes(10_000_000))
    return file.getvalue()


def promising_zip() -> bytes:
    """An archive whose list promises 4 GB."""
    data = bytearray(zipped({"3/a.png": bytes(1000)}))
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = (4_000_000_000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("make", [promising_zip, tar_bomb, mat_bomb])
def test_bombs_are_not_unpacked(make: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_files, "MOST_TAR_BYTES", 20_000_000)
    monkeypatch.setattr("mnist_bench.digits.sets.matlab.MAX_BYTES", 20_000_000)
    (tmp_path / "bomb").write_bytes(make())
    with pytest.raises(InputError, match="holds more than"):
        load_digits(tmp_path / "bomb")


@pytest.mark.usefixtures("bounded")
def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1," * 5_000_000)
    with pytest.raises(InputError, match="too large, or no table"):
        load_digits(tmp_path / "a.csv")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_files, "MOST_FILES", 25)
    for name, data in (("a.zip", zipped(pictures())), ("a.tar", tarred(pictures()))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="more than 25 files"):
            load_digits(tmp_path / name)
    with pytest.raises(InputError, match="more than 25 files"):
        load_digits(written(tmp_path / "folder", pictures()))


def test_what_is_too_large_to_be_searched_asks_for_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_MOST_LOOKED_AT_IN_ALL", 25)
    opened = list[str]()
    start = set_files.Folder.start

    def look(files: set_files.Folder, path: str, size: int) -> bytes:
        opened.append(path)
        return start(files, path, size)

    monkeypatch.setattr(set_files.Folder, "start", look)
    with pytest.raises(InputError, match="not searched") as refused:
        load_digits(written(tmp_path, {f"{at % 9 + 11}/deeper/{at}.txt": b"a, b" for at in range(100)}))
    assert "Name the folder" in refused.value.advice
    assert not opened


GOOD: dict[str, Callable[[], bytes]] = {
    "a.mat": lambda: matlab(images=IMAGES[:3], labels=LABELS[:3]),
    "plain.mat": lambda: matlab(compressed=False, test={"images": ROWS[:3], "labels": LABELS[:3, None]}),
    "a.csv": lambda: table(np.column_stack([LABELS, ROWS])[:3], HEADER),
    "a.parquet": lambda: parquet(image=pictures_column()[:3], label=LABELS[:3]),
    "a.zip": lambda: zipped(pictures("", slice(3))),
    "a.tar": lambda: tarred(pictures("", slice(3))),
    "a.tgz": lambda: gzip.compress(tarred(mnist(packed=False))),
    "a.npy": lambda: npy(IMAGES[:3]),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.usefixtures("bounded")
def test_damaged_files_are_read_or_refused(name: str, cases: int, mutate: Mutate, tmp_path: Path) -> None:
    rng, data = np.random.default_rng(5), GOOD[name]()
    (tmp_path / "b.npy").write_bytes(npy(LABELS[:3]))
    for _ in range(cases):
        (tmp_path / name).write_bytes(mutate(rng, data))
        start = time.monotonic()
        try:
            digits = load_digits(tmp_path / name)
        except InputError:
            continue
        finally:
            assert time.monotonic() - start < 5
        assert digits.images.shape == (len(digits), 28, 28)
        assert digits.labels.max() < 10
