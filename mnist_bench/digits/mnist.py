"""The MNIST files: where they are on this computer, and how to download them."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.files import reason
from mnist_bench.digits.sets.found import Split

DATA_VARIABLE = "MNIST_BENCH_DATA"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
TIMEOUT_S = 20.0
"""For a mirror to answer, and between two pieces of its answer."""

_CHUNK_BYTES = 65_536
_FETCH = "Run `mnist-bench fetch-mnist`, or choose a folder of MNIST's files."

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to download, known by its size and checksum, so that any mirror will do."""

    name: str
    size_bytes: int
    sha256: str


FILES = (
    RemoteFile(
        "t10k-images-idx3-ubyte.gz", 1_602_050, "197e111ae341b0770be9011ac5e622d0e6cd1c640b32eb0de5dc1dd26cc6e182"
    ),
    RemoteFile("t10k-labels-idx1-ubyte.gz", 4_517, "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"),
    RemoteFile(
        "train-images-idx3-ubyte.gz", 9_630_610, "7ff28fd295f802eefc6d40e461175dfe4b969b1842b2abc8c6dc8c20711cf79f"
    ),
    RemoteFile(
        "train-labels-idx1-ubyte.gz", 28_878, "81a978ae83d39ffdba0db3ce2fcaf80a8921e9629e874428996a2b03242d4b2a"
    ),
)


class DownloadFailed(MnistBenchError):
    """No mirror gave the right file."""

    advice = "Check the network and try again, or get MNIST's four files in another way and choose their folder."


def default_folder() -> Path:
    """The folder in the cache where downloaded MNIST files are kept."""
    return locations.cache_dir() / "mnist"


def find_mnist(data: Path | None = None, split: Split = "test") -> Path:
    """Where the digits are: `data`, else what MNIST_BENCH_DATA names, else the cache.

    Returns a folder or a file, which `load_digits` reads; what is named is only looked at there.

    Raises:
        InputError: there is nothing there; unless something was named, the advice says how to get MNIST.
    """
    if (given := named_data(data)) is not None:
        if not given.exists():
            advice = "Check its name." if data else f"Set {DATA_VARIABLE} to one that there is, or unset it."
            raise InputError(f"There is no file or folder {given}.", advice=advice)
        return given
    folder = default_folder()
    prefix = "t10k" if split == "test" else "train"
    if not any(folder.glob(f"{prefix}-images*")):
        raise InputError("MNIST is not on this computer yet.", advice=_FETCH)
    return folder


def named_data(data: Path | None = None) -> Path | None:
    """What `data` or MNIST_BENCH_DATA names, if either does."""
    return data or (Path(os.environ[DATA_VARIABLE]) if os.environ.get(DATA_VARIABLE) else None)


def fetch_mnist(
    folder: Path | None = None,
    progress: Progress | None = None,
    *,
    mirrors: Sequence[str] = MIRRORS,
    files: Sequence[RemoteFile] = FILES,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Download MNIST's four files (11 MB) from the first mirror that has them right; returns their folder.

    A file that is there and right is not downloaded again; one that is damaged is replaced once the new one is right.

    Args:
        folder: where to; by default the cache, where `find_mnist` looks.
        progress: called with a file's name, the bytes of it so far, and its size; what it raises ends the download.
        mirrors: addresses that end in "/".
        files: what to download.
        timeout_s: for a mirror to answer, and between two pieces of its answer.

    Raises:
        DownloadFailed: no mirror gave a file with the right checksum.
        InputError: the folder cannot be written.
    """
    folder = folder or default_folder()
    for file in files:
        try:
            _fetch(file, folder, progress or _silent, mirrors, timeout_s)
        except OSError as error:
            raise InputError(
                f"{folder / file.name} cannot be written: {reason(error)}.", advice="Choose another folder."
            ) from error
    return folder


def _fetch(file: RemoteFile, folder: Path, progress: Progress, mirrors: Sequence[str], timeout_s: float) -> None:
    # Imported where it is used: it takes 0.2 s, and the window starts without it.
    import pooch  # type: ignore[import-untyped]  # it ships no types
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    if (folder / file.name).exists() and not (folder / file.name).is_file():  # pooch would wait for a named pipe
        raise InputError(f"{folder / file.name} is not a file.", advice="Remove it, or choose another folder.")
    failures = []
    for mirror in mirrors:
        progress(file.name, 0, file.size_bytes)  # or who cancels while a mirror is silent would wait for the next, too
        try:
            pooch.retrieve(
                mirror + file.name,
                known_hash=f"sha256:{file.sha256}",
                fname=file.name,
                path=folder,
                downloader=_Downloader(file, progress, timeout_s),
            )
        except requests.RequestException as error:
            failures.append(f"{mirror}: {_network_reason(error)}")
        except ValueError:  # pooch's word for a wrong checksum
            failures.append(f"{mirror}: not the right file")
        else:
            progress(file.name, file.size_bytes, file.size_bytes)
            return
    raise DownloadFailed(f"{file.name} could not be downloaded ({'; '.join(failures)}).")


class _Downloader:
    """What pooch calls to get a file: with progress, and never more than the file's size."""

    def __init__(self, file: RemoteFile, progress: Progress, timeout_s: float) -> None:
        self._file = file
        self._progress = progress
        self._timeout_s = timeout_s

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        import requests

        done = 0
        # A server that unpacks .gz files on the way would change them.
        headers = {"Accept-Encoding": "identity"}
        with (
            requests.get(url, stream=True, timeout=self._timeout_s, headers=headers) as response,
            Path(output_file).open("wb") as output,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(_CHUNK_BYTES):
                done += len(chunk)
                if done > self._file.size_bytes:
                    raise ValueError("longer than the right file")
                output.write(chunk)
                self._progress(self._file.name, done, self._file.size_bytes)


def _network_reason(error: Any) -> str:
    """What went wrong with a mirror, in a few words; `error` is a requests.RequestException."""
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if error.response is not None:
        return f"answered {error.response.status_code}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off"
    return "cannot be reached"


def _silent(name: str, done: int, total: int) -> None:
    """No progress is shown."""
