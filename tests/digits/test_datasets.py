import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import LabelledDigits, load_digits

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    shape = b"".join(side.to_bytes(4, "big") for side in array.shape)
    data = bytes((0, 0, 8, array.ndim)) + shape + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize(("split", "prefix"), [("test", "t10k"), ("train", "train")])
def test_a_folder_of_idx_files_under_any_of_their_names(
    ending: str, joint: str, split: str, prefix: str, tmp_path: Path
) -> None:
    write_idx(tmp_path / f"{prefix}-images{joint}idx3-ubyte{ending}", IMAGES)
    write_idx(tmp_path / f"{prefix}-labels{joint}idx1-ubyte{ending}", LABELS)
    assert split in ("test", "train")
    digits = load_digits(tmp_path, "test" if split == "test" else "train")
    assert np.array_equal(digits.images, IMAGES)
    assert np.array_equal(digits.labels, LABELS)
    assert len(digits) == 5


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_idx(tmp_path / "t10k-images-idx3-ubyte", IMAGES)
    with pytest.raises(InputError, match="t10k-labels"):
        load_digits(tmp_path)
    with pytest.raises(InputError, match="no train images, only t10k-images-idx3-ubyte"):
        load_digits(tmp_path, "train")


def test_an_empty_folder_gets_advice_that_holds_in_the_window_too(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        load_digits(tmp_path)
    assert "folder of MNIST's files" in refused.value.advice
    assert "--" not in refused.value.advice


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES, LABELS),
        (IMAGES.reshape(5, 784), LABELS.astype(np.int64)),
        (np.asfortranarray(IMAGES), LABELS.astype(">i2")),
    ],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_file(images: NDArray[np.uint8], labels: NDArray[np.uint8], save: object, tmp_path: Path) -> None:
    assert callable(save)
    save(tmp_path / "digits.npz", images=images, labels=labels, more=np.ones(3))
    digits = load_digits(tmp_path / "digits.npz")
    assert np.array_equal(digits.images, IMAGES)
    assert np.array_equal(digits.labels, LABELS)
    assert digits.labels.dtype == np.uint8
    assert digits.name == "digits.npz"


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"images": IMAGES},
        {"labels": LABELS},
        {"images": IMAGES / 64, "labels": LABELS},
        {"images": IMAGES.astype(np.int64) - 9, "labels": LABELS},
        {"images": IMAGES[:, :20], "labels": LABELS},
        {"images": IMAGES, "labels": LABELS[:4]},
        {"images": IMAGES, "labels": np.stack([LABELS, LABELS], axis=1)},
        {"images": IMAGES, "labels": LABELS + 6},
        {"images": IMAGES, "labels": LABELS.astype(np.int64) - 2},
        {"images": IMAGES, "labels": LABELS.astype(np.int64) + 256},
        {"images": IMAGES, "labels": LABELS.astype(np.float32) + 0.5},
        {"images": IMAGES[:0], "labels": LABELS[:0]},
        {"images": np.array(7, np.uint8), "labels": LABELS},
        {"images": np.array([b"text"]), "labels": LABELS},
        {"images": np.array([{}]), "labels": LABELS},
    ],
    ids=range(16),
)
def test_what_does_not_fit_is_refused(arrays: dict[str, NDArray[np.uint8]], tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", allow_pickle=True, **arrays)
    with pytest.raises(InputError):
        load_digits(tmp_path / "digits.npz")


def npy(shape: object, body: bytes = b"", descr: str = "|u1") -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


def archive(images: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("images.npy", images)
        archive.writestr("labels.npy", npy((5,), LABELS.tobytes()))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"not a zip file",
        archive(npy((5, 28, 28), IMAGES.tobytes()))[:-30],
        archive(b""),
        archive(npy((5, 28, 28), IMAGES.tobytes()[:-1])),
        archive(npy((5, 28, 28), IMAGES.tobytes() + b"\0")),
        archive(npy((10**15, 28, 28))),
        archive(npy((-5, 28, -28), IMAGES.tobytes())),
        archive(npy("(" * 500)),
        archive(npy((5, 28, 28), IMAGES.tobytes(), descr="|O")),
        archive(npy((5, 28, 28), IMAGES.tobytes(), descr="nonsense")),
        archive(npy((5, 28, 28), IMAGES.tobytes()), zipfile.ZIP_LZMA),
        archive(bytes(257_000_000)),
    ],
    ids=range(14),
)
def test_a_damaged_or_hostile_npz_file_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "digits.npz").write_bytes(data)
    with pytest.raises(InputError, match=r"digits\.npz"):
        load_digits(tmp_path / "digits.npz")


def test_labels_and_images_must_fit_each_other() -> None:
    with pytest.raises(InputError, match="numbers of images and labels differ"):
        LabelledDigits(IMAGES, LABELS[:4], "these")


@pytest.mark.mnist
def test_the_real_files(mnist: Path) -> None:
    test, train = load_digits(mnist, "test"), load_digits(mnist, "train")
    assert (len(test), len(train)) == (10_000, 60_000)
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
