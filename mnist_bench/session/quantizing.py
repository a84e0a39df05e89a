"""Quantizes the selected network in a separate process, and switches to the result."""

from functools import partial
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.progress import Progress
from mnist_bench.bench.quantizing import quantize_model
from mnist_bench.bench.stop import Stop
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
        """Write the network with int8 parameters to a new file among the person's own, and choose that.

        A cancel is over once the process has ended: another may begin then.
        """
        model = self._networks.chosen

        def begin(data: Path) -> None:
            work = partial(_quantize, model=model, data=data)
            self._jobs.run("Quantizing", work, self._networks.choose, keeps_results=True)

        self._data.with_mnist(begin)


def _quantize(task: Task, model: str, data: Path) -> str:
    stop = Stop()
    task.call_when_cancelled(stop.set)

    def moved(progress: Progress) -> None:
        task.report(progress.title or "Quantizing", progress.done, progress.total)

    return str(quantize_model(model, data, locations.data_dir() / "models", on_progress=moved, stop=stop))
