"""Engines over odd runners, and what tests ask them."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.devices.lane import Lane
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.network import Network

_PROGRAM = Path(__file__).with_name("odd_runner.py")


class OddEngines:
    """Makes an engine over a well-behaved odd runner for every backend, but for those in `odd` with these options.

    What is in `odd` counts at each start, so that a runner can behave better the second time.
    """

    def __init__(self, **odd: tuple[str, ...]) -> None:
        self.odd = {name.replace("_", "-"): options for name, options in odd.items()}
        self.lane = Lane()

    def __call__(self, backend: Backend) -> InferenceEngine:
        return InferenceEngine(backend, connect=lambda: SubprocessTransport(self.command(backend)), lane=self.lane)

    def command(self, backend: Backend) -> tuple[str, ...]:
        """What starts its odd runner."""
        return (sys.executable, str(_PROGRAM), *self.odd.get(backend.id, ()))


def image_of(digit: int) -> NDArray[np.uint8]:
    """An image that an odd runner reads as `digit`; its ink lies as MNIST's does, so that it stays as it is."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[0, 0] = digit
    pixels[5:24, 5:24] = 255
    return pixels


def digits_to_read(number: int) -> LabelledDigits:
    """Labelled digits that an odd runner reads rightly."""
    labels = (np.arange(number) % 10).astype(np.uint8)
    return LabelledDigits(np.stack([image_of(int(label)) for label in labels]), labels, "odd digits")


def without_quantization(network: Network) -> Network:
    """The same network in fp32 only."""
    layers = (
        replace(layer, quantized=None) if isinstance(layer, Conv2d | Linear) else layer for layer in network.operators
    )
    return Network(f"{network.name}-fp32", tuple(layers))
