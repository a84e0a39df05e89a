"""Networks that Keras itself makes and saves answer here as they do there; without Keras these tests are skipped."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.keras import read

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="Keras is not installed")
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, of torch


def chain(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> Any:
    return keras.Sequential([L.Input(shape), *layers])


def convolutions() -> Any:
    return chain(
        L.Conv2D(4, 3, activation="elu"),
        L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu6"),
        L.SeparableConv2D(6, 3, strides=2, padding="same", depth_multiplier=2, activation="leaky_relu"),
        L.Conv2D(6, (3, 2), groups=2, use_bias=False, padding="same"),
        L.AveragePooling2D(2),
        L.GlobalMaxPooling2D(),
        L.Dense(10, activation="log_softmax"),
    )


def activations() -> Any:
    return chain(
        L.Flatten(),
        L.Dense(20),
        L.ReLU(max_value=6),
        L.Dense(20),
        L.PReLU(),
        L.Dense(20, activation=L.LeakyReLU()),
        L.ELU(0.5),
        L.Dense(10, activation="sigmoid"),
        shape=(28, 28),
    )


def channels_first() -> Any:
    first = {"data_format": "channels_first"}
    return chain(
        L.Conv2D(3, 3, padding="same", **first),
        L.BatchNormalization(axis=1),
        L.ZeroPadding2D(1, **first),
        L.MaxPooling2D(2, padding="same", **first),
        L.PReLU(shared_axes=[2, 3]),
        L.Flatten(**first),
        L.Dense(10),
        shape=(1, 28, 28),
    )


def residual() -> Any:
    image = L.Input((28, 28, 1))
    x = L.Conv2D(4, 3, strides=2, padding="same")(L.Rescaling(1 / 255)(image))
    before = L.ReLU()(L.BatchNormalization()(x))
    x = L.BatchNormalization(trainable=False)(L.Conv2D(4, 3, padding="same")(before))
    x = L.Activation("relu")(L.Add()([before, x]))
    x = L.GlobalAveragePooling2D()(L.Concatenate()([x, before]))
    return keras.Model(image, L.Dense(10, activation="softmax")(x))


def merges() -> Any:
    image = L.Input((28, 28, 1))
    sides = [L.Conv2D(3, 3, activation="selu")(image) for _ in range(3)]
    x = L.Subtract()([L.Average()(sides), L.Average()(sides[:2])])
    return keras.Model(image, L.Dense(10)(L.Flatten()(x)))


def models_in_models() -> Any:
    image, features = L.Input((28, 28, 1)), L.Input((24, 24, 5))
    augment = keras.Sequential([L.RandomRotation(0.1), L.RandomZoom(0.1)])
    first = chain(L.Conv2D(3, 3), L.BatchNormalization(), L.ReLU(), L.Conv2D(5, 3), L.BatchNormalization())
    second = keras.Model(features, L.Flatten()(L.MaxPooling2D(3, strides=2, padding="same")(features)))
    x = second(first(augment(image) / 255.0 - 0.5))
    return keras.Model(image, L.Dense(10)(L.Dropout(0.5)(x, training=False)))


def shared_layers() -> Any:
    image, inner = L.Input((28, 28, 1)), L.Input((28, 28, 1))
    shared = L.Conv2D(1, 3, padding="same", activation="relu")
    block = keras.Model(inner, L.ReLU()(L.Conv2D(1, 3, padding="same")(inner)))
    once = block(shared(shared(image)))
    return keras.Model(image, L.Dense(10)(L.Flatten()(L.Add()([once, block(once), image]))))


def functions_of_shapes() -> Any:
    image = L.Input((28, 28))
    x = L.Conv2D(3, 3, activation="relu")(keras.ops.expand_dims(image, -1))
    return keras.Model(image, L.Dense(10)(keras.ops.reshape(x, (-1, 26 * 26 * 3))))


NETWORKS: list[Callable[[], Any]] = [
    convolutions,
    activations,
    channels_first,
    residual,
    merges,
    models_in_models,
    shared_layers,
    functions_of_shapes,
]


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("make", NETWORKS)
def test_a_network_of_keras_answers_as_it_does_there(tmp_path: Path, make: Callable[[], Any], ending: str) -> None:
    random, network = np.random.default_rng(1), make()
    for weight in network.weights:
        values = random.normal(0, 0.3, weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)
    path = tmp_path / f"digits.{ending}"
    network.save(path)
    x = random.random((4, *network.input_shape[1:]), np.float32)
    wanted = keras.ops.convert_to_numpy(network(x, training=False))
    assert np.abs(evaluate(read(path), x) - wanted).max() <= 1e-5 * np.abs(wanted).max()
