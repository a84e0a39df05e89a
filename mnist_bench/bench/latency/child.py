"""A measurement in a process of its own, so that who asks for it, a window say, does not disturb it.

`python -m mnist_bench.bench.latency.child REQUEST`, where REQUEST is a MeasurementRequest as JSON. Progress and result
are lines of JSON (protocol/job_process.py); when its input is closed it keeps what it has and ends.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.bench.jobs import Job
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.runs.encoding import from_object, to_object
from mnist_bench.bench.runs.saved import SavedRuns
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.bundled import load_network
from mnist_bench.protocol.job_process import ProgressLines, emit, run_task
from mnist_bench.protocol.messages import Pixels


@dataclass(frozen=True, slots=True)
class MeasurementRequest:
    """What to measure, and the folder to save it in.

    Attributes:
        backends: their ids; the first is the baseline unless `baseline` names another.
        titles: their devices' titles by the devices' ids, as far as they are known.
        model: a bundled model's name, or a file.
    """

    backends: tuple[str, ...]
    model: str
    settings: Settings
    folder: str
    baseline: str | None = None
    titles: dict[str, str] = field(default_factory=dict)


def measuring_job(request: MeasurementRequest) -> Job:
    """A job that measures: its `run` gives {"path": the saved file, "complete": whether it was not cancelled}."""
    text = json.dumps(to_object(request))
    return Job("child", [text], package=__package__)


def sample_images() -> Pixels:
    """What benchmarks classify: the bundled samples, uint8 (N, 28, 28)."""
    return np.stack([sample.pixels for sample in bundled_samples()])


def main(arguments: Sequence[str], stop: threading.Event) -> None:
    """Measure and save, and tell where."""
    try:
        request = from_object(MeasurementRequest, json.loads(arguments[0]), "the request")
    except (ValueError, IndexError) as error:
        raise InputError("The request is not JSON.") from error
    folder = SavedRuns(Path(request.folder))
    folder.prepare()
    measurement = Measurement(
        [find_backend(text, request.titles) for text in request.backends],
        load_network(request.model),
        sample_images(),
        request.settings,
        model=request.model,
        baseline=request.baseline,
        on_progress=ProgressLines().show,
    )

    def cancel_when_stopped() -> None:
        stop.wait()
        measurement.cancel()

    threading.Thread(target=cancel_when_stopped, name="stop", daemon=True).start()
    comparison = measurement.run()
    saved = folder.add(comparison)
    emit("done", path=str(saved.path), complete=comparison.complete)


if __name__ == "__main__":
    run_task(main)
