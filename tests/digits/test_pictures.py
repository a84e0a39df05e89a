import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.base.errors import InputError
from mnist_bench.digits.decoding import MAX_PIXELS, decode_picture
from mnist_bench.digits.drawing import Drawing, drawing_to_json
from mnist_bench.digits.pictures import load_digit, picture_bytes_to_digit

Pixels = NDArray[np.uint8]
Ink = NDArray[np.float64]


def encode(light: Ink, format_: str = "PNG", **options: Any) -> bytes:
    """A picture file of light 0 to 1, (H, W) or (H, W, 3 or 4)."""
    return encode_image(Image.fromarray(np.clip(np.rint(light * 255), 0, 255).astype(np.uint8)), format_, **options)


def encode_image(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def assert_is_two(data: bytes, two: Pixels, likeness: float = 0.99) -> None:
    pixels = picture_bytes_to_digit(data)
    assert pixels.shape == (28, 28)
    assert pixels.dtype == np.uint8
    assert np.corrcoef(pixels.ravel(), two.ravel())[0, 1] > likeness
    assert float(pixels.sum()) == pytest.approx(float(two.sum()), rel=0.15)


FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_every_format_both_ways_round(format_: str, light_on_dark: bool, ink: Ink, two: Pixels) -> None:
    assert_is_two(encode(ink if light_on_dark else 1 - ink, format_), two)


def image_of(ink: Ink, mode: str) -> Image.Image:
    grey = Image.fromarray(((1 - ink) * 255).astype(np.uint8))
    if mode == "I;16":
        return Image.fromarray(((1 - 0.9 * ink) * 65535).astype(np.uint16))
    return grey.convert(mode, dither=Image.Dither.NONE) if mode == "1" else grey.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_in_png(mode: str, ink: Ink, two: Pixels) -> None:
    assert_is_two(encode_image(image_of(ink, mode)), two)


@pytest.mark.parametrize("format_", ["JPEG", "TIFF"])
def test_a_picture_for_print(format_: str, ink: Ink, two: Pixels) -> None:
    assert_is_two(encode_image(image_of(ink, "RGB").convert("CMYK"), format_), two)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "YCbCr", "LAB"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_every_kind_of_pixel_in_tiff(mode: str, compression: str, ink: Ink, two: Pixels) -> None:
    image = image_of(ink, "RGB" if mode == "LAB" else mode)
    if mode == "LAB":
        image = Image.merge("LAB", (image.getchannel(0), *[Image.new("L", image.size, 128)] * 2))
    assert_is_two(encode_image(image, "TIFF", compression=compression), two)


def test_a_fax(ink: Ink, two: Pixels) -> None:
    assert_is_two(encode_image(image_of(ink, "1"), "TIFF", compression="group4"), two)


@pytest.mark.parametrize("full", [1, 255, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_a_scanner_that_uses_some_of_its_bits(full: int, kind: type, ink: Ink, two: Pixels) -> None:
    """Medical and scientific pictures keep 10 or 12 bits in 16, masks 0 and 1, and fractions in floats."""
    light = (1 - ink) * full
    image = Image.fromarray((light if kind is np.float32 else np.rint(light)).astype(kind))
    assert_is_two(encode_image(image, "TIFF"), two, 0.97)


def test_values_that_are_no_numbers_are_dark(ink: Ink, two: Pixels) -> None:
    light = (1 - ink).astype(np.float32)
    light[ink > 0.5] = np.nan
    assert_is_two(encode_image(Image.fromarray(light), "TIFF"), two, 0.97)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_white_may_be_zero_in_tiff(kind: type, ink: Ink) -> None:
    """A scanner's habit: the digit is found either way, but a person is shown the paper white."""
    written = 1 - ink if kind is np.uint8 else ink  # Pillow inverts bytes by itself
    values: NDArray[Any] = (written * np.iinfo(kind).max).astype(kind)
    view = decode_picture(encode_image(Image.fromarray(values), "TIFF", tiffinfo={262: 0}))
    assert np.abs(view.planes[0] - (1 - ink)).max() < 0.01


@pytest.mark.parametrize("head", [b"P5 280 280 255\n", b"P5\n# a scan\n280 280\n200\n", b"P2\n280 280\n255\n"])
def test_netpbm_in_bytes_and_as_text(head: bytes, ink: Ink, two: Pixels) -> None:
    values = np.rint((1 - ink) * (200 if b"200" in head else 255)).astype(np.uint8)
    body = " ".join(map(str, values.ravel().tolist())).encode() if head.startswith(b"P2") else values.tobytes()
    assert_is_two(head + body, two)


def test_a_bitmap_of_netpbm(ink: Ink, two: Pixels) -> None:
    assert_is_two(b"P4 280 280\n" + np.packbits(ink > 0.5, axis=1).tobytes(), two, 0.97)


def test_a_large_netpbm_that_is_slow_to_read_is_refused_at_once() -> None:
    for head in (b"P2 3000 3000 255\n", b"P6 2000 2000 100\n"):
        with pytest.raises(InputError, match="slow to read"):
            picture_bytes_to_digit(head + bytes(100))


@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_ink_on_a_transparent_ground(colour: float, ink: Ink, two: Pixels) -> None:
    light = np.stack((*[np.full_like(ink, colour)] * 3, ink), axis=2)
    assert_is_two(encode(light), two)
    assert_is_two(encode(light, "WEBP"), two)


def test_paper_with_transparent_corners(ink: Ink, two: Pixels) -> None:
    light = np.stack((*[0.9 - 0.8 * ink] * 3, np.ones_like(ink)), axis=2)
    light[:30, :30] = light[-30:, -30:] = 0
    assert_is_two(encode(light), two)


def test_a_palette_with_a_transparent_colour(ink: Ink, two: Pixels) -> None:
    image = Image.fromarray((ink > 0.5).astype(np.uint8)).convert("P")
    image.putpalette([255, 0, 255, 10, 10, 10])
    assert_is_two(encode_image(image, transparency=0), two, 0.97)


@pytest.mark.parametrize(
    "colours", [((0.2, 0.6, 0.3), (0.8, 0.2, 0.3)), ((1, 1, 1), (1, 1, 0.1)), ((0, 0, 0.5), (0.9, 0.9, 0))]
)
def test_ink_of_another_colour(colours: tuple[tuple[float, ...], ...], ink: Ink, two: Pixels) -> None:
    paper, pen = (np.array(colour) for colour in colours)
    assert_is_two(encode(paper + (pen - paper) * ink[:, :, None]), two)


@pytest.mark.parametrize(
    ("orientation", "transpose"),
    [(1, None), (3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270),
     (2, Image.Transpose.FLIP_LEFT_RIGHT), (5, Image.Transpose.TRANSPOSE)],
)  # fmt: skip
def test_a_camera_that_was_held_sideways(
    orientation: int, transpose: Image.Transpose | None, ink: Ink, two: Pixels
) -> None:
    image = image_of(ink, "L")
    image = image.transpose(transpose) if transpose is not None else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    for format_ in ("JPEG", "PNG", "WEBP", "TIFF"):
        assert_is_two(encode_image(image, format_, exif=exif), two)


def test_two_pictures_in_one_jpeg_as_phones_take_them(ink: Ink, two: Pixels) -> None:
    """MPO: a preview, a second eye or a depth map behind the photograph."""
    image = image_of(ink, "RGB")
    assert_is_two(encode_image(image, "MPO", save_all=True, append_images=[Image.new("RGB", (90, 60))]), two)


def papers(size: int) -> dict[str, Ink]:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return {
        "side light": 0.65 + 0.3 * x,
        "dark corners": 0.95 - 0.35 * (x * x + y * y),
        "a lamp": 0.5 + 0.45 * np.exp(-((x - 0.5) ** 2) - (y + 0.5) ** 2),
        "a shadow": np.where(x + y > 0.9, 0.7, 0.9),
    }


@pytest.mark.parametrize("paper", papers(2))
def test_a_photo_of_unevenly_lit_paper(paper: str, ink: Ink, two: Pixels) -> None:
    noise = np.random.default_rng(0).normal(0, 0.015, ink.shape)
    light = papers(280)[paper] * (1 - 0.7 * ink) + noise
    assert_is_two(encode(light, "JPEG", quality=60), two, 0.97)


def test_pencil_on_grainy_paper(ink: Ink, two: Pixels) -> None:
    grain = np.random.default_rng(0).normal(0, 0.02, ink.shape)
    assert_is_two(encode(0.85 - 0.2 * ink + grain), two)


def test_specks_of_dust_are_ignored(ink: Ink, two: Pixels) -> None:
    light = 1 - ink
    for y, x in np.random.default_rng(0).integers(0, 277, (60, 2)):
        light[y : y + 3, x : x + 3] = 0
    assert_is_two(encode(light), two)


def test_a_large_picture_and_a_small_digit_in_it(ink: Ink, two: Pixels) -> None:
    large = image_of(ink, "L").resize((2400, 2400), Image.Resampling.BICUBIC)
    assert_is_two(encode_image(large, "JPEG"), two)
    page = np.ones((1200, 1600))
    page[800:1080, 300:580] -= ink
    assert_is_two(encode(page), two, 0.98)


def test_a_picture_that_is_cut_close(ink: Ink, two: Pixels) -> None:
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    light = 1 - ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert_is_two(encode(light), two)
    assert_is_two(encode(1 - light), two)


def test_thin_lines_stay_visible(draw_two: Callable[[int, float], Ink]) -> None:
    pixels = picture_bytes_to_digit(encode(1 - draw_two(560, 1.0)))
    assert (pixels > 200).sum() > 20


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_28_x_28_that_lies_as_mnists_digits_do_is_taken_as_it_is(mode: str, two: Pixels) -> None:
    pixels = two.copy()
    pixels[14, 14] ^= 77  # whatever was computed anew would not have it
    image = Image.fromarray(pixels).convert(mode)
    assert np.array_equal(picture_bytes_to_digit(encode_image(image)), pixels)


@pytest.mark.parametrize("move", [(-3, -3), (3, 3), (0, 3), (-3, 0)])
def test_28_x_28_that_is_off_centre_is_centred(move: tuple[int, int], two: Pixels) -> None:
    assert_is_two(encode_image(Image.fromarray(np.roll(two, move, (0, 1)))), two, 0.92)


def test_28_x_28_whose_ink_fills_it_is_centred(draw_two: Callable[[int, float], Ink], two: Pixels) -> None:
    ink = draw_two(280, 20.0)
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    close = Image.fromarray((255 * ink[rows[0] : rows[-1], columns[0] : columns[-1]]).astype(np.uint8))
    width = round(28 * close.width / close.height)
    filled = Image.new("L", (28, 28))
    filled.paste(close.resize((width, 28), Image.Resampling.BOX), ((28 - width) // 2, 0))
    assert_is_two(encode_image(filled), two, 0.95)


def test_28_x_28_dark_on_light_is_not(two: Pixels) -> None:
    data = encode_image(Image.fromarray(255 - two))
    assert_is_two(data, two, 0.9)


def test_the_first_frame_or_page_counts_and_of_a_blank_one_the_last(ink: Ink, two: Pixels) -> None:
    frames = [Image.fromarray(((1 - ink) * 255).astype(np.uint8)), Image.new("L", (280, 280), 255)]
    for format_ in ("WEBP", "PNG", "GIF", "TIFF"):
        for first, *others in (frames, [*frames[::-1]]):
            assert_is_two(encode_image(first, format_, save_all=True, append_images=others), two)


def test_of_a_large_picture_without_a_digit_it_says_that_one_may_be_too_small() -> None:
    with pytest.raises(InputError) as refused:
        picture_bytes_to_digit(encode(np.ones((900, 700))))
    assert "cut out" in refused.value.advice


@pytest.mark.parametrize(
    "light",
    [
        np.ones((280, 280)),
        np.zeros((28, 28)),
        np.zeros((1, 1)),
        np.linspace(0.2, 0.9, 280)[None].repeat(200, 0),
        np.random.default_rng(0).normal(0.5, 0.05, (280, 280)),
        np.zeros((64, 64, 4)),
    ],
    ids=["white", "black", "a pixel", "a slope", "noise", "transparent"],
)
def test_a_blank_picture_has_no_digit(light: Ink) -> None:
    with pytest.raises(InputError, match="No digit"):
        picture_bytes_to_digit(encode(light))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(MAX_PIXELS + 1, 1), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_huge_picture_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        picture_bytes_to_digit(png(*size))


@pytest.mark.parametrize(("format_", "name"), [("ICO", "icon"), ("PDF", "PDF"), ("JPEG2000", "JPEG 2000")])
def test_other_formats_are_named(format_: str, name: str, ink: Ink) -> None:
    with pytest.raises(InputError, match=name) as refused:
        picture_bytes_to_digit(encode(1 - ink, format_))
    assert refused.value.advice


def test_a_tiff_that_pillow_does_not_know_is_told_as_one(ink: Ink) -> None:
    """Of a photometric interpretation that there is not."""
    data = encode_image(Image.fromarray(np.uint16(ink * 65535)), "TIFF")
    entry = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00")
    rare = data[: entry + 8] + b"\x63\x00" + data[entry + 10 :]
    with pytest.raises(InputError, match="TIFF") as refused:
        picture_bytes_to_digit(rare)
    assert refused.value.advice == "Save it as PNG."


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF"])
def test_a_picture_that_ends_too_soon_is_called_incomplete(format_: str, ink: Ink) -> None:
    with pytest.raises(InputError, match="incomplete") as refused:
        picture_bytes_to_digit(encode(1 - ink, format_)[:60])
    assert refused.value.advice == "Copy or download it again."


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_a_png_whose_pixels_are_damaged_is_called_so(share: float, ink: Ink) -> None:
    """Even where zlib makes something of them, or nothing, as of a blank page."""
    data = bytearray(encode(1 - ink))
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4], "big")
    data[start + int(share * length)] ^= 0x10
    with pytest.raises(InputError, match="damaged or incomplete"):
        picture_bytes_to_digit(bytes(data))


def test_what_is_nothing_known_is_called_damaged(ink: Ink) -> None:
    with pytest.raises(InputError, match="damaged, or not a picture") as refused:
        picture_bytes_to_digit(encode(1 - ink, "PCX"))
    assert "TIFF" in refused.value.advice


@pytest.mark.parametrize("format_", FORMATS)
def test_a_truncated_picture_is_refused(format_: str, ink: Ink) -> None:
    data = encode(1 - ink, format_)
    for share in (0.0, 0.01, 0.3, 0.9):
        with pytest.raises(InputError):
            picture_bytes_to_digit(data[: int(len(data) * share)])


def test_a_file_is_opened_by_its_content(tmp_path: Path, ink: Ink, two: Pixels, two_drawing: Drawing) -> None:
    path = tmp_path / "digit.dat"
    path.write_bytes(drawing_to_json(replace(two_drawing, label=2)))
    opened = load_digit(path)
    assert (opened.label, opened.name, opened.drawing) == (2, "digit.dat", replace(two_drawing, label=2))
    assert np.array_equal(opened.pixels, two)
    path.write_bytes(encode(1 - ink))
    opened = load_digit(path)
    assert (opened.label, opened.drawing) == (None, None)
    assert np.array_equal(opened.pixels, picture_bytes_to_digit(path.read_bytes()))


def test_an_empty_drawing_has_no_digit(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(drawing_to_json(Drawing(280, 280, 20, ())))
    with pytest.raises(InputError, match="empty"):
        load_digit(tmp_path / "empty.json")


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("no picture")
    with pytest.raises(InputError, match=r"notes\.png"):
        load_digit(path)
    path.write_bytes(b'{"strokes"')
    with pytest.raises(InputError, match=r"notes\.png"):
        load_digit(path)
    with pytest.raises(InputError, match=r"missing\.png"):
        load_digit(tmp_path / "missing.png")


@pytest.mark.parametrize(
    ("size", "is_read"), [((4000, 2), False), ((3, 300), False), ((4, 28), True), ((640, 20), True)]
)
def test_a_strip_too_narrow_for_a_digit_is_refused_and_a_line_of_digits_is_not(
    size: tuple[int, int], is_read: bool
) -> None:
    data = encode_image(Image.new("L", size, 255))
    if is_read:
        assert decode_picture(data).size == size
        return
    with pytest.raises(InputError, match="too narrow a strip"):
        decode_picture(data)
