"""The executor that both PyTorch runners share: modules in a chain, eager or as TorchScript."""

import argparse
import math
import time
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from mnist_bench.network.network import FLOAT_FORMATS, Network, Precision
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.protocol.messages import Pixels, RunnerInfo
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import IMAGE_SIDE, ErrorCode
from mnist_bench.protocol.tracing import LayerTrace
from mnist_bench.runners.host import peak_memory_bytes
from mnist_bench.runners.torch_modules import Step, as_module, as_torchscript
from mnist_bench.version import VERSION

REQUIRED_TORCH = "2.13"
MODES = ("eager", "torchscript")

_MOST_VALUES = 64_000_000  # that an operator puts out for all images at once; a large network's would not fit memory


class TorchExecutor:
    """Executes a network in one precision with PyTorch's modules.

    `make_steps` builds the modules of a network, `convert` makes their input of pixels, and `unavailable` tells
    why this PyTorch cannot run them, or None.
    """

    def __init__(
        self,
        precision: Precision,
        make_steps: Callable[[Network], tuple[Step, ...]],
        convert: Callable[[torch.Tensor], torch.Tensor],
        options: argparse.Namespace,
        *,
        program: str,
        unavailable: str | None = None,
    ) -> None:
        torch.set_num_threads(options.threads)
        torch.set_grad_enabled(False)
        # A request's images lie in its payload, which nothing writes to.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        self._precision = precision
        self._make_steps = make_steps
        self._convert = convert
        self._torchscript: bool = options.mode == "torchscript"
        self._facts = {"torch": torch.__version__, "mode": options.mode}
        self._program = program
        self._unavailable = unavailable
        self._steps: tuple[Step, ...] = ()
        self._module: Callable[[torch.Tensor], torch.Tensor] | None = None
        self._at_once = 1  # images

    @property
    def is_loaded(self) -> bool:
        """Whether there is a network to run."""
        return self._module is not None

    def info(self) -> RunnerInfo:
        """Who this is; raises Refused where this PyTorch cannot run the backend."""
        if self._unavailable is not None:
            raise Refused(ErrorCode.UNAVAILABLE, self._unavailable)
        capabilities = (str(self._precision), "trace")
        return RunnerInfo(self._program, VERSION, torch.get_num_threads(), capabilities, self._facts)

    def load(self, network: Network, precision: Precision) -> int:
        """Build the modules of `network`; returns the bytes of its parameters."""
        if precision is not self._precision or self._unavailable is not None:
            sentence = self._unavailable or f"This runner executes {self._precision} networks, not {precision} ones."
            raise Refused(ErrorCode.UNSUPPORTED, sentence)
        steps = self._make_steps(network)
        module = as_module(steps).eval()
        self._module = as_torchscript(module) if self._torchscript else module
        self._steps = steps
        self._at_once = max(1, _MOST_VALUES // max(map(math.prod, network.output_shapes)))
        self._try_out()
        return parameter_bytes(network, precision)

    def _try_out(self) -> None:
        """Run an empty image: what PyTorch cannot execute is refused when it is loaded, not at every image."""
        try:
            self.run(np.zeros((1, IMAGE_SIDE, IMAGE_SIDE), np.uint8))
        except RuntimeError as error:
            self.unload()
            reason = str(error).partition("\n")[0]
            raise Refused(ErrorCode.UNSUPPORTED, f"{self._program} cannot execute this network: {reason}") from error

    def unload(self) -> None:
        """Forget the network."""
        self._module, self._steps = None, ()

    def run(self, images: Pixels) -> npt.NDArray[np.float32]:
        """uint8 (N, 28, 28) to logits float32 (N, 10)."""
        if self._module is None:
            raise Refused(ErrorCode.NO_NETWORK, "No network has been loaded.")
        if len(images) > self._at_once:
            pieces = (images[start : start + self._at_once] for start in range(0, len(images), self._at_once))
            return np.concatenate([self.run(piece) for piece in pieces])
        output = self._module(self._convert(torch.from_numpy(images)))
        logits: npt.NDArray[np.float32] = _floats(output).numpy()
        return logits

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        """One image through the eager modules, one at a time: TorchScript has no layers left to look at."""
        values = {0: self._convert(torch.from_numpy(pixels[np.newaxis]))}
        layers = []
        for step in self._steps:
            start = time.perf_counter_ns()
            value = step.run(values)
            compute_ns = time.perf_counter_ns() - start
            output = _floats(value)[0].contiguous().numpy()
            layers.append(LayerTrace(step.name, step.first, step.last, compute_ns, output))
        return tuple(layers)

    def peak_memory_bytes(self) -> int:
        """The process's peak memory so far."""
        return peak_memory_bytes()


def _floats(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.dequantize() if tensor.is_quantized else tensor.float()


def parameter_bytes(network: Network, precision: Precision) -> int:
    """Weights, biases and weight scales, as this precision keeps them."""
    total, float_size = 0, FLOAT_FORMATS.get(precision, FLOAT_FORMATS[Precision.FP32]).size
    for operator in network.operators:
        if isinstance(operator, Weighted) and precision is Precision.INT8 and operator.quantized is not None:
            total += operator.bias.nbytes + operator.quantized.values.nbytes + operator.quantized.scales.nbytes
        else:
            total += float_size * operator.parameter_count
    return total


def wrong_torch() -> str | None:
    """Why this PyTorch is not the one that the torch backends are built on, or None."""
    if torch.__version__.startswith(REQUIRED_TORCH + "."):
        return None
    return (
        f"PyTorch {torch.__version__} is installed, but this backend needs {REQUIRED_TORCH}: pip install torch==2.13.0"
    )
