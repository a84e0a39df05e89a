"""State dicts of networks with residual blocks, trained here: what the module computes is among the guesses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.importing import import_graph
from mnist_bench.formats.normalisation import parse_normalisation
from mnist_bench.formats.own import as_graph
from mnist_bench.formats.scoring import without_softmax
from mnist_bench.formats.state_dict import guess_state_dict
from mnist_bench.formats.torch_file import read
from tests.formats.torch_networks import saved

DIGITS = labelled_digits()
PIXELS = DIGITS.images[:, None].astype(np.float32) / np.float32(255)


def block(channels: int, filters: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True)
    )


class StemAndResidual(nn.Module):
    """A first convolution of stride 2, and a block with a way around it, as in ResNet."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8)
        self.one, self.two = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 49, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.stem(x)))
        x = torch.relu(x + self.two(torch.relu(self.one(x))))
        answer: torch.Tensor = self.fc(torch.max_pool2d(x, 2).flatten(1))
        return answer


class ResidualBehindActivation(nn.Module):
    """Blocks of conv, norm and relu whose input is added to their output, as in ResNet-9."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = block(1, 8), block(8, 12)
        self.around = nn.Sequential(block(12, 12), block(12, 12))
        self.classifier = nn.Linear(12 * 49, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.max_pool2d(self.conv2(torch.max_pool2d(self.conv1(x), 2)), 2)
        answer: torch.Tensor = self.classifier((self.around(x) + x).flatten(1))
        return answer


class Block(nn.Module):
    """Its activations are modules; the sum is code, which no file holds."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one, self.relu1 = nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()
        self.two, self.relu2 = nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.relu2(x + self.two(self.relu1(self.one(x))))
        return answer


class OfBlocks(nn.Module):
    """A whole module that runs its parts in order, but for the ways around them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.relu = nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU()
        self.blocks = nn.Sequential(Block(8), nn.MaxPool2d(2), Block(8))
        self.flatten, self.fc = nn.Flatten(), nn.Linear(8 * 49, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.fc(self.flatten(self.blocks(self.relu(self.stem(x)))))
        return answer


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """For networks this small, threads that wait for each other take longer."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(5)
    module, images, labels = make(), torch.from_numpy(PIXELS), torch.from_numpy(DIGITS.labels.astype(np.int64))
    optimizer = torch.optim.Adam(module.parameters(), 1e-2)
    for _ in range(12):
        for chosen in torch.randperm(len(labels)).reshape(-1, 40):
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(module(images[chosen]), labels[chosen]))
            optimizer.step()
    return module.eval()


def logits_of(graph: ForeignGraph) -> npt.NDArray[np.float32]:
    return evaluate(without_softmax(graph), PIXELS).reshape(len(PIXELS), -1)


@pytest.mark.parametrize("make", [StemAndResidual, ResidualBehindActivation])
def test_the_arrangement_is_among_those_that_read_most(make: Callable[[], nn.Module]) -> None:
    """Networks that have learned the very digits that guesses are tried on cannot tell the nearest guesses apart."""
    module = trained(make)
    weights = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    found = import_graph(guess_state_dict(weights, "PyTorch state dict", "a"), parse_normalisation("255"))
    with torch.no_grad():
        own = module(torch.from_numpy(PIXELS)).numpy()
    limit = 1e-3 * np.abs(own).max()
    same = [guess for guess in found.guesses if np.abs(logits_of(guess.graph) - own).max() <= limit]
    assert len(same) == 1
    assert same[0].right == max(guess.right for guess in found.guesses) > found.guesses[0].right
    chosen = logits_of(as_graph(found.network)).argmax(axis=1)
    assert (chosen == DIGITS.labels).sum() >= same[0].right - 2


def test_a_whole_module_may_have_ways_around_its_parts(tmp_path: Path) -> None:
    module = trained(OfBlocks)
    found = import_graph(read(saved(module, tmp_path / "a.pt")), parse_normalisation("255"))
    with torch.no_grad():
        own = module(torch.from_numpy(PIXELS)).numpy()
    assert np.abs(logits_of(as_graph(found.network)) - own).max() <= 1e-4 * np.abs(own).max()
