"""The flat binary encoding in which a network is sent to its runner: docs/protocol.md, "The network on the stream"."""

import math
import struct
from typing import NamedTuple

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.bytes import ByteReader, sha256_hex
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    MAX_CHANNELS,
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    FloatArray,
    Layer,
    Linear,
    MaxPool2d,
    QuantizedWeights,
    Relu,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import MAX_LAYERS, MAX_PARAMETERS, Network, Precision

NETWORK_MAGIC = b"MNBN"
"""The first bytes of a network on the stream."""
NETWORK_VERSION = 1
"""Of a network on the stream."""


class LayerCode(NamedTuple):
    """How a kind of layer travels: its number, and in words what its record's body holds."""

    code: int
    layer: type[Layer]
    body: str


PRECISIONS = (Precision.FP32, Precision.INT8)
"""Their places are their numbers."""

LAYER_CODES = (
    LayerCode(
        1,
        Conv2d,
        "u32 x 9: out, in per group, kernel height, kernel width, stride h, w, padding h, w, groups; then the weights",
    ),
    LayerCode(2, Linear, "u32 x 2: out, in; then the weights"),
    LayerCode(3, Relu, "nothing"),
    LayerCode(4, Tanh, "nothing"),
    LayerCode(5, Sigmoid, "nothing"),
    LayerCode(6, MaxPool2d, "u32 x 6: kernel h, w, stride h, w, padding h, w"),
    LayerCode(7, AvgPool2d, "the same; padding counts as zeros in the mean"),
    LayerCode(8, Flatten, "nothing; from (channels, height, width) in that order"),
    LayerCode(9, Softmax, "nothing; only as the last layer"),
)
"""Every kind of layer. `make protocol` writes them, and the numbers above, to C and docs/protocol.md."""

_FLOAT, _INT8 = np.dtype("<f4"), np.dtype(np.int8)
_HEADER = struct.Struct("<4sHBBI")  # magic, version, precision, 0, number of layers
_RECORD = struct.Struct("<II")  # kind, bytes in the body
_QUANTIZATION = struct.Struct("<fI")  # scale, zero point
_CONV = struct.Struct("<9I")  # out, in per group, kernel h w, stride h w, padding h w, groups
_LINEAR = struct.Struct("<2I")  # out, in
_POOL = struct.Struct("<6I")  # kernel h w, stride h w, padding h w

_CODES = {row.layer: row.code for row in LAYER_CODES}
_LAYERS = {row.code: row.layer for row in LAYER_CODES}


def network_hash(network: Network) -> str:
    """The SHA-256, in hexadecimal, of what runners get of a network: fp32 and, where it has that, int8.

    It depends on layers, weights and quantization, not on the name or the file.
    """
    precisions = (Precision.FP32, Precision.INT8) if network.is_quantized else (Precision.FP32,)
    return sha256_hex(*(encode_network(network, precision) for precision in precisions))


def encode_network(network: Network, precision: Precision) -> bytes:
    """`network` as a runner of `precision` needs it; NetworkError if it is not quantized and int8 is asked for."""
    if precision is Precision.INT8 and network.activations is None:
        raise NetworkError(
            f"The network {network.name!r} has no int8 parameters.",
            advice="Quantize it first: `mnist-bench quantize --model FILE --out NEW_FILE`.",
        )
    activations = network.activations if precision is Precision.INT8 else None
    parts = [_HEADER.pack(NETWORK_MAGIC, NETWORK_VERSION, PRECISIONS.index(precision), 0, len(network.layers))]
    for index, layer in enumerate(network.layers):
        quantization = None if activations is None else activations[index]
        body = b"" if quantization is None else _QUANTIZATION.pack(quantization.scale, quantization.zero_point)
        body += _encode_layer(layer, quantized=quantization is not None)
        parts += (_RECORD.pack(_CODES[type(layer)], len(body)), body)
    return b"".join(parts)


def _encode_layer(layer: Layer, *, quantized: bool) -> bytes:
    match layer:
        case Conv2d():
            sizes = _CONV.pack(*layer.weight.shape, *layer.stride, *layer.padding, layer.groups)
            return sizes + _encode_weights(layer, quantized=quantized)
        case Linear():
            return _LINEAR.pack(*layer.weight.shape) + _encode_weights(layer, quantized=quantized)
        case MaxPool2d() | AvgPool2d():
            return _POOL.pack(*layer.kernel, *layer.stride, *layer.padding)
        case _:
            return b""


