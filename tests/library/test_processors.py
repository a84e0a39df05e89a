"""The shipped library runner on processors that this computer need not have: engines have other kernels for each."""

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.tables import AxisOrder
from tests.formats.own_runtimes import by_this_program
from tests.library.conftest import LibraryRunner
from tests.library.engines import library_of
from tests.native.conftest import end


@pytest.fixture
def haswell() -> Iterator[LibraryRunner]:
    """ONNX Runtime on a processor with AVX2, without VNNI: of 2013, as most laptops before 2020 have it."""
    emulator = shutil.which("qemu-x86_64-static")
    if emulator is None or platform.machine() != "x86_64":
        pytest.skip("It needs qemu-user-static, and an x86-64 computer for whose system there is an ONNX Runtime.")
    program = runner_program("x86_64", LIBRARY_RUNNER)
    options = ("-cpu", "Haswell", str(program), "onnxruntime", str(library_of("onnxruntime")))
    runner = LibraryRunner(Path(emulator), *options)
    yield runner
    end([runner])


@pytest.mark.qemu
def test_int8_is_as_exact_without_vnni(haswell: LibraryRunner) -> None:
    """By ONNX Runtime's default, pairs of products are added in 16 bits there: 7 of 10 logits would differ."""
    network, images = load_network("digits-mlp"), labelled_digits().images[:20]
    file = LoadFileRequest("onnx", export_onnx(network, Precision.INT8), AxisOrder.NCHW, scale=1.0)
    found = haswell.logits(file, images)
    assert (found == by_this_program(network, Precision.INT8, images)).mean() > 0.99
