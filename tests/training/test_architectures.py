import numpy as np
import pytest
import torch
from torch import nn

from mnist_bench.network.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, Operator, Relu, Sigmoid, Tanh
from mnist_bench.network.network import Network
from mnist_bench.training.architectures import build_modules, export_network, float_module
from mnist_bench.training.recipes import RECIPES


def trained_like(modules: nn.Sequential) -> nn.Sequential:
    """Batch norms as after some training: any mean, variance, gain (negative ones too) and shift."""
    for module in modules:
        if isinstance(module, nn.BatchNorm2d):
            for name, tensor in module.state_dict().items():
                if name == "running_var":
                    tensor.uniform_(0.3, 2.0)
                elif tensor.is_floating_point():
                    tensor.normal_()
    return modules.eval()


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_exported_network_computes_what_was_trained(name: str) -> None:
    torch.manual_seed(7)
    modules = trained_like(build_modules(RECIPES[name].shape))
    network = export_network(modules, name)
    images = torch.rand(5, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(float_module(network)(images), modules(images), atol=2e-4, rtol=2e-4)
    assert network.name == name


def test_batch_norm_is_gone_and_relu_stands_right_behind_each_convolution() -> None:
    layers = export_network(build_modules(RECIPES["digits-cnn"].shape), "n").operators
    assert all(isinstance(layers[i + 1], Relu) for i, layer in enumerate(layers) if isinstance(layer, Conv2d))
    assert sum(isinstance(layer, MaxPool2d) for layer in layers) == 3


def test_the_perceptron_is_the_learning_paths() -> None:
    network = export_network(build_modules(RECIPES["digits-mlp"].shape), "n")
    assert [layer.weight.shape for layer in network.operators if isinstance(layer, Linear)] == [
        (96, 784),
        (256, 96),
        (10, 256),
    ]


def test_the_convolutional_network_stays_as_small_as_it_was_chosen() -> None:
    assert export_network(build_modules(RECIPES["digits-cnn"].shape), "n").multiply_adds <= 11_000_000


def test_every_kind_of_layer_becomes_a_module() -> None:
    chance = np.random.default_rng(1)

    def weights(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return chance.normal(size=shape).astype(np.float32)

    layers: tuple[Operator, ...] = (
        Conv2d(weights(4, 1, 3, 3), weights(4), (2, 2), (1, 1)),
        Tanh(),
        Conv2d(weights(4, 2, 3, 3), weights(4), groups=2),
        Sigmoid(),
        AvgPool2d(),
        MaxPool2d(),
        Flatten(),
        Linear(weights(10, 36), weights(10)),
    )
    assert float_module(Network("all", layers))(torch.rand(3, 1, 28, 28)).shape == (3, 10)
