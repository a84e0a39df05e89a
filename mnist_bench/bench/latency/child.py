"""A measurement in a process of its own, so that who asks for it, a window say, does not disturb it.

`python -m mnist_bench.bench.latency.child REQUEST`, where REQUEST is a MeasurementRequest as JSON. Progress and result
are lines of JSON (protocol/job_process.py); when its input is closed it keeps what it has and ends.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import InputError
from mnist_bench.bench.api import benchmark
from mnist_bench.bench.encoding import from_object, to_object
from mnist_bench.bench.jobs import Job
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.rescue import SavedElsewhere
from mnist_bench.bench.results.result import Measured, Result
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.bench.stop import Stop
from mnist_bench.engines.backends import find_backend
from mnist_bench.protocol.job_process import ProgressLines, emit, run_task


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
    """A job that measures: `measured` reads what its `run` gives."""
    text = json.dumps(to_object(request))
    return Job("child", [text], package=__package__)


def measured(done: Mapping[str, Any]) -> tuple[Result[Measured], InputError | None]:
    """What a job that measures has given, and why it does not lie where it should; without a path if nowhere."""
    if "path" not in done:
        return Result(from_object(Comparison, done["value"])), None
    trouble = done.get("trouble")
    return load_result(Path(done["path"])), None if trouble is None else InputError(trouble)


def main(arguments: Sequence[str], stop: threading.Event) -> None:
    """Measure and save, and tell where."""
    try:
        request = from_object(MeasurementRequest, json.loads(arguments[0]), "the request")
    except (ValueError, IndexError) as error:
        raise InputError("The request is not JSON.") from error
    folder = KeptResults(Path(request.folder))
    folder.prepare()
    comparison = benchmark(
        [find_backend(text, request.titles) for text in request.backends],
        request.model,
        settings=request.settings,
        baseline=request.baseline,
        on_progress=ProgressLines().show,
        on_estimate=lambda said: emit("estimate", message=said),
        stop=_stop_when(stop),
    )
    try:
        emit("done", path=str(folder.add(comparison).path))
    except SavedElsewhere as error:
        emit("done", path=str(error.result.path), trouble=str(error))
    except InputError:  # who asked can still show it, and try to keep it
        emit("done", value=to_object(comparison))


def _stop_when(asked: threading.Event) -> Stop:
    stop = Stop()

    def wait() -> None:
        asked.wait()
        stop.set()

    threading.Thread(target=wait, name="stop", daemon=True).start()
    return stop


if __name__ == "__main__":
    run_task(main)
