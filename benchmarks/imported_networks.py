"""Networks out of other programs' files: three that are written here and imported like any other, and a folder's."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.figures import say
from benchmarks.peer_networks import PeerNetwork, random_weights
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.engines.models import Import
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.network.layers import Add, AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, Operator, Relu
from mnist_bench.network.network import Network, Precision

_SEED = 1


def made_networks() -> Iterator[PeerNetwork]:
    """LeNet-5, separable convolutions, and residual blocks: random weights, written as ONNX files and imported."""
    for network in (lenet(), separable(), residual()):
        with tempfile.TemporaryDirectory(prefix="mnist-bench-made-") as folder:
            path = Path(folder) / f"{network.name}.onnx"
            path.write_bytes(export_onnx(network, Precision.FP32))
            yield PeerNetwork(network.name, Import(path, "255").run().network)


def networks_in(folder: Path) -> Iterator[PeerNetwork]:
    """Those of a person's files that can be imported, by their names; what is wrong with the others is told."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            network = Import(path).run().network
        except MnistBenchError as error:
            say(f"  {path.name}: {error.message}")
            continue
        if network.has_operators:
            yield PeerNetwork(path.name, network)
        else:
            say(f"  {path.name}: it can only be run as it is.")


class _Builder:
    """Operators so far, each with the values that it reads; an operator by itself reads the one before it."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(_SEED)
        self._operators: list[Operator] = []
        self._inputs: list[tuple[int, ...]] = []

    def add(self, *operators: Operator, of: tuple[int, ...] = ()) -> int:
        """The value behind the last of these operators; the first one reads the values `of`."""
        for operator in operators:
            self._inputs.append(of or (len(self._operators),))
            self._operators.append(operator)
            of = ()
        return len(self._operators)

    def conv(self, out: int, per_group: int, side: int, stride: int = 1, padding: int = 0, groups: int = 1) -> Conv2d:
        """A convolution with a square window."""
        weight, bias = random_weights(self._chance, out, per_group, side, side)
        return Conv2d(weight, bias, (stride, stride), (padding, padding), groups)

    def linear(self, out: int, features: int) -> Linear:
        """A fully connected layer."""
        return Linear(*random_weights(self._chance, out, features))

    def network(self, name: str) -> Network:
        """All of it."""
        return Network(name, tuple(self._operators), inputs=tuple(self._inputs))


def lenet() -> Network:
    """LeNet-5 as tutorials have it: two convolutions of 5 x 5, two poolings, three linear layers."""
    make = _Builder()
    make.add(make.conv(6, 1, 5, padding=2), Relu(), MaxPool2d(), make.conv(16, 6, 5), Relu(), MaxPool2d(), Flatten())
    make.add(make.linear(120, 400), Relu(), make.linear(84, 120), Relu(), make.linear(10, 84))
    return make.network("lenet")


def separable() -> Network:
    """A small MobileNet: depthwise convolutions of 3 x 3, each with one of 1 x 1 behind it, and a mean of each map."""
    make = _Builder()
    make.add(make.conv(16, 1, 3, stride=2, padding=1), Relu())
    for channels, out, stride in ((16, 32, 1), (32, 64, 2), (64, 64, 1)):
        make.add(make.conv(channels, 1, 3, stride, 1, groups=channels), Relu(), make.conv(out, channels, 1), Relu())
    make.add(AvgPool2d((7, 7), (7, 7)), Flatten(), make.linear(10, 64))
    return make.network("separable")


def residual() -> Network:
    """A small ResNet: a block whose input is added to its output, and one with a convolution of 1 x 1 on that way."""
    make = _Builder()
    start = make.add(make.conv(16, 1, 3, padding=1), Relu(), MaxPool2d())
    end = make.add(make.conv(16, 16, 3, padding=1), Relu(), make.conv(16, 16, 3, padding=1))
    start = make.add(Add(), Relu(), of=(end, start))
    end = make.add(make.conv(32, 16, 3, stride=2, padding=1), Relu(), make.conv(32, 32, 3, padding=1))
    beside = make.add(make.conv(32, 16, 1, stride=2), of=(start,))
    make.add(Add(), Relu(), AvgPool2d((7, 7), (7, 7)), Flatten(), make.linear(10, 32), of=(end, beside))
    return make.network("residual")
