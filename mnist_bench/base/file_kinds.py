"""Says what a file is by its content, for a sentence about one that cannot be used."""

import re
import struct
from dataclasses import dataclass
from typing import Final

_SAVE: Final = "Save it as PNG or JPEG."
_EXPORT: Final = "Export it as PNG, or take a screenshot of the digit."
UNPACK: Final = "Unpack it first."
AGAIN: Final = "Copy or download it again."
_FRAME: Final = "Take a screenshot of one frame."
_PICTURE: Final = "Use a picture of one or more digits."
_RAW_ADVICE: Final = "Export it as JPEG with a photo program."
_HEIC_ADVICE: Final = (
    "Save it as JPEG or PNG; an iPhone takes JPEGs with Settings > Camera > Formats > Most Compatible."
)
_LFS_ADVICE: Final = "Get the file itself with `git lfs pull`, or download it from the web page of its repository."

_LOOKED_AT: Final = 4096
"""Bytes at the beginning by which text is told."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, as in "a PDF document", and what a person who wanted a picture can do."""

    name: str
    advice: str = _PICTURE


TEXT: Final = FileKind("a text file")
LFS_POINTER: Final = FileKind("a Git LFS pointer, a few lines of text that stand for the file", _LFS_ADVICE)
_RAW: Final = FileKind("a camera's raw file", _RAW_ADVICE)
_ICON: Final = FileKind("an icon", _SAVE)
_TGA: Final = FileKind("a TGA picture", _SAVE)
_VIDEO: Final = FileKind("a video", _FRAME)
_SOUND: Final = FileKind("a sound file")
_SVG: Final = FileKind("an SVG drawing", _EXPORT)
_JPEG_2000: Final = FileKind("a JPEG 2000 picture", _SAVE)
_JPEG_XL: Final = FileKind("a JPEG XL picture", _SAVE)
_POSTSCRIPT: Final = FileKind("a PostScript document", _EXPORT)
_METAFILE: Final = FileKind("a Windows metafile", _EXPORT)
_ZIP: Final = FileKind("a ZIP archive", UNPACK)
_ARCHIVE: Final = FileKind("an archive", UNPACK)
_PACKED: Final = FileKind("a compressed file", UNPACK)
_OFFICE: Final = FileKind("an Office document", "Save the picture in it as PNG or JPEG.")
_SHORTCUT: Final = FileKind("a shortcut, not the file that it leads to", "Open the file itself.")

