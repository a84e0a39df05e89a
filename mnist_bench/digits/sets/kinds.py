"""What a data file is, by its first bytes, and what to give instead of those that are not read."""

import re
import zlib
from enum import Enum, auto

from mnist_bench.base.errors import InputError
from mnist_bench.base.file_kinds import AGAIN, LFS_POINTER, TEXT, UNPACK, file_kind, is_lfs_pointer

HEAD_BYTES = 4096
"""As many of a file's first bytes tell its kind."""

_SAVE = "numpy.savez_compressed('digits.npz', images=..., labels=...)"


class Kind(Enum):
    """Kinds of files that are read."""

    IDX = auto()
    ZIP = auto()
    TAR = auto()
    NPY = auto()
    MATLAB = auto()
    PARQUET = auto()
    TABLE = auto()
    PICTURE = auto()


WHAT_TO_GIVE = (
    "Give a folder of MNIST's files or of pictures in folders 0 to 9, or a file: .npz, .npy, .mat, .csv, .parquet, "
    ".zip or .tar (docs/data.md)."
)

_READ = (
    (Kind.IDX, re.compile(rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]")),
    (Kind.ZIP, re.compile(rb"PK(\x03\x04|\x05\x06)")),
    (Kind.TAR, re.compile(rb".{257}ustar", re.DOTALL)),
    (Kind.NPY, re.compile(rb"\x93NUMPY")),
    (Kind.MATLAB, re.compile(rb"MATLAB 5\.0 MAT-file")),
    (Kind.PARQUET, re.compile(rb"PAR1")),
    (
        Kind.PICTURE,
        re.compile(
            rb"\x89PNG|\xff\xd8\xff|BM.{4}\0\0\0\0|RIFF.{4}WEBP|GIF8|II\*\0|MM\0\*|P[1-6]\s|.{4}ftyp(heic|heix|mif1|avif)",
            re.DOTALL,
        ),
    ),
)

TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9"
"""How torch.save's files began; those of today are ZIP archives."""

# What is known and not read: how it begins, what it is, and what to do.
_AS_CSV = "Write it as a CSV file: label, then 784 pixels."
_AS_MATLAB_7 = "Save it in MATLAB as version 7: save('digits.mat', 'images', 'labels', '-v7')."
_PICKLE = "Reading it would run code from the file. Where you trust it, open it in Python and write its arrays with "
_UNREAD = (
    (
        re.compile(re.escape(TORCH_MAGIC)),
        "a file of torch.save, which is not read",
        f"Give torchvision's folder MNIST/raw. {_PICKLE}{_SAVE}.",
    ),
    (
        re.compile(rb"\x80[\x02-\x05]|[(\]}ldp0-9\s]{0,12}c(numpy|copy_reg|_codecs|builtins|__builtin__)"),
        "a Python pickle, which is not read",
        f"{_PICKLE}{_SAVE}.",
    ),
    (
        re.compile(rb"MATLAB 7\.3 MAT-file"),
        "a MATLAB 7.3 file, which is not read",
        _AS_MATLAB_7,
    ),
    (
        re.compile(rb"\x89HDF\r\n"),
        "an HDF5 file, which is not read",
        f"Open it in Python (h5py), and write its arrays with {_SAVE}.",
    ),
    (
        re.compile(rb"ARROW1|\xff\xff\xff\xff..\0\0\x10\0\0\0", re.DOTALL),
        "an Arrow or Feather file, which is not read",
        "Write it as Parquet: `datasets` has to_parquet, and so has pandas.",
    ),
    (
        re.compile(rb"\s*(%[^\n]*\n\s*)*@relation", re.IGNORECASE),
        "an ARFF file (Weka, OpenML), which is not read",
        _AS_CSV,
    ),
    (
        re.compile(rb"\s*[-+.\d]+([ \t]+\d+:[-+.\deE]+)+"),
        "a file of libsvm, which is not read",
        "Write it as a CSV file with all 784 pixels: scikit-learn's load_svmlight_file reads it.",
    ),
)
_OFTEN_ELSE = (
    (re.compile(rb"SQLite format 3"), "a database, which is not read", _AS_CSV),
    (re.compile(rb"\s*<(!DOCTYPE|html)", re.IGNORECASE), "a web page", "Download the file itself."),
    (re.compile(rb"(\xef\xbb\xbf)?\s*[{\[]"), "a JSON file, which is not read", f"Write its arrays with {_SAVE}."),
)
"""The same, of what may well be something else than digits."""
_SUFFIXES = (
    (".tfrecord", "a TFRecord file, which is not read", f"In Python, write what tfds.load(...) gives with {_SAVE}."),
    (
        ".mat",
        "a MATLAB 4 file, which is not read",
        _AS_MATLAB_7,
    ),
    (".mdb", "an LMDB database, which is not read", f"Open it in Python (lmdb), and write its arrays with {_SAVE}."),
)


def kind_of(head: bytes) -> Kind | None:
    """The kind of a file with these first bytes, looking into gzip; None where it is not one that is read.

    Text is taken for a table.
    """
    head = unzipped_head(head)
    for kind, pattern in _READ:
        if pattern.match(head):
            return kind
    if any(pattern.match(head) for pattern, _, _ in (*_UNREAD, *_OFTEN_ELSE)):
        return None
    in_ascii = re.sub(rb"[\x80-\xff]", b"?", head)  # older programs write a header in an encoding of their own
    return (
        Kind.TABLE
        if TEXT in (file_kind(head), file_kind(in_ascii)) and any(mark in head for mark in b",;\t| ")
        else None
    )


def unread(where: str, head: bytes) -> InputError:
    """Why a file with these first bytes is not read, and what can be given instead; `where` ends with its name."""
    known = known_digits(where, head)
    if known is None:
        start = unzipped_head(head)
        known = next((one[1:] for one in _OFTEN_ELSE if one[0].match(start)), None)
        if known is None and (kind := file_kind(start)) is not None and kind != TEXT:
            # Of most kinds, the advice is for a person who wanted a picture.
            known = kind.name, kind.advice if kind.advice in (UNPACK, AGAIN) else WHAT_TO_GIVE
    if known is None:
        return InputError(f"{where} holds no labelled digits that can be read.", advice=WHAT_TO_GIVE)
    return InputError(f"{where} is {known[0]}.", advice=known[1])


def known_digits(name: str, head: bytes) -> tuple[str, str] | None:
    """What a file is in which people keep digits but that is not read, and what to do; None for other files."""
    start = unzipped_head(head)
    if is_lfs_pointer(start):
        return LFS_POINTER.name, LFS_POINTER.advice
    by_content = (known[1:] for known in _UNREAD if known[0].match(start))
    by_name = (known[1:] for known in _SUFFIXES if name.lower().endswith(known[0]) or f"{known[0]}-" in name.lower())
    return next(by_content, None) or next(by_name, None)


def unzipped_head(head: bytes) -> bytes:
    """The first bytes of what is in gzip; others as they are."""
    if head[:2] != b"\x1f\x8b":
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""
