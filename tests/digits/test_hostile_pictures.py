"""Damaged and hostile pictures: a digit image or an InputError, soon, and nothing else."""

import io
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.base.errors import InputError
from mnist_bench.digits.pictures import picture_bytes_to_digit

Mutate = Callable[[np.random.Generator, bytes], bytes]

LONGEST_S = 5.0
"""For one case on a busy machine; a picture of 64 million pixels, the largest allowed, may take a few seconds."""


def variants(ink: NDArray[np.float64]) -> list[bytes]:
    """Small valid pictures of every format and of many kinds."""
    grey = Image.fromarray(((1 - ink) * 255).astype(np.uint8)).resize((60, 60))
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[Image.Image, str, dict[str, object]]] = [
        (grey, "PNG", {}),
        (grey.convert("1"), "PNG", {}),
        (grey.convert("P"), "PNG", {"transparency": 255}),
        (grey.convert("RGBA"), "PNG", {"exif": exif}),
        (deep, "PNG", {}),
        (grey, "PNG", {"save_all": True, "append_images": [grey.rotate(90)]}),
        (grey, "JPEG", {"exif": exif}),
        (grey.convert("RGB"), "JPEG", {"progressive": True}),
        (grey.convert("CMYK"), "JPEG", {}),
        (grey, "BMP", {}),
        (grey.convert("P"), "BMP", {}),
        (grey.convert("RGB"), "WEBP", {"exif": exif}),
        (grey.convert("RGBA"), "WEBP", {"lossless": True}),
        (grey, "WEBP", {"save_all": True, "append_images": [grey.rotate(90)]}),
        (grey, "GIF", {"save_all": True, "append_images": [grey.rotate(90)]}),
        (grey.convert("P"), "GIF", {"transparency": 255, "interlace": 1}),
        (deep, "TIFF", {"save_all": True, "append_images": [grey]}),
        (grey.convert("1"), "TIFF", {"compression": "group4"}),
        (grey.convert("RGB"), "TIFF", {"compression": "tiff_lzw", "exif": exif}),
        (grey.convert("RGB"), "TIFF", {"compression": "jpeg"}),
        (grey.convert("CMYK"), "TIFF", {"compression": "tiff_adobe_deflate"}),
        (grey.convert("1"), "PPM", {}),
        (deep, "PPM", {}),
    ]
    files = []
    for image, format_, options in kinds:
        file = io.BytesIO()
        image.save(file, format_, **options)
        files.append(file.getvalue())
    return files


def with_right_checksums(data: bytes) -> bytes:
    """A PNG file whose chunks have checksums that fit again, so that the damage reaches the decoder."""
    out, at = data[:8], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        out += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return out


def decode(data: bytes) -> bool:
    """Whether it gave a digit; anything but a digit or an InputError fails the test."""
    start = time.monotonic()
    try:
        pixels = picture_bytes_to_digit(data)
    except InputError:
        return False
    finally:
        assert time.monotonic() - start < LONGEST_S
    assert pixels.shape == (28, 28)
    assert pixels.dtype == np.uint8
    assert pixels.any()
    return True


def test_damaged_pictures(
    cases: int, ink: NDArray[np.float64], mutate: Mutate, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    files = variants(ink)
    assert all(decode(data) for data in files)
    good = 0
    for case in range(cases):
        data = mutate(rng, files[case % len(files)])
        if data.startswith(b"\x89PNG") and case % 3:
            data = with_right_checksums(data)
        good += decode(data)
    assert 0 < good < cases, "the damage is neither harmless nor total"
    assert capfd.readouterr() == ("", ""), "a decoder's own words are nobody's"


def test_noise_after_a_right_beginning(cases: int, ink: NDArray[np.float64]) -> None:
    rng = np.random.default_rng(2)
    files = variants(ink)
    for case in range(cases):
        head = files[case % len(files)][: int(rng.integers(2, 80))]
        decode(head + rng.bytes(int(rng.integers(0, 2000))))


BOMB = """
import io, resource, sys
from PIL import Image
from mnist_bench.digits.pictures import picture_bytes_to_digit
from mnist_bench.base.errors import InputError
file = io.BytesIO()
Image.new("L", (8000, 8000)).save(file, "PNG")
head = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in (file.getvalue(), file.getvalue().replace((8000).to_bytes(4, "big"), (80000).to_bytes(4, "big"))):
    try:
        picture_bytes_to_digit(data)
    except InputError as error:
        print(error.message)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - head) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak memory of a process is counted in kB on Linux only")
def test_a_zip_bomb_costs_no_more_memory_than_the_largest_picture() -> None:
    process = subprocess.run(
        [sys.executable, "-c", BOMB], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2]
    )
    blank, refused, megabytes = process.stdout.splitlines()
    assert blank.startswith("No digit")
    assert refused.startswith(("The picture is too large", "The picture is damaged"))
    assert int(megabytes) < 200
