"""Damaged and hostile IDX and .npz files: digits or an InputError, soon, within bounds, and nothing else."""

import gzip
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.idx import idx_from_bytes

Mutate = Callable[[np.random.Generator, bytes], bytes]

LONGEST_S = 5.0
MOST_BYTES = 300_000_000

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
LABELS = np.array([3, 1, 4, 1], np.uint8)


@pytest.fixture(autouse=True)
def bounded_memory() -> object:
    """Fails a test at whose peak more than 300 MB were allocated."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES


def idx(shape: tuple[int, ...], body: bytes) -> bytes:
    return bytes((0, 0, 8, len(shape))) + b"".join(side.to_bytes(4, "big") for side in shape) + body


def read_idx(data: bytes) -> bool:
    start = time.monotonic()
    try:
        array = idx_from_bytes(data)
    except InputError:
        return False
    finally:
        assert time.monotonic() - start < LONGEST_S
    assert array.dtype.kind in "uif"
    assert 1 <= array.ndim <= 4
    return True


def read_npz(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    start = time.monotonic()
    try:
        digits = load_digits(path)
    except InputError:
        return False
    finally:
        assert time.monotonic() - start < LONGEST_S
    assert digits.images.shape == (len(digits), 28, 28)
    assert digits.labels.max() < 10
    return True


def test_damaged_idx_files(cases: int, mutate: Mutate) -> None:
    rng = np.random.default_rng(1)
    plain = idx((4, 28, 28), IMAGES.tobytes())
    files = [plain, gzip.compress(plain), idx((4,), LABELS.tobytes()), gzip.compress(idx((4,), LABELS.tobytes()))]
    assert all(read_idx(data) for data in files)
    good = 0
    for case in range(cases):
        data = mutate(rng, files[case % 4])
        # Half of the damage is packed again, so that it gets past gzip's checksum.
        good += read_idx(gzip.compress(data, 1) if case % 8 < 2 else data)
    assert 0 < good < cases


def test_idx_headers_that_lie(cases: int) -> None:
    rng = np.random.default_rng(2)
    for case in range(cases):
        shape = tuple(int(2 ** rng.uniform(0, 32)) - 1 for _ in range(int(rng.integers(0, 6))))
        data = idx(shape, rng.bytes(int(rng.integers(0, 500))))
        read_idx(gzip.compress(data, 1) if case % 2 else data)


def test_a_gzip_bomb() -> None:
    packed = gzip.compress(idx((200_000_000,), bytes(100_000_000)), 1)
    assert not read_idx(packed)
    assert not read_idx(gzip.compress(idx((10,), bytes(100_000_000)), 1))


def npz(compressed: bool) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, images=IMAGES, labels=LABELS)
    return file.getvalue()


def test_damaged_npz_files(cases: int, mutate: Mutate, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    files = [npz(compressed=False), npz(compressed=True)]
    assert all(read_npz(tmp_path / "digits.npz", data) for data in files)
    good = sum(read_npz(tmp_path / "digits.npz", mutate(rng, files[case % 2])) for case in range(cases))
    assert 0 <= good < cases


def test_damaged_arrays_in_a_right_archive(cases: int, mutate: Mutate, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    arrays = {}
    for name, array in (("images", IMAGES), ("labels", LABELS)):
        file = io.BytesIO()
        np.save(file, array)
        arrays[name] = file.getvalue()
    good = 0
    for _ in range(cases):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if rng.random() < 0.5 else zipfile.ZIP_STORED) as archive:
            for name, data in arrays.items():
                archive.writestr(f"{name}.npy", mutate(rng, data) if rng.random() < 0.7 else data)
        good += read_npz(tmp_path / "digits.npz", file.getvalue())
    assert 0 < good < cases


def test_npz_bombs(tmp_path: Path) -> None:
    header = b"\x93NUMPY\x01\x00"
    shape = b"{'descr': '|u1', 'fortran_order': False, 'shape': (100000, 28, 28)}"
    start = header + len(shape).to_bytes(2, "little") + shape
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("images.npy", start + bytes(100_000_000))
        archive.writestr("labels.npy", start)
    data = file.getvalue()
    assert not read_npz(tmp_path / "digits.npz", data)
    # The archive's list says that the bomb is small.
    real = (len(start) + 100_000_000).to_bytes(4, "little")
    assert real in data
    assert not read_npz(tmp_path / "digits.npz", data.replace(real, (1000).to_bytes(4, "little")))
