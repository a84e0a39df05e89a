import gzip
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.idx import MAX_BYTES, idx_from_bytes, read_idx

IMAGES = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)


def idx(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kind: int = 8) -> bytes:
    shape = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return bytes((0, 0, kind, array.ndim)) + shape + array.tobytes()


@pytest.mark.parametrize("array", [IMAGES, IMAGES[0, 0], IMAGES[:0], IMAGES.reshape(3, 4, 7, 28)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_array_comes_back(
    array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], pack: object, tmp_path: Path
) -> None:
    assert callable(pack)
    (tmp_path / "file").write_bytes(pack(idx(array)))
    read = read_idx(tmp_path / "file")
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)


def test_the_name_of_a_damaged_file_is_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "digits-idx3-ubyte").write_bytes(b"no")
    with pytest.raises(InputError, match="digits-idx3-ubyte"):
        read_idx(tmp_path / "digits-idx3-ubyte")


GOOD = gzip.compress(idx(IMAGES))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"not IDX at all",
        idx(IMAGES)[:-1],
        idx(IMAGES) + b"\0",
        idx(IMAGES)[:10],
        idx(IMAGES, kind=13),
        b"\0\0\x08\0",
        b"\0\0\x08\xff" + b"\0" * 2000,
        b"\0\0\x08\x03" + b"\xff" * 12,
        GOOD[:-1],
        GOOD[:-9],
        GOOD[:15],
        GOOD[:2],
        GOOD + b"more",
        GOOD + GOOD,
        GOOD[:-8] + b"\0\0\0\0" + GOOD[-4:],
        gzip.compress(idx(IMAGES)[:-1]),
        gzip.compress(idx(IMAGES) + b"\0"),
        gzip.compress(idx(IMAGES[:0]) + b"\0" * 50),
        gzip.compress(b""),
        b"\0\0\x08\x03" + b"\xff" * 8 + bytes(4),  # nothing, in a shape that no array can have
    ],
    ids=range(22),
)
def test_damage_of_every_kind_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        idx_from_bytes(data)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(idx(IMAGES) + bytes(300_000_000), compresslevel=1)
    assert len(bomb) < 2_000_000
    with pytest.raises(InputError, match="longer"):
        idx_from_bytes(bomb)
    with pytest.raises(InputError, match="256 MB"):
        idx_from_bytes(b"\0\0\x08\x01" + (MAX_BYTES + 1).to_bytes(4, "big"))