_BEGINNINGS: Final = (
    (0, b"%PDF-", FileKind("a PDF document", _EXPORT)),
    (0, b"%!PS", _POSTSCRIPT),
    (0, b"\xc5\xd0\xd3\xc6", _POSTSCRIPT),
    (0, b"8BPS", FileKind("a Photoshop file", _SAVE)),
    (0, b"gimp xcf", FileKind("a GIMP file", _SAVE)),
    (0, b"\0\0\1\0", _ICON),
    (0, b"\0\0\2" + bytes(5), _TGA),
    (0, b"\0\0\3" + bytes(5), _TGA),
    (0, b"\0\0\2\0", FileKind("a mouse cursor", _SAVE)),
    (0, b"icns", _ICON),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", _JPEG_XL),
    (0, b"\xff\x0a", _JPEG_XL),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", _JPEG_2000),
    (0, b"\xff\x4f\xff\x51", _JPEG_2000),
    (0, b"II\xbc", FileKind("a JPEG XR picture", _SAVE)),
    (0, b"\x8aMNG", FileKind("an MNG animation", _FRAME)),
    (0, b"P7\n", FileKind("a PAM picture", _SAVE)),
    (0, b"PF\n", FileKind("a PFM picture in colour", _SAVE)),
    (0, b"qoif", FileKind("a QOI picture", _SAVE)),
    (0, b"BPG\xfb", FileKind("a BPG picture", _SAVE)),
    (0, b"\x01\xda", FileKind("an SGI picture", _SAVE)),
    (0, b"\x59\xa6\x6a\x95", FileKind("a Sun raster picture", _SAVE)),
    (0, b"v/1\x01", FileKind("an OpenEXR picture", _SAVE)),
    (0, b"#?RADIANCE", FileKind("a Radiance HDR picture", _SAVE)),
    (0, b"DDS ", FileKind("a DirectDraw texture", _SAVE)),
    (0, b"SIMPLE  =", FileKind("a FITS file", _SAVE)),
    (128, b"DICM", FileKind("a DICOM file", _SAVE)),
    (0, b"AT&TFORM", FileKind("a DjVu document", _EXPORT)),
    (0, b"\xd7\xcd\xc6\x9a", _METAFILE),
    (40, b" EMF", _METAFILE),
    (8, b"CR\x02", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"MMOR", _RAW),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"FOVb", _RAW),
    (0, b"\0MRM", _RAW),
    (6, b"HEAPCCDR", _RAW),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (0, b"{\\rtf", _OFFICE),
    (0, b"Rar!", _ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (257, b"ustar", _ARCHIVE),
    (0, b"\x1f\x8b", _PACKED),
    (0, b"BZh", _PACKED),
    (0, b"\xfd7zXZ", _PACKED),
    (0, b"\x28\xb5\x2f\xfd", _PACKED),
    (0, b"\x1a\x45\xdf\xa3", _VIDEO),
    (8, b"AVI ", _VIDEO),
    (0, b"FLV\x01", _VIDEO),
    (0, b"\0\0\1\xba", _VIDEO),
    (0, b"\0\0\1\xb3", _VIDEO),
    (0, b"\x30\x26\xb2\x75", _VIDEO),
    (4, b"moov", _VIDEO),
    (4, b"mdat", _VIDEO),
    (0, b"OggS", _SOUND),
    (0, b"ID3", _SOUND),
    (0, b"fLaC", _SOUND),
    (8, b"WAVE", _SOUND),
    (0, b"\x93NUMPY", FileKind("a NumPy array", "Save it as a picture, or evaluate it as an .npz file.")),
    (0, b"\x89HDF", FileKind("an HDF5 file")),
    (0, b"SQLite format 3", FileKind("a database")),
    (0, b"\x7fELF", FileKind("a program")),
    (0, b"MZ", FileKind("a program")),
    (0, b"\x4c\0\0\0\x01\x14\x02\0", _SHORTCUT),
    (0, b"[InternetShortcut]", _SHORTCUT),
    (0, b"bplist00", FileKind("a property list of macOS, not the file that it describes", AGAIN)),
    (0, b"\0\x05\x16\x07", FileKind("what macOS notes beside a file, not the file itself", "Open the file itself.")),
    (0, b"\0\0\0\1Bud1", FileKind("what macOS notes about a folder")),
)
"""At which byte a file of a kind has which bytes."""

_BRANDS: Final = (
    (("avif", "avis"), FileKind("an AVIF picture", _SAVE)),
    (("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"), FileKind("a HEIC photograph", _HEIC_ADVICE)),
    (("crx ",), _RAW),
    (("jxl ",), _JPEG_XL),
    (("jp2 ", "jpx ", "jpm "), _JPEG_2000),
    (("M4A ", "M4B "), _SOUND),
)
"""Of the ISO base media file format (ISO/IEC 14496-12), what is no video."""

_TEXTS: Final = (
    (rb"<!doctype html|<html|<head|<body", FileKind("a web page", "Save the picture itself, not the page around it.")),
    (rb"<(svg:)?svg[\s>/]|<!doctype svg", _SVG),
    (rb"/\* XPM|#define \w+_width", FileKind("a picture as C source text", _SAVE)),
    (rb"data:image/|iVBORw0KGgo|/9j/", FileKind("a picture as base64 text", "Decode it first.")),
    (rb"<\?xml", FileKind("an XML document")),
)
"""What text begins with, after XML's declarations and comments."""

