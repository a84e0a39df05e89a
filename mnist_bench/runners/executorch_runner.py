"""The runner of ExecuTorch in fp32, fp16 and int8: XNNPACK's kernels, called from Python."""

import argparse
import os
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from mnist_bench.network.network import CLASSES, PRECISIONS, Network, Precision
from mnist_bench.protocol.messages import Pixels, RunnerInfo
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.protocol.tracing import LayerTrace
from mnist_bench.runners.executorch_export import use_packages
from mnist_bench.runners.executorch_modules import blank_image
from mnist_bench.runners.executorch_programs import program_of
from mnist_bench.runners.host import peak_memory_bytes, run_executor
from mnist_bench.runners.torch_executor import parameter_bytes, wrong_torch
from mnist_bench.version import VERSION

_AGAIN = "If Python is another than it was installed with, install it again: mnist-bench engines install executorch"
_PRECISIONS = (*PRECISIONS, Precision.FP16)
_FP16 = "on a processor without fp16 arithmetic, XNNPACK keeps values in fp16 and computes in fp32"
_CALL = "from Python, which takes some 5 µs of each inference"


class ExecuTorchExecutor:
    """Executes a network that was exported to ExecuTorch, one image at a time."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.set_num_threads(options.threads)
        self._options = options
        self._unavailable = wrong_torch()
        self._library: Any = None if self._unavailable else self._imported()
        self._program = b""
        self._method: Any = None
        # A pixel's value is looked up, and lies where the tensor that the method reads has its memory.
        self._values, self._input, self._arguments = _input_of(Precision.FP32)

    def _imported(self) -> Any:
        use_packages(self._options.packages)
        # What it imports of torch names a cache in the user's temporary folder. Given a folder that is there and a
        # name, it makes nothing, tries nothing and looks nobody up over a socket.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.tempdir = str(self._options.packages)
        os.environ.setdefault("LOGNAME", "nobody")
        try:
            from executorch.extension.pybindings import portable_lib
        except Exception as error:  # whatever a library raises on its way
            self._unavailable = f"ExecuTorch cannot be imported ({error}). {_AGAIN}"
            return None
        finally:
            tempfile.tempdir = None
        portable_lib._unsafe_reset_threadpool(self._options.threads)
        return portable_lib

    @property
    def is_loaded(self) -> bool:
        """Whether there is a network to run."""
        return self._method is not None

    def info(self) -> RunnerInfo:
        """Who this is; raises Refused where ExecuTorch cannot run."""
        if self._unavailable is not None:
            raise Refused(ErrorCode.UNAVAILABLE, self._unavailable)
        facts = {"executorch": self._options.engine_version, "torch": torch.__version__, "called": _CALL, "fp16": _FP16}
        return RunnerInfo("mnist-bench executorch", VERSION, self._options.threads, tuple(map(str, _PRECISIONS)), facts)

    def load(self, network: Network, precision: Precision) -> int:
        """Export `network`, unless that was done before, and load it; returns the bytes of its parameters."""
        if self._library is None:
            raise Refused(ErrorCode.UNSUPPORTED, str(self._unavailable))
        self._program = program_of(network, precision, self._options.packages, self._options.engine_version)
        self._method = self._library._load_for_executorch_from_buffer(self._program)
        self._values, self._input, self._arguments = _input_of(precision)
        return parameter_bytes(network, precision)

    def unload(self) -> None:
        """Forget the network."""
        self._method, self._program = None, b""

    def run(self, images: Pixels) -> npt.NDArray[np.float32]:
        """uint8 (N, 28, 28) to logits float32 (N, 10)."""
        logits = np.empty((len(images), CLASSES), np.float32)
        for row, pixels in zip(logits, images, strict=True):
            self._values.take(pixels, out=self._input, mode="clip")
            (output,) = self._method.forward(self._arguments, clone_outputs=False)
            row[:] = output.numpy()[0]  # which makes float32 of fp16
        return logits

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:  # noqa: ARG002 - as every executor has it
        """Nothing: the network is one call to XNNPACK."""
        raise Refused(ErrorCode.UNSUPPORTED, "ExecuTorch runs a network as a whole, and tells no values in between.")

    def peak_memory_bytes(self) -> int:
        """The process's peak memory so far."""
        return peak_memory_bytes()


def _input_of(precision: Precision) -> tuple[npt.NDArray[Any], npt.NDArray[Any], tuple[torch.Tensor]]:
    """What each byte of a pixel stands for, an image of such numbers, and the tensor that shares its memory."""
    tensor = blank_image(precision)
    image = tensor.numpy()[0, 0]
    return np.arange(256, dtype=image.dtype) / image.dtype.type(255), image, (tensor,)


if __name__ == "__main__":
    run_executor(ExecuTorchExecutor, opens_library=True)
