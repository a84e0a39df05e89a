"""Writes a network as another program's file: ONNX and TFLite here, PyTorch's files in a child process."""

import tempfile
from enum import StrEnum
from pathlib import Path

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.files import write_atomically
from mnist_bench.bench.jobs import Job
from mnist_bench.bench.stop import Stop
from mnist_bench.network.model_file import SUFFIX, write_model_file
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import check_runs_in

_STOP_SECONDS = 2.0


class ExportFormat(StrEnum):
    """The files that a network can be written as."""

    ONNX = "onnx"
    TFLITE = "tflite"
    TORCHSCRIPT = "torchscript"
    PTL = "ptl"
    PT2 = "pt2"

    @property
    def suffix(self) -> str:
        """Of its files' names."""
        return ".pt" if self is ExportFormat.TORCHSCRIPT else f".{self}"

    @property
    def in_words(self) -> str:
        """For people."""
        return _TITLES[self]


_TITLES = {
    ExportFormat.ONNX: "ONNX",
    ExportFormat.TFLITE: "TFLite",
    ExportFormat.TORCHSCRIPT: "TorchScript",
    ExportFormat.PTL: "PyTorch mobile (.ptl)",
    ExportFormat.PT2: "torch.export program (.pt2)",
}


def export_network(
    network: Network, export_format: ExportFormat, precision: Precision, path: Path, stop: Stop | None = None
) -> None:
    """Write `network` to `path`, which a whole file replaces or nothing does.

    Raises:
        NetworkError: it has no operators, or int8 is asked for and it has none.
        FormatError: the format cannot hold the network.
        InputError: the file cannot be written.
        JobFailed: PyTorch cannot write it, in its own words.
        Cancelled: `stop` was set.
    """
    check_runs_in(network, precision)
    match export_format:
        case ExportFormat.ONNX:
            from mnist_bench.formats.export_onnx import export_onnx  # its library takes half a second

            write_atomically(path, export_onnx(network, precision))
        case ExportFormat.TFLITE:
            from mnist_bench.formats.export_tflite import export_tflite

            write_atomically(path, export_tflite(network, precision))
        case _:
            write_atomically(path, _by_torch(network, export_format, precision, stop or Stop()))


def _by_torch(network: Network, export_format: ExportFormat, precision: Precision, stop: Stop) -> bytes:
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
        model, out = Path(folder) / f"model{SUFFIX}", Path(folder) / f"exported{export_format.suffix}"
        write_model_file(model, network)
        job = Job("export_model", [str(model), export_format, precision, str(out)], stop_seconds=_STOP_SECONDS)
        with stop.calling(job.cancel):
            job.run()
        if stop.is_set:
            raise Cancelled("Cancelled.")
        return out.read_bytes()
