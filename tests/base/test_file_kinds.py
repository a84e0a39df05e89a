"""Files that are no pictures are told by their content, whatever their names say."""

import struct
import zipfile
from io import BytesIO

import pytest
from PIL import Image

from mnist_bench.base.file_kinds import file_kind


def media(*brands: bytes) -> bytes:
    """The beginning of an ISO base media file."""
    return (
        struct.pack(">I", 8 + 4 * len(brands) + 4) + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:]) + bytes(40)
    )


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def saved(format_: str, mode: str) -> bytes:
    file = BytesIO()
    Image.new(mode, (20, 20)).save(file, format_, rle=False)
    return file.getvalue()


def tiff(tags: dict[int, int] | None = None) -> bytes:
    file = BytesIO()
    Image.new("L", (20, 20), 255).save(file, "TIFF", tiffinfo=tags or {})
    return file.getvalue()


def raw_tiff(order: str, **tags: int) -> bytes:
    """A TIFF file of one directory with these tags, SHORTs, and no pixels."""
    entries = b"".join(struct.pack(f"{order}HHIHH", int(tag[1:]), 3, 1, value, 0) for tag, value in tags.items())
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (bytes(5000), "zeros"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"),
        (saved("TGA", "L"), "TGA"),
        (saved("TGA", "RGB"), "TGA"),
        (b"\0\0\2\0\1\0" + bytes(20), "mouse cursor"),
        (media(b"heic", b"mif1", b"heic"), "HEIC"),
        (media(b"mif1", b"mif1", b"heic"), "HEIC"),
        (media(b"msf1"), "HEIC"),
        (media(b"avif", b"mif1", b"miaf"), "AVIF"),
        (media(b"mif1", b"avif"), "AVIF"),
        (media(b"crx ", b"isom"), "raw"),
        (media(b"isom", b"mp41"), "video"),
        (media(b"qt  "), "video"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- by hand -->\n<svg/>", "SVG"),
        (b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>\n<svg>", "SVG"),
        ("<?xml version='1.0' encoding='UTF-16'?><svg/>".encode("utf-16"), "SVG"),
        (b"\n  <!DOCTYPE html><html><body><img src='7.png'>", "web page"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><plist/>", "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "JPEG 2000"),
        (b"II*\0\x10\0\0\0CR\2\0", "raw"),
        (tiff({50706: 1}), "raw"),
        (raw_tiff("<", t254=1, t330=300), "raw"),
        (raw_tiff(">", t262=32803), "raw"),
        (raw_tiff("<", t259=34713), "raw"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (zipped("a.png"), "ZIP"),
        (zipped("[Content_Types].xml", "word/document.xml"), "Office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"{\\rtf1\\ansi", "Office"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"\x1a\x45\xdf\xa3", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
        (b"data:image/png;base64,iVBORw0KGgo=", "base64"),
        (b"iVBORw0KGgoAAAANSUhEUgAA", "base64"),
        ("eine Sieben, größer\n".encode(), "text"),
        ("é".encode() * 3000, "text"),
        (b"[InternetShortcut]\r\nURL=https://example.org/7.png\r\n", "shortcut"),
        (b"\0\x05\x16\x07\0\2\0\0Mac OS X", "macOS"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_named_with_what_to_do(data: bytes, name: str) -> None:
    kind = file_kind(data)
    assert kind is not None
    assert name in kind.name
    assert kind.advice.endswith(".")


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM"])
def test_a_picture_that_can_be_read_is_nothing_else_even_if_it_is_cut_off(format_: str) -> None:
    file = BytesIO()
    Image.new("RGB", (20, 20), "white").save(file, format_)
    for length in (12, 40, len(file.getvalue())):
        assert file_kind(file.getvalue()[:length]) is None


def test_netpbm_as_text_is_a_picture_and_not_a_text_file() -> None:
    assert file_kind(b"P2\n# by hand\n2 2\n255\n0 255 255 0\n") is None


def test_what_is_not_known_is_not_guessed() -> None:
    assert file_kind(b"\x07\x93\x00\x11" * 100) is None
    assert file_kind("Grüße".encode("latin-1")) is None
