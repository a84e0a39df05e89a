import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Operator,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.model_file import read_model_file, write_model_file
from mnist_bench.network.network import Network
from mnist_bench.training.examples import Examples
from mnist_bench.training.quantize import main, quantize, quantize_weights

CHANCE = np.random.default_rng(2)


def weights(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return CHANCE.normal(size=shape, scale=0.3).astype(np.float32)


@pytest.fixture
def network() -> Network:
    """One of every kind of layer, with and without a ReLU behind a weighted one."""
    layers: tuple[Operator, ...] = (
        Conv2d(weights(4, 1, 3, 3), weights(4), padding=(1, 1)),
        Relu(),
        MaxPool2d(),
        Conv2d(weights(4, 4, 3, 3), weights(4)),
        Tanh(),
        Conv2d(weights(4, 4, 3, 3), weights(4)),
        AvgPool2d(),
        Relu(),
        Flatten(),
        Linear(weights(20, 100), weights(20)),
        Sigmoid(),
        Linear(weights(10, 20), weights(10)),
        Softmax(),
    )
    return Network("all", layers)


@pytest.fixture
def images() -> Examples:
    generator = torch.Generator().manual_seed(4)
    pixels = torch.randint(0, 256, (300, 28, 28), generator=generator, dtype=torch.uint8)
    return Examples(pixels, torch.zeros(300, dtype=torch.int64))


def test_weights_are_within_half_a_step_of_the_floats() -> None:
    weight = weights(6, 3, 3, 3) * np.array([1e-4, 1, 10, 0.1, 1, 1], np.float32).reshape(6, 1, 1, 1)
    quantized = quantize_weights(weight)
    error = np.abs(quantized.dequantized() - weight).reshape(6, -1).max(axis=1)
    assert (error <= quantized.scales * 0.5001).all()
    assert (np.abs(quantized.values.reshape(6, -1)).max(axis=1) == 127).all()


def test_a_channel_without_weights_stays_zero() -> None:
    quantized = quantize_weights(np.zeros((2, 5), np.float32))
    assert not quantized.values.any()


def test_every_kind_of_layer_is_quantized_by_qnnpacks_rules(network: Network, images: Examples) -> None:
    quantized = quantize(network, images, threading.Event())  # Network checks the rules where it is made
    assert quantized.activations is not None
    assert quantized.activations[0] == quantized.activations[1] == quantized.activations[2]
    assert quantized.activations[0].zero_point == 0  # observed behind the ReLU
    assert quantized.activations[4] == ActivationQuantization(1 / 128, 128)
    assert quantized.activations[3].zero_point > 0  # a tanh needs its negative inputs


def test_the_float_weights_stay_as_they_are(network: Network, images: Examples) -> None:
    quantized = quantize(network, images, threading.Event())
    for before, after in zip(network.operators, quantized.operators, strict=True):
        if isinstance(before, Conv2d | Linear) and isinstance(after, Conv2d | Linear):
            np.testing.assert_array_equal(before.weight, after.weight)
            np.testing.assert_array_equal(before.bias, after.bias)


@pytest.fixture
def model(tmp_path: Path, network: Network) -> Path:
    path = tmp_path / "model.safetensors"
    write_model_file(path, network, {"recipe": "by hand"})
    return path


def options(model: Path, out: Path, data: Path, *more: str | Path) -> list[str]:
    return [str(option) for option in ("--model", model, "--out", out, "--data", data, *more)]


def test_a_new_file_holds_both_precisions_and_the_notes(
    model: Path, tmp_path: Path, digits_file: Path, pen_file: Path
) -> None:
    before = model.read_bytes()
    out = tmp_path / "quantized.safetensors"
    main(options(model, out, digits_file, "--pen-digits", pen_file), threading.Event())
    written = read_model_file(out)
    assert written.network.is_quantized
    assert written.notes["recipe"] == "by hand"
    assert model.read_bytes() == before
    again = tmp_path / "again.safetensors"
    main(options(model, again, digits_file, "--pen-digits", pen_file), threading.Event())
    assert again.read_bytes() == out.read_bytes()


def test_the_input_is_never_written_over(model: Path, tmp_path: Path, digits_file: Path) -> None:
    before = model.read_bytes()
    link = tmp_path / "link.safetensors"
    link.symlink_to(model)
    for out in (model, link):
        with pytest.raises(InputError, match="itself"):
            main(options(model, out, digits_file), threading.Event())
    assert model.read_bytes() == before


def test_a_stop_writes_nothing(model: Path, tmp_path: Path, digits_file: Path) -> None:
    stop = threading.Event()
    stop.set()
    out = tmp_path / "quantized.safetensors"
    with pytest.raises(Cancelled):
        main(options(model, out, digits_file), stop)
    assert not out.exists()


def test_no_warning_of_torch_reaches_the_person(network: Network, images: Examples) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quantize(network, images, threading.Event())
    assert [str(warning.message) for warning in caught] == []


def test_a_channel_that_has_died_keeps_its_bias(images: Examples) -> None:
    dead = Linear(np.full((10, 784), 1e-12, np.float32), np.full(10, 30, np.float32))
    network = quantize(Network("dead", (Flatten(), dead)), images, threading.Event())
    last = network.operators[-1]
    assert isinstance(last, Linear)
    assert last.quantized is not None
    assert not last.quantized.values.any()
