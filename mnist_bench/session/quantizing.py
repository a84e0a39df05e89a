"""Quantizes the chosen network, as a job in a process of its own, and runs what comes of it."""

from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.files import make_folder
from mnist_bench.base.progress import Progress
from mnist_bench.bench.jobs import Job
from mnist_bench.network.model_file import SUFFIX
from mnist_bench.session.data import Data
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.networks import Networks


class Quantizing:
    """Makes int8 parameters for the chosen network, from MNIST's images."""

    def __init__(self, jobs: Jobs, data: Data, networks: Networks) -> None:
        self._jobs = jobs
        self._data = data
        self._networks = networks

    def quantize(self) -> None:
        """Write the network with int8 parameters to a new file among the person's own, and choose that."""
        model = self._networks.chosen

        def begin(folder: Path) -> None:
            self._jobs.run("Quantizing", lambda task: _quantize(task, model, folder), self._networks.choose)

        self._data.with_mnist(begin)


def _quantize(task: Task, model: str, data: Path) -> str:
    out = _new_model_path(model)
    job = Job("quantize", ["--model", model, "--out", str(out), "--data", str(data)])
    task.call_when_cancelled(job.cancel)
    make_folder(out.parent)

    def moved(progress: Progress) -> None:
        task.report(progress.title or "Quantizing", progress.done, progress.total)

    job.run(moved)
    return str(out)


def _new_model_path(model: str) -> Path:
    """A file among the person's own, not there yet, for the quantized network of `model`."""
    folder = locations.data_dir() / "models"
    stem = f"{Path(model).name.removesuffix(SUFFIX)}-int8"
    names = (f"{stem}{SUFFIX}", *(f"{stem}-{number}{SUFFIX}" for number in range(2, 1000)))
    return next(folder / name for name in names if not (folder / name).exists())
