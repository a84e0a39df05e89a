"""Networks: which chains of layers are sound, and the rules of quantized ones."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.network.bundled import DEFAULT_MODEL, bundled_names, load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import Network
from mnist_bench.network.quantization import INPUT_QUANTIZATION, SIGMOID_QUANTIZATION, TANH_QUANTIZATION
from tests.networks import ones, quantize, random_linear, tiny_network, zeros

RNG = np.random.default_rng(1)
OTHER = ActivationQuantization(0.25, 7)


def linear(out: int, features: int) -> Linear:
    return Linear(zeros(out, features), zeros(out))


def test_shapes_parameters_and_logits() -> None:
    conv = Conv2d(zeros(4, 1, 3, 3), zeros(4))
    layers = (conv, Relu(), MaxPool2d(), Flatten(), linear(10, 676), Softmax())
    network = Network("shapes", layers)
    assert network.output_shapes == ((4, 26, 26), (4, 26, 26), (4, 13, 13), (676,), (10,), (10,))
    assert network.input_shapes == tuple((shape,) for shape in ((1, 28, 28), *network.output_shapes[:-1]))
    assert network.parameter_count == 4 * 9 + 4 + 6760 + 10
    assert network.multiply_adds == 26 * 26 * 36 + 6760
    assert network.logit_operators == layers[:-1]
    assert not network.is_quantized
    assert Network("plain", layers[:-1]).logit_operators == layers[:-1]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((), "1 to 128 operators"),
        ((Softmax(),), "10 values"),
        ((Flatten(), linear(10, 784), *[Relu()] * 127), "1 to 128 operators"),
        ((Flatten(), Softmax(), linear(10, 784)), "only be the last"),
        ((Flatten(), linear(9, 784)), "10 values"),
        ((Conv2d(zeros(10, 1, 28, 28), zeros(10)),), "10 values"),
        ((linear(10, 784),), "784 features"),
        ((Flatten(), linear(16_000, 784), linear(300, 16_000), linear(10, 300)), "parameters"),
        ((Conv2d(zeros(6000, 1, 1, 1), zeros(6000)), Flatten(), linear(10, 10)), "values; the limit"),
    ],
)
def test_a_chain_that_is_none_is_refused(layers: tuple[Operator, ...], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        Network("refused", layers)


def test_more_multiply_adds_than_the_limit_are_refused() -> None:
    wide = Conv2d(zeros(1200, 1, 1, 1), zeros(1200))
    mixing = Conv2d(zeros(1200, 1200, 2, 2), zeros(1200))
    with pytest.raises(NetworkError, match="multiply-adds"):
        Network("slow", (wide, mixing, MaxPool2d((27, 27), (27, 27)), Flatten(), linear(10, 1200)))


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
def test_poolings_count_as_work_though_they_multiply_nothing(pool: type[MaxPool2d | AvgPool2d]) -> None:
    """Small files could keep a runner busy for minutes with each image."""
    grow = [Conv2d(zeros(1, 1, 1, 1), zeros(1), padding=(32, 32))] * 20
    with pytest.raises(NetworkError, match="poolings and activations counted; the limit is 4,000,000,000"):
        Network(
            "slow",
            (*grow, *[pool((27, 27), (1, 1), (13, 13))] * 40, pool((32, 32), (32, 32)), Flatten(), linear(10, 1600)),
        )


@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines", "\x1b[2J", "\ud800"])
def test_a_name_can_be_shown_on_one_line(name: str) -> None:
    with pytest.raises(NetworkError, match="name"):
        Network(name, (Flatten(), linear(10, 784)))


def quantized(*layers: Operator) -> Network:
    return quantize(RNG, (*layers, Flatten(), random_linear(RNG, 10, 784)))


@pytest.mark.parametrize("layer", [Relu(), MaxPool2d((3, 3), (1, 1), (1, 1)), AvgPool2d((3, 3), (1, 1), (1, 1))])
def test_layers_that_only_choose_or_move_values_keep_their_inputs_quantization(layer: Operator) -> None:
    network = quantized(layer)
    assert network.activations is not None
    assert network.activations[0] == INPUT_QUANTIZATION
    with pytest.raises(NetworkError, match=rf"Operator 0 \({layer.kind}\)"):
        replace(network, activations=(OTHER, *network.activations[1:]))


@pytest.mark.parametrize(("layer", "fixed"), [(Tanh(), TANH_QUANTIZATION), (Sigmoid(), SIGMOID_QUANTIZATION)])
def test_tanh_and_sigmoid_have_fixed_quantizations(layer: Operator, fixed: ActivationQuantization) -> None:
    network = quantized(layer)
    assert network.activations is not None
    assert network.activations[:2] == (fixed, fixed)
    with pytest.raises(NetworkError, match="QNNPACK would not use"):
        replace(network, activations=(OTHER, *network.activations[1:]))


def test_a_relu_behind_a_linear_layer_shares_its_quantization() -> None:
    network = quantize(RNG, (Flatten(), random_linear(RNG, 10, 784), Relu()))
    assert network.activations is not None
    assert network.activations[1] == network.activations[2]
    with pytest.raises(NetworkError, match=r"Operator 2 \(relu\)"):
        replace(network, activations=(*network.activations[:2], OTHER))


def test_a_quantized_network_needs_every_parameter() -> None:
    network = tiny_network()
    assert network.activations is not None
    with pytest.raises(NetworkError, match="2 activation quantizations"):
        replace(network, activations=network.activations[:-1])
    last = network.operators[-1]
    assert isinstance(last, Linear)
    with pytest.raises(NetworkError, match="no quantized weights"):
        replace(network, operators=(*network.operators[:-1], replace(last, quantized=None)))


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_networks_can_run_on_every_backend(name: str) -> None:
    assert load_network(name).is_quantized


def test_the_default_network_is_bundled_and_comes_first() -> None:
    assert bundled_names()[0] == DEFAULT_MODEL
    assert {"digits-cnn", "digits-mlp"} <= set(bundled_names())


def joined(*inputs: tuple[int, ...]) -> Network:
    """Two ReLUs and their sum in front of a linear layer, which read what `inputs` says."""
    operators = (Relu(), Relu(), Add(), Flatten(), linear(10, 784))
    return Network("joined", operators, inputs=(*inputs, (3,), (4,)))


def test_a_value_may_be_read_by_several_operators() -> None:
    network = joined((0,), (1,), (1, 2))
    assert network.readers == ((0,), (1, 2), (2,), (3,), (4,), ())
    assert network.input_shapes[2] == ((1, 28, 28), (1, 28, 28))
    assert [network.can_fuse(index) for index in range(5)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (((0,), (1,)), "5 operators have 4 lists"),
        (((0,), (1,), (2,)), r"Operator 2 \(add\) cannot read 1 values"),
        (((0,), (1, 0), (1, 2)), r"Operator 1 \(relu\) cannot read 2 values"),
        (((0,), (1,), (2, 3)), "not there yet"),
        (((0,), (1,), (2, -1)), "not there yet"),
        (((0,), (0,), (2, 2)), r"Nothing reads the value of operator 0 \(relu\)"),
    ],
)
def test_a_graph_that_is_none_is_refused(inputs: tuple[tuple[int, ...], ...], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        joined(*inputs)


def test_shapes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(NetworkError, match=r"\(1, 14, 14\) and \(1, 28, 28\)"):
        Network("sum", (MaxPool2d(), Add(), Flatten(), linear(10, 784)), inputs=((0,), (1, 0), (2,), (3,)))
    with pytest.raises(NetworkError, match="do not fit together"):
        Network("join", (MaxPool2d(), Concat(), Flatten(), linear(10, 784)), inputs=((0,), (1, 0), (2,), (3,)))
    with pytest.raises(NetworkError, match="2 channels is given 1"):
        Network("slopes", (Prelu(ones(2)), Flatten(), linear(10, 784)))


def test_scales_too_far_apart_to_be_added_are_refused() -> None:
    operators = (Flatten(), random_linear(RNG, 10, 784), LeakyRelu(), Add())
    network = quantize(RNG, operators, inputs=((0,), (1,), (2,), (2, 3)))
    assert network.activations is not None
    tiny = ActivationQuantization(1e-4 * network.activations[1].scale, 0)
    with pytest.raises(NetworkError, match="too far from its output's"):
        replace(network, activations=(*network.activations[:3], tiny))
