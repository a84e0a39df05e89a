"""What every operator puts out inside ExecuTorch in int8: `python -m tools.parity.executorch_values PACKAGES`.

It exports a network whose outputs are all operators' values, in a process of its own, as the product does. Reads a
u64 and as many bytes, a network on the stream, then images of 784 bytes; writes an .npz file with an array for each
operator.
"""

import io
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mnist_bench.network.network import Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.network.wire import decode_network, encode_network
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tables import IMAGE_SIDE
from mnist_bench.runners.executorch_export import SIZE, export, use_packages
from mnist_bench.runners.executorch_modules import Quantized, Restored, bytes_module
from mnist_bench.runners.torch_modules import pixels_to_float, quantized_steps

_SECONDS = 300.0


def values_in_executorch(packages: Path, network: Network, images: Pixels) -> dict[int, npt.NDArray[np.float32]]:
    """By the operator's place float32 (N, ...), for uint8 images (N, 28, 28); subprocess's errors where that fails."""
    encoded = encode_network(network, Precision.INT8)
    asked = SIZE.pack(len(encoded)) + encoded + images.tobytes()
    command = (sys.executable, "-m", __name__, str(packages))
    answer = subprocess.run(command, input=asked, capture_output=True, timeout=_SECONDS, check=True).stdout
    with np.load(io.BytesIO(answer)) as arrays:
        return {int(place): arrays[place] for place in arrays.files}


class AllValues(nn.Module):
    """Takes floats (1, 1, 28, 28), pixel / 255, and gives the values of all `steps`, float32 (1, ...)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        assert network.activations is not None
        self.steps = quantized_steps(network, bytes_module)
        self.parts = nn.ModuleList(step.module for step in self.steps)
        self.first = Quantized(INPUT_QUANTIZATION)
        self.restored = nn.ModuleList(Restored(network.activations[step.last]) for step in self.steps)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """One for each step."""
        values = {0: self.first(image)}
        return [restored(step.run(values)) for step, restored in zip(self.steps, self.restored, strict=True)]


def main() -> None:
    """Read, export, run, answer."""
    use_packages(Path(sys.argv[1]))
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    (size,) = SIZE.unpack(sys.stdin.buffer.read(SIZE.size))
    network, precision = decode_network(sys.stdin.buffer.read(size))
    images = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    module = AllValues(network).eval()
    program = export(module, precision)

    from executorch.extension.pybindings import portable_lib

    method: Any = portable_lib._load_for_executorch_from_buffer(program)
    inputs = pixels_to_float(torch.tensor(images))
    answers = [[value.numpy().copy() for value in method.forward((image[None],))] for image in inputs]
    values = (np.concatenate(each) for each in zip(*answers, strict=True))
    arrays: dict[str, Any] = {str(step.last): each for step, each in zip(module.steps, values, strict=True)}
    file = io.BytesIO()
    np.savez(file, **arrays)
    sys.stdout.buffer.write(file.getvalue())


if __name__ == "__main__":
    main()
