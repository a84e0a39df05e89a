"""Writes the network that the backends run as another program's file."""

from functools import partial
from pathlib import Path

from mnist_bench.bench.exporting import ExportFormat, export_network
from mnist_bench.bench.stop import Stop
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live

EXPORTS = tuple(
    (file_format, precision)
    for precision in PRECISIONS
    for file_format in ExportFormat
    if (file_format, precision) != (ExportFormat.PT2, Precision.INT8)  # torch.export has no quantized tensors
)
"""What a network can be written as."""


class Exporting:
    """Exports, one at a time, as long work."""

    def __init__(self, jobs: Jobs, live: Live) -> None:
        self._jobs = jobs
        self._live = live

    def can_export(self, precision: Precision) -> bool:
        """Whether there is a network, with int8 parameters if that is what is wanted."""
        network = self._live.network
        return network is not None and precision in network.precisions

    def export(self, file_format: ExportFormat, precision: Precision, path: Path) -> None:
        """Write the network to `path`; a cancel leaves what was there."""
        if (network := self._live.network) is None:
            return
        work = partial(_export, network=network, file_format=file_format, precision=precision, path=path)
        self._jobs.run("Exporting the network", work, lambda _: self._jobs.message.publish(f"Saved {path}."))


def _export(task: Task, network: Network, file_format: ExportFormat, precision: Precision, path: Path) -> None:
    stop = Stop()
    task.call_when_cancelled(stop.set)
    export_network(network, file_format, precision, path, stop)
