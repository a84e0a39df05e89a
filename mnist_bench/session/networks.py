"""Which network the backends run: a bundled one, a model file, or a quantized copy of it."""

from functools import partial
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.progress import Progress
from mnist_bench.bench.quantizing import quantize_model
from mnist_bench.bench.stop import Stop
from mnist_bench.network.bundled import DEFAULT_MODEL, bundled_names, load_network
from mnist_bench.network.network import Network
from mnist_bench.session.choices import Choices
from mnist_bench.session.data import Data
from mnist_bench.session.inbox import Topic, Worker
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live

_MOST_REMEMBERED = 6


class Networks:
    """The chosen model and the files that were opened lately. One that cannot be read leaves the one before.

    Attributes:
        chosen: the bundled name or the file of the network that is loaded; until then, what was chosen last time.
        files: model files that were opened lately, the newest first.
        worker: reads them.

    Topics:
        changed: `chosen`, when it or `files` has changed, and when a model could not be read.
        failed: the exception of a model that cannot be read.
    """

    def __init__(self, live: Live, worker: Worker, choices: Choices) -> None:
        self.changed: Topic[str] = Topic()
        self.failed: Topic[Exception] = Topic()
        self.chosen = choices.text("model") or DEFAULT_MODEL
        self.files = choices.texts("model files")[:_MOST_REMEMBERED]
        self._live = live
        self.worker = worker
        self._choices = choices

    @property
    def bundled(self) -> tuple[str, ...]:
        """The bundled models."""
        return bundled_names()

    def begin(self) -> None:
        """Read the model that was chosen last time."""
        self.choose(self.chosen)

    def choose(self, model: str) -> None:
        """Read a model, by its bundled name or its file; the last one that was asked for wins."""
        self.worker.do_latest(
            lambda: load_network(model),
            lambda network: self._read(model, network),
            lambda error: self._cannot_read(model, error),
        )

    def _read(self, model: str, network: Network) -> None:
        self.chosen = model
        if model not in self.bundled:
            self.files = (model, *(file for file in self.files if file != model))[:_MOST_REMEMBERED]
        self._choices.put("model", model)
        self._choices.put("model files", self.files)
        self._live.use_network(network)
        self.changed.publish(model)

    def _cannot_read(self, model: str, error: Exception) -> None:
        self.failed.publish(error)
        self.files = tuple(file for file in self.files if file != model or Path(file).is_file())
        if self._live.network is None and model != DEFAULT_MODEL:
            self.choose(DEFAULT_MODEL)  # the one that was chosen last time is not there any more
        self.changed.publish(self.chosen)


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
