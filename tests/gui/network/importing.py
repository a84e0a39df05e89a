"""Model files that tests of the window make and open."""

from pathlib import Path

import torch
from torch import nn

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import load_network
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.network.network import Precision

IMPORT_LIMIT_MS = 90_000  # one takes two to five seconds, and many times that on a busy machine


class LearningPathNetwork(nn.Module):
    """As the Arm Learning Path has it, but for the names of its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 96), nn.Tanh(), nn.Linear(96, 256), nn.Sigmoid())
        self.last = nn.Sequential(nn.Linear(256, 10), nn.Softmax(1))

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Of images scaled as MNIST usually is."""
        logits: torch.Tensor = self.last[0](self.hidden((images - 0.1307) / 0.3081))
        return logits


def state_dict_file(folder: Path, steps: int = 40) -> Path:
    """A state dict of a network that has seen the bundled digits so often."""
    torch.manual_seed(1)
    network, digits = LearningPathNetwork(), labelled_digits()
    images, labels = torch.tensor(digits.images) / 255, torch.tensor(digits.labels).long()
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network.logits(images), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    path = folder / "model.pth"
    torch.save(network.state_dict(), path)
    return path


def onnx_file(folder: Path, name: str = "seen.onnx") -> Path:
    """A bundled network as an ONNX file."""
    path = folder / name
    path.write_bytes(export_onnx(load_network("digits-mlp"), Precision.FP32))
    return path
