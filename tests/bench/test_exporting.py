"""Networks as PyTorch's files, run by PyTorch; and files that cannot be written."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled, InputError, MnistBenchError
from mnist_bench.bench.exporting import ExportFormat, export_network
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.original import Fit, OriginalFile
from tests.formats.own_runtimes import assert_same_logits, by_pytorch, by_this_program, calibrated
from tests.graphs import every_operator
from tests.networks import tiny_network

IMAGES = labelled_digits().images[:50]
TORCH_FORMATS = (ExportFormat.TORCHSCRIPT, ExportFormat.PTL, ExportFormat.PT2)


def every_kind() -> Network:
    operators, inputs = every_operator()
    return Network("every operator", operators, None, inputs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch's own, that TorchScript will go
@pytest.mark.parametrize("export_format", TORCH_FORMATS)
def test_fp32_answers_in_pytorch_as_the_network_does(export_format: ExportFormat, tmp_path: Path) -> None:
    for network in (load_network("digits-mlp"), every_kind()):
        path = tmp_path / f"exported{export_format.suffix}"
        export_network(network, export_format, Precision.FP32, path)
        assert_same_logits(by_pytorch(path, IMAGES), by_this_program(network, Precision.FP32, IMAGES))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # likewise, and quantized tensors
@pytest.mark.parametrize("export_format", TORCH_FORMATS[:2])
def test_int8_answers_in_pytorch_bit_for_bit(export_format: ExportFormat, tmp_path: Path) -> None:
    for network in (load_network("digits-mlp"), calibrated(every_kind())):
        path = tmp_path / f"exported{export_format.suffix}"
        export_network(network, export_format, Precision.INT8, path)
        expected = by_this_program(network, Precision.INT8, IMAGES)
        np.testing.assert_array_equal(by_pytorch(path, IMAGES), expected)


def test_what_pytorch_cannot_hold_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "int8.pt2"
    with pytest.raises(MnistBenchError, match=r"torch\.export has no quantized tensors"):
        export_network(tiny_network(), ExportFormat.PT2, Precision.INT8, path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("export_format", [ExportFormat.TFLITE, ExportFormat.PTL])
def test_int8_of_a_network_without_it_is_told(export_format: ExportFormat, tmp_path: Path) -> None:
    with pytest.raises(MnistBenchError, match="no int8"):
        export_network(every_kind(), export_format, Precision.INT8, tmp_path / "out")


@pytest.mark.parametrize("export_format", ExportFormat)
def test_a_network_without_operators_is_told(export_format: ExportFormat, tmp_path: Path) -> None:
    original = OriginalFile("onnx", b"the file", 1, False, Fit.AS_THEY_ARE, 1.0, 0.0, False)
    with pytest.raises(NetworkError, match="runs only as it is"):
        export_network(Network("it", (), original=original), export_format, Precision.FP32, tmp_path / "out")


def test_a_cancelled_export_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path, stop = tmp_path / "kept.ptl", Stop()
    path.write_bytes(b"kept")
    stop.set()
    with pytest.raises(Cancelled):
        export_network(tiny_network(), ExportFormat.PTL, Precision.FP32, path, stop)
    assert path.read_bytes() == b"kept"


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc, where no file can be made")
def test_a_file_that_cannot_be_written_is_told() -> None:
    with pytest.raises(InputError, match="cannot be written"):
        export_network(tiny_network(), ExportFormat.ONNX, Precision.FP32, Path("/proc/none.onnx"))
