"""A small digit classifier in a file of every format that is imported, made without anything of other people's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from torch import nn

from tests.formats import coreml_files, keras_files
from tests.formats.test_onnx import external_model
from tests.formats.test_tflite import quantized_model
from tests.formats.torch_networks import blocks, program, saved, script

KERAS_LAYERS = (
    keras_files.layer("Conv2D", "conv", filters=2, kernel_size=[5, 5], strides=[2, 2], padding="same", use_bias=True),
    keras_files.layer("BatchNormalization", "norm", epsilon=1e-3),
    keras_files.layer("Flatten", "flatten"),
    keras_files.layer("Dense", "dense", units=10, activation="softmax"),
)


def chain() -> nn.Sequential:
    """A convolution and two linear layers."""
    torch.manual_seed(5)
    return nn.Sequential(
        *(nn.Conv2d(1, 2, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(72, 12), nn.Tanh(), nn.Dropout(0.2), nn.Linear(12, 10)),
    )


def _keras_weights() -> dict[str, list[np.ndarray]]:
    numbers, ones = keras_files.numbers, np.ones(2, np.float32)
    return {
        "conv": [numbers(5, 5, 1, 2), numbers(2)],
        "norm": [ones, numbers(2), numbers(2), ones],
        "dense": [numbers(14 * 14 * 2, 10), numbers(10)],
    }


def _keras_h5(path: Path) -> None:
    keras_files.write_h5(path, keras_files.sequential(*KERAS_LAYERS), _keras_weights())


def _keras_archive(path: Path) -> None:
    named = dict(zip(("conv2d", "batch_normalization", "dense"), _keras_weights().values(), strict=True))
    keras_files.write_archive(path, keras_files.sequential(*KERAS_LAYERS), named)


def _onnx(path: Path) -> None:
    path.write_bytes(external_model(path.parent).SerializeToString())


def _tflite(path: Path) -> None:
    path.write_bytes(quantized_model().bytes())


def _coreml(path: Path) -> None:
    layer, floats = coreml_files.layer, coreml_files.floats
    weights = keras_files.numbers(2, 1, 5, 5)
    convolution = {1: 2, 2: 1, 20: (5, 5), 30: (2, 2), 50: {}, 70: 1, 90: floats(weights), 91: floats(np.ones(2))}
    linear = {1: 288, 2: 10, 3: 1, 20: floats(keras_files.numbers(10, 288)), 21: floats(np.ones(10))}
    layers = [
        layer(100, convolution, inputs=["image"], output="a"),
        layer(130, {10: {}}, inputs=["a"], output="b"),
        layer(301, {}, inputs=["b"], output="c"),
        layer(140, linear, inputs=["c"], output="d"),
        layer(175, {}, inputs=["d"], output="out"),
    ]
    coreml_files.write(path, coreml_files.gray_image(), layers, {1: "image", 10: {10: 1 / 255}})


def _safetensors(path: Path) -> None:
    state = {name: values.numpy() for name, values in chain().state_dict().items()}
    path.write_bytes(safetensors.numpy.save(state))


GOOD_FILES: dict[str, Callable[[Path], object]] = {
    "Keras h5": _keras_h5,
    "Keras archive": _keras_archive,
    "PyTorch state dict": lambda path: saved(chain().state_dict(), path),
    "PyTorch legacy": lambda path: saved(chain().state_dict(), path, legacy=True),
    "PyTorch module": lambda path: saved(blocks(), path),
    "TorchScript": lambda path: script(chain().eval(), path, how="script"),
    "PyTorch Lite": lambda path: script(chain().eval(), path, how="lite"),
    "torch.export": lambda path: program(chain(), path),
    "ONNX": _onnx,
    "TFLite": _tflite,
    "Core ML": _coreml,
    "safetensors": _safetensors,
}
"""By the format's name, what writes one; ONNX's weights lie in weights.bin beside it."""
