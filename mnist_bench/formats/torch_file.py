"""Reads PyTorch's files: state dicts, checkpoints, whole modules, TorchScript (.pt, .ptl) and exported programs (.pt2).

Which of them a file is, its content says: all but those from before torch 1.6 are zip archives.
"""

from pathlib import Path

from mnist_bench.base.files import read_limited
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.other_kinds import archive_kind, pickle_kind
from mnist_bench.formats.state_dict import read_saved
from mnist_bench.formats.torch_export import is_program
from mnist_bench.formats.torch_export import read_archive as read_program
from mnist_bench.formats.torch_zip import MAX_FILE_BYTES, is_in_folder, is_legacy, is_zip, open_archive, read_legacy
from mnist_bench.formats.torchscript import is_script
from mnist_bench.formats.torchscript import read_archive as read_script

_OWN_ENTRIES = ("data.pkl", "version", ".format_version", "archive_format", "serialized_exported_program.json")
"""One of them is in every archive that PyTorch writes."""
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def recognises(head: bytes, path: Path) -> bool:  # noqa: ARG001 - names of such files say little
    """Whether a file that begins with `head` is one of PyTorch's, or at least a pickle."""
    is_pickle = head.startswith(_PICKLES) and head[2:3] != b"\0"  # which would be the length of a safetensors header
    return is_pickle or (is_zip(head) and is_in_folder(head))


def read(path: Path) -> tuple[ForeignGraph, ...]:
    """The graph of the network in `path`; where the file holds none, guesses, the likeliest first.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged, or holds no network that this program can run; what does not fit is named.
    """
    data = read_limited(path, MAX_FILE_BYTES, "PyTorch")
    if not is_zip(data):
        if not is_legacy(data):
            raise pickle_kind(data, path).refusal()
        return tuple(read_saved(read_legacy(data), path.stem))
    archive = open_archive(data)
    if not any(name in archive for name in _OWN_ENTRIES):
        raise archive_kind(list(archive.names)).refusal()
    if is_program(archive):
        return (read_program(archive, path.stem),)
    if is_script(archive):
        return (read_script(archive, path.stem),)
    return tuple(read_saved(archive.read_pickle("data.pkl"), path.stem))
