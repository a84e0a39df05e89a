"""Quantizes a network into a new file with its own name: completely, or not at all."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.base.files import make_folder, reason
from mnist_bench.base.progress import Progress
from mnist_bench.bench.jobs import Job
from mnist_bench.bench.stop import Stop
from mnist_bench.network.model_file import SUFFIX

_STOP_SECONDS = 2.0  # it has nothing to save before it ends
_MOST_NAMES = 1000


def quantize_model(
    model: str,
    data: Path,
    folder: Path,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> Path:
    """Write a model's network with int8 parameters to a new file in `folder`, MODEL-int8.safetensors or the next name
    that is free; returns it.

    `model`: a bundled model's name or a model file. `data`: where MNIST's training images are, to calibrate on. The
    child process writes into a folder of its own: once `stop` is set it is ended, and nothing is left of it.

    Raises JobFailed in the child's own words, InputError where the folder cannot be written, and Cancelled.
    """
    stop = stop or Stop()
    make_folder(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".quantizing-", ignore_cleanup_errors=True) as own:
            written = Path(own) / f"model{SUFFIX}"
            options = ["--model", model, "--out", str(written), "--data", str(data)]
            job = Job("quantize", options, stop_seconds=_STOP_SECONDS)
            with stop.calling(job.cancel):
                job.run(on_progress)
            placed = _place(written, folder, f"{Path(model).name.removesuffix(SUFFIX)}-int8")
            if stop.is_set:  # from here on it is too late for a cancel
                placed.unlink()
                raise Cancelled("Cancelled.")
            return placed
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written: {reason(error)}.") from error


def _place(written: Path, folder: Path, stem: str) -> Path:
    """Give the file the first name that is free; nobody else gets the same one."""
    for number in range(1, _MOST_NAMES):
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return written.replace(path)
    raise InputError(f"{folder} holds {_MOST_NAMES:,} files named {stem}.", advice="Delete some of them.")
