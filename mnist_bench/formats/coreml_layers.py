"""Core ML's layers as operators, by their field numbers; here are those that move, join or add values.

Values are (1, channels, height, width), or (1, features); Core ML's (features, 1, 1) behind a flatten is the latter
here. Source: coremltools, mlmodel/format/NeuralNetwork.proto.
"""

from collections.abc import Callable, Mapping

import numpy as np

from mnist_bench.base import words
from mnist_bench.formats import composing, coreml_operators
from mnist_bench.formats.building import Array, NotSupported, damaged
from mnist_bench.formats.coreml_use import Use, edges
from mnist_bench.formats.coreml_weights import weights
from mnist_bench.formats.foreign import Identity
from mnist_bench.formats.protobuf_wire import Message
from mnist_bench.network.layers import AvgPool2d, MaxPool2d, Relu6, Tanh

Reader = Callable[[Use], str]


def _add(use: Use) -> str:
    """The sum of values and constants, or of one value and a number."""
    total, *others = use.values
    for value in others:
        total = composing.add(use.graph, total, value)
    offsets = use.constants or ((np.array(use.params.float(1)),) if len(use.inputs) == 1 else ())
    for offset in offsets:
        total = composing.affine(use.graph, total, np.array(1.0), offset)
    return total


def _multiply(use: Use) -> str:
    if len(use.values) != 1:
        raise NotSupported("of two values that are computed")
    value = use.value
    for factor in use.constants or (np.array(use.params.float(1)),):
        value = composing.affine(use.graph, value, factor, np.array(0.0))
    return value


def _pad(use: Use) -> str:
    if 2 in use.params or 3 in use.params:
        raise NotSupported("with values of the image")
    top, left, bottom, right = edges(use.params.message(10))
    around = ((0, 0), (0, 0), (top, bottom), (left, right))
    return composing.pad(use.graph, use.value, around, use.params.message(1).float(1))


def _channels_last(use: Use, number: int) -> str:
    """The value, with its channels last where the enumeration in a field says so."""
    last = use.params.integer(number) == 1 and len(use.graph.shape(use.value)) == 4
    return composing.transpose(use.graph, use.value, (0, 2, 3, 1)) if last else use.value


def _flatten(use: Use) -> str:
    return composing.reshape(use.graph, _channels_last(use, 1), (1, -1))


def _reshape(use: Use) -> str:
    """To (channels, height, width): in that order, or as if channels were last before and behind it."""
    *_, channels, height, width = use.params.integers(1)
    value = _channels_last(use, 2)
    if (height, width) == (1, 1):
        return composing.reshape(use.graph, value, (1, channels))
    if use.params.integer(2) == 1:
        value = composing.reshape(use.graph, value, (1, height, width, channels))
        return composing.transpose(use.graph, value, (0, 3, 1, 2))
    return composing.reshape(use.graph, value, (1, channels, height, width))


def _permute(use: Use) -> str:
    """Of (sequence, channels, height, width), where a sequence of one stands in front."""
    order = use.params.integers(1)
    return composing.transpose(use.graph, use.value, order) if order else use.value


def _concat(use: Use) -> str:
    if use.params.integer(100) or use.constants:
        raise NotSupported("of sequences or constants")
    return composing.concat(use.graph, use.values, 1)


def _reduce(use: Use) -> str:
    mode = use.params.integer(1)
    if mode not in (1, 7) or use.params.integer(3) != 1:
        raise NotSupported("of another kind than the mean or the maximum of an image")
    return composing.pool_all(use.graph, AvgPool2d if mode == 1 else MaxPool2d, use.value, (2, 3), keep=True)


def _clip(use: Use) -> str:
    limits = use.params.float(1), use.params.float(2)
    if limits != (0.0, 6.0):
        raise NotSupported(f"from {words.setting(limits[0])} to {words.setting(limits[1])}")
    return composing.elementwise(use.graph, Relu6(), use.value)


