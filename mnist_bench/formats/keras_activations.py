"""Keras's activations: as layers, and as the `activation` of another layer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mnist_bench.formats.building import NotSupported
from mnist_bench.formats.composing import SELU, elementwise, elu, prelu, softmax
from mnist_bench.formats.keras_config import layer_kind
from mnist_bench.formats.keras_use import Use
from mnist_bench.network.layers import Elu, LeakyRelu, Relu, Relu6, Sigmoid, Tanh
from mnist_bench.network.operators.operator import Operator

_BY_NAME: Mapping[str, Callable[[], Operator]] = {
    "relu": Relu,
    "relu6": Relu6,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "elu": Elu,
    "leaky_relu": lambda: LeakyRelu(0.2),  # the function's slope; the layer's is 0.3
}
_SOFTMAX = {"softmax": False, "softmax_v2": False, "log_softmax": True, "log_softmax_v2": True}
"""Whether the logarithm is meant; TensorFlow's own functions keep their version."""


def activated(use: Use, value: str) -> str:
    """`value` behind the layer's own activation.

    Raises:
        NotSupported: it is one that this program does not run.
    """
    return _activation(use, value, use.option("activation", default="linear"))


def _activation(use: Use, value: str, activation: Any) -> str:
    """`value` behind an activation: a name, or in Keras 3 a function or a layer with its configuration."""
    if isinstance(activation, dict):
        config = activation.get("config")
        if activation.get("class_name") == "function" or not isinstance(config, dict):
            return _activation(use, value, str(config))
        layer = replace(use.layer, kind=layer_kind(activation), config=config)
        reader = LAYERS.get(layer.kind)
        if reader is None or layer.kind == "PReLU":  # its slopes stand nowhere that is known
            raise NotSupported(f"with the activation '{layer.kind}'")
        return reader(replace(use, layer=layer, arguments=(value,), paths=()))
    if activation == "linear":
        return value
    if activation == "selu":
        return elu(use.graph, value, *SELU)
    if activation in _SOFTMAX:
        return softmax(use.graph, value, -1, log=_SOFTMAX[activation])
    if activation not in _BY_NAME:
        raise NotSupported(f"with the activation '{activation}'")
    return elementwise(use.graph, _BY_NAME[activation](), value)


def _relu(use: Use) -> str:
    """ReLU(max_value, negative_slope, threshold)."""
    highest, slope = use.option("max_value"), float(use.option("negative_slope", default=0.0))
    threshold = float(use.option("threshold", default=0.0))
    if threshold or highest not in (None, 6) or (slope and highest is not None):
        raise NotSupported(f"with the highest value {highest}, the slope {slope} and the threshold {threshold}")
    operator = LeakyRelu(slope) if slope else Relu() if highest is None else Relu6()
    return elementwise(use.graph, operator, use.value)


def _leaky_relu(use: Use) -> str:
    return elementwise(use.graph, LeakyRelu(float(use.option("negative_slope", "alpha", default=0.3))), use.value)


def _elu(use: Use) -> str:
    return elementwise(use.graph, Elu(float(use.option("alpha", default=1.0))), use.value)


def _prelu(use: Use) -> str:
    """Slopes of the value's shape, with 1 along shared axes; channels are last but where axis 1 alone is not shared."""
    slopes = use.weight("alpha")
    last = not (slopes.ndim == 3 and slopes.shape[0] > 1 and slopes.shape[1:] == (1, 1))
    return prelu(use.graph, use.value, slopes[None], channels_last=last)


LAYERS: Mapping[str, Callable[[Use], str]] = {
    "Activation": lambda use: activated(use, use.value),
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "PReLU": _prelu,
}
"""By their classes."""
