"""The networks that the native runner is compared on with other programs.

The MLP is digits-mlp; the CNN has two convolutions without padding and random weights, as no time depends on them.
"""

from dataclasses import dataclass, replace

import numpy as np

from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import (
    LARGEST_WEIGHT,
    ActivationQuantization,
    Conv2d,
    Flatten,
    FloatArray,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu,
)
from mnist_bench.network.network import Network
from mnist_bench.network.quantization import INPUT_QUANTIZATION

_SEED = 0


@dataclass(frozen=True, slots=True)
class PeerNetwork:
    """A network in both precisions; `title` is how the figures call it."""

    title: str
    network: Network


def peer_networks() -> tuple[PeerNetwork, ...]:
    """The MLP 784-96-256-10, the CNN, and digits-cnn."""
    return (
        PeerNetwork("MLP", load_network("digits-mlp")),
        PeerNetwork("CNN", _two_convolutions()),
        PeerNetwork("digits-cnn", load_network("digits-cnn")),
    )


def random_weights(chance: np.random.Generator, *shape: int) -> tuple[FloatArray, FloatArray]:
    """Weights of this shape that keep values about as large as they are, and biases: the first two fields of an
    operator.
    """
    spread = np.sqrt(2 / np.prod(shape[1:]))
    return chance.normal(0, spread, shape).astype(np.float32), chance.normal(0, 0.1, shape[0]).astype(np.float32)


def _two_convolutions() -> Network:
    """conv(1, 32, 3), relu, conv(32, 64, 3), relu, maxpool(2), linear(9216, 10): 10.9 million multiply-adds."""
    chance = np.random.default_rng(_SEED)
    return quantized_roughly(
        Network(
            "cnn",
            (
                Conv2d(*random_weights(chance, 32, 1, 3, 3)),
                Relu(),
                Conv2d(*random_weights(chance, 64, 32, 3, 3)),
                Relu(),
                MaxPool2d(),
                Flatten(),
                Linear(*random_weights(chance, 10, 9216)),
            ),
        )
    )


def quantized_roughly(network: Network) -> Network:
    """`network` with int8 parameters that are good for timing alone: nobody looked at its activations.

    An output behind a ReLU has the zero point 0, any other 128. Not for networks with tanh or sigmoid.
    """
    layers: list[Operator] = []
    activations: list[ActivationQuantization] = []
    before = INPUT_QUANTIZATION
    for index, layer in enumerate(network.operators):
        if isinstance(layer, Conv2d | Linear):
            largest = np.abs(layer.weight).reshape(len(layer.weight), -1).max(axis=1)
            scales = (largest / LARGEST_WEIGHT).astype(np.float32)
            steps = np.rint(layer.weight / scales.reshape(-1, *[1] * (layer.weight.ndim - 1))).astype(np.int8)
            layer = replace(layer, quantized=QuantizedWeights(steps, scales))
            behind = network.operators[index + 1] if index + 1 < len(network.operators) else None
            before = ActivationQuantization(1 / 32, 0 if isinstance(behind, Relu) else 128)
        layers.append(layer)
        activations.append(before)
    return Network(network.name, tuple(layers), tuple(activations))