def _upsample(use: Use) -> str:
    """By whole factors; the product's is the linear one that does not align corners."""
    if use.params.integer(5) != 1 or use.params.integer(6) != 2:
        raise NotSupported("but linearly, without aligned corners")
    sides = use.graph.shape(use.value)[2:]
    size = [side * factor for side, factor in zip(sides, use.params.integers(1), strict=True)]
    return composing.resize(use.graph, use.value, size)


def _softmax(use: Use) -> str:
    return composing.softmax(use.graph, use.value, 1, log=False)


def _softmax_nd(use: Use) -> str:
    return composing.softmax(use.graph, use.value, use.params.integer(1), log=False)


def _reduce_mean(use: Use) -> str:
    return composing.pool_all(use.graph, AvgPool2d, use.value, use.params.integers(1), keep=bool(use.params.integer(2)))


def _squeeze(use: Use) -> str:
    """Without axes of one: those named, or all of them."""
    return composing.squeeze(use.graph, use.value, None if use.params.integer(2) else use.params.integers(1))


def load_constant(params: Message) -> Array:
    """The array of a layer that loads a constant, with the batch in front of Core ML's (channels, height, width)."""
    shape = params.integers(1)
    if not shape or min(shape) < 1:
        raise damaged(f"a constant has the shape {shape}")
    return weights(params.message(2), shape)[None] if len(shape) == 3 else weights(params.message(2), shape)


LAYERS: Mapping[int, tuple[str, Reader]] = {
    100: ("convolution", coreml_operators.convolution),
    120: ("pooling", coreml_operators.pooling),
    130: ("activation", coreml_operators.activation),
    140: ("innerProduct", coreml_operators.inner_product),
    160: ("batchnorm", coreml_operators.batchnorm),
    175: ("softmax", _softmax),
    200: ("padding", _pad),
    210: ("upsample", _upsample),
    230: ("add", _add),
    231: ("multiply", _multiply),
    245: ("scale", coreml_operators.scale),
    250: ("bias", coreml_operators.bias),
    280: ("reduce", _reduce),
    300: ("reshape", _reshape),
    301: ("flatten", _flatten),
    310: ("permute", _permute),
    320: ("concat", _concat),
    600: ("copy", lambda use: composing.elementwise(use.graph, Identity("copy"), use.value)),
    660: ("clip", _clip),
    760: ("tanh", lambda use: composing.elementwise(use.graph, Tanh(), use.value)),
    880: ("addBroadcastable", _add),
    900: ("multiplyBroadcastable", _multiply),
    950: ("softmaxND", _softmax_nd),
    980: ("concatND", lambda use: composing.concat(use.graph, use.values, use.params.integer(1))),
    985: ("transpose", lambda use: composing.transpose(use.graph, use.value, use.params.integers(1))),
    1045: ("batchedMatmul", coreml_operators.matmul),
    1120: ("squeeze", _squeeze),
    1125: ("expandDims", lambda use: composing.unsqueeze(use.graph, use.value, use.params.integers(1))),
    1130: ("flattenTo2D", lambda use: composing.reshape(use.graph, use.value, (1, -1))),
    1140: ("reshapeStatic", lambda use: composing.reshape(use.graph, use.value, use.params.integers(1))),
    1280: ("reduceMean", _reduce_mean),
}
"""By the number of the field in NeuralNetworkLayer."""
CONSTANTS = (290, 1070)
"""The fields of layers that load a constant."""
NAMES = {
    150: "embedding",
    165: "mvn",
    170: "l2normalize",
    180: "lrn",
    190: "crop",
    220: "unary",
    240: "average",
    260: "max",
    261: "min",
    270: "dot",
    330: "split",
    350: "slice",
    400: "simpleRecurrent",
    410: "gru",
    420: "uniDirectionalLSTM",
    430: "biDirectionalLSTM",
    500: "custom",
    605: "branch",
    615: "loop",
    795: "gelu",
    1025: "argMax",
    1350: "layerNormalization",
}
"""Of layers that are not read; the others are told by their numbers."""