_PROLOGUE: Final = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype svg[^>\[]*(?:\[.*?\]\s*)?>)*", re.I | re.S)
_READ: Final = re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|BM|GIF8|RIFF....WEBP|P[1-6f][\s#]", re.S)


def file_kind(data: bytes) -> FileKind | None:
    """What the file with these bytes is, where that is something else than a picture that can be read.

    None for PNG, JPEG, BMP, WebP, GIF, TIFF and PNM, even if damaged, and for what is not known.
    """
    if not data:
        return FileKind("empty", AGAIN)
    if is_lfs_pointer(data):
        return LFS_POINTER
    if begins_as_picture(data):
        return None
    if data.startswith((b"II*\0", b"MM\0*")):
        return _RAW if _is_raw(data) else None
    if data[4:8] == b"ftyp":
        return _media_kind(data)
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    for at, beginning, kind in _BEGINNINGS:
        if data.startswith(beginning, at):
            return kind
    if not data[:_LOOKED_AT].strip(b"\0") and not any(data):
        return FileKind("nothing but zeros", AGAIN)
    return _text_kind(data[:_LOOKED_AT])


def begins_as_picture(data: bytes) -> bool:
    """Whether it begins as a PNG, JPEG, BMP, WebP, GIF or PNM file does."""
    return _READ.match(data) is not None


def is_lfs_pointer(data: bytes) -> bool:
    """Whether `data` is what Git LFS leaves in place of a file (its specification, "The Pointer")."""
    return data.startswith(b"version https://git-lfs")


def _media_kind(data: bytes) -> FileKind:
    length = min(max(int.from_bytes(data[:4], "big"), 16), 256)
    brands = {data[at : at + 4].decode("latin-1") for at in (8, *range(16, length, 4))}
    return next((kind for names, kind in _BRANDS if brands.intersection(names)), _VIDEO)


def _zip_kind(data: bytes) -> FileKind:
    """By the names of the first entry, which documents share, and of a few others."""
    head = data[:_LOOKED_AT]
    if head.startswith((b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis"), 30) or b"word/document" in head:
        return _OFFICE
    return _ZIP


def _is_raw(data: bytes) -> bool:
    """Whether a TIFF file (TIFF 6.0, section 2) is a camera's raw picture, whose first page is a small preview."""
    if data.startswith(b"CR", 8):
        return True
    order = "<" if data.startswith(b"II") else ">"
    tags: dict[int, int] = {}
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, _ = struct.unpack_from(f"{order}HHI", data, entry)
            (tags[tag],) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", data, entry + 8)
    except struct.error:
        pass  # what there is of it must do
    has_other_pages = _SUB_IFDS in tags and tags.get(_NEW_SUBFILE_TYPE, 0) & 1
    return bool(
        _DNG_VERSION in tags or has_other_pages or tags.get(_PHOTOMETRIC) in _SENSOR or tags.get(_COMPRESSION) in _OWN
    )


_SHORT: Final = 3
_NEW_SUBFILE_TYPE: Final = 254
_COMPRESSION: Final = 259
_PHOTOMETRIC: Final = 262
_SUB_IFDS: Final = 330
_DNG_VERSION: Final = 50706
_SENSOR: Final = (32803, 34892)
"""Photometric interpretations of DNG: a colour filter array, and its linear form."""
_OWN: Final = (32767, 32769, 32770, 34713, 65000, 65535)
"""Compressions of Sony, Epson, Samsung, Nikon, Kodak and Pentax."""


def _text_kind(head: bytes) -> FileKind | None:
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head[2:].replace(b"\0", b"")
    prologue = _PROLOGUE.match(plain)
    rest = plain[prologue.end() :] if prologue else plain
    for pattern, kind in _TEXTS:
        if re.match(pattern, rest, re.I) or re.match(pattern, plain, re.I):
            return kind
    return TEXT if _is_text(plain) else None


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters but those of lines and tabs; its last character may be cut."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) == _LOOKED_AT
    return True