def _encode_weights(layer: Conv2d | Linear, *, quantized: bool) -> bytes:
    """bias, float32 weights; or bias, scales, int8 weights filled up with zeros to a multiple of four bytes."""
    bias = layer.bias.astype("<f4").tobytes()
    if not quantized or layer.quantized is None:
        return bias + layer.weight.astype("<f4").tobytes()
    values = layer.quantized.values.tobytes()
    return bias + layer.quantized.scales.astype("<f4").tobytes() + values + bytes(-len(values) % 4)


def _wrong_record(how: str) -> NetworkError:
    return NetworkError(f"A layer's record is {how} than its sizes say.")


def _count(shape: Shape) -> int:
    """The number of values, after a look at each axis: sizes from a stream are not to be trusted."""
    if not all(1 <= size <= MAX_CHANNELS for size in shape):
        raise NetworkError(f"Weights of the shape {shape} are outside of what this program runs.")
    count = math.prod(shape)
    if count > MAX_PARAMETERS:
        raise NetworkError(f"A layer has {words.count(count)} weights; the limit is {words.count(MAX_PARAMETERS)}.")
    return count


def _floats(body: ByteReader, shape: Shape) -> FloatArray:
    return body.array(_FLOAT, shape).astype(np.float32)


def decode_network(data: bytes, name: str = "network") -> tuple[Network, Precision]:
    """The network in `data`, for the precision it was encoded for; NetworkError for anything else.

    For int8 the float weights, which do not travel, are what the integers stand for.
    """
    reader = ByteReader(data, lambda how: NetworkError(f"A network's encoding is {how} than its sizes say."))
    magic, version, precision_code, zero, count = reader.unpack(_HEADER)
    if magic != NETWORK_MAGIC or version != NETWORK_VERSION or zero or precision_code >= len(PRECISIONS):
        raise NetworkError("This is not the encoding of a network, or one of another version.")
    if not 1 <= count <= MAX_LAYERS:
        raise NetworkError(f"A network must have 1 to {MAX_LAYERS} layers, not {count}.")
    precision = PRECISIONS[precision_code]
    layers: list[Layer] = []
    activations: list[ActivationQuantization] = []
    for _ in range(count):
        kind, size = reader.unpack(_RECORD)
        body = ByteReader(reader.take(size), _wrong_record)
        if precision is Precision.INT8:
            scale, zero_point = body.unpack(_QUANTIZATION)
            activations.append(ActivationQuantization(scale, zero_point))
        layers.append(_decode_layer(kind, body, quantized=precision is Precision.INT8))
        body.end()
    reader.end()
    return Network(name, tuple(layers), tuple(activations) if precision is Precision.INT8 else None), precision


def _decode_layer(kind: int, body: ByteReader, *, quantized: bool) -> Layer:
    layer = _LAYERS.get(kind)
    if layer is None:
        raise NetworkError(f"A layer is of the kind {kind}, which this version does not know.")
    if issubclass(layer, MaxPool2d | AvgPool2d):
        kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w = body.unpack(_POOL)
        return layer((kernel_h, kernel_w), (stride_h, stride_w), (pad_h, pad_w))
    if issubclass(layer, Linear):
        return Linear(*_decode_weights(body, body.unpack(_LINEAR), quantized=quantized))
    if not issubclass(layer, Conv2d):
        return layer()
    *shape, stride_h, stride_w, pad_h, pad_w, groups = body.unpack(_CONV)
    weight, bias, integers = _decode_weights(body, tuple(shape), quantized=quantized)
    return Conv2d(weight, bias, (stride_h, stride_w), (pad_h, pad_w), groups, integers)


def _decode_weights(
    body: ByteReader, shape: Shape, *, quantized: bool
) -> tuple[FloatArray, FloatArray, QuantizedWeights | None]:
    size = _count(shape)
    bias = _floats(body, shape[:1])
    if not quantized:
        return _floats(body, shape), bias, None
    scales = _floats(body, shape[:1])
    values = body.array(_INT8, shape)
    if any(body.take(-size % 4)):
        raise NetworkError("The padding of a layer's weights is not zero.")
    integers = QuantizedWeights(values, scales)
    return integers.dequantized(), bias, integers
