"""The weights in a Core ML file: float32, float16, or integers of 1 to 8 bits with a scale or a table."""

from math import prod

import numpy as np

from mnist_bench.formats.building import NotSupported, damaged
from mnist_bench.formats.protobuf_wire import Message
from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.operators.weighted import MAX_PARAMETERS

_FLOAT32, _FLOAT16, _RAW, _QUANTIZATION = 1, 2, 30, 40
_BITS, _LINEAR, _TABLE = 1, 101, 102


def weights(params: Message, shape: Shape) -> FloatArray:
    """A WeightParams message as an array of `shape`, whose first axis is that of the output channels.

    Raises:
        NotSupported: the values are in a form that is none of Core ML's own.
        FormatError: there are more or fewer values than `shape` needs.
    """
    if not 0 < prod(shape) <= MAX_PARAMETERS:
        raise NotSupported(f"with weights of the shape {shape}")
    if _FLOAT32 in params:
        values = params.floats(_FLOAT32)
    elif _FLOAT16 in params:
        data = params.bytes(_FLOAT16)
        values = np.frombuffer(data[: len(data) // 2 * 2], "<f2").astype(np.float32)
    else:
        return _quantized(params, shape)
    if values.size != prod(shape):
        raise damaged(f"there are {values.size:,} weights for the shape {shape}")
    return values.reshape(shape)


def _quantized(params: Message, shape: Shape) -> FloatArray:
    """Integers packed one after another, the highest bit first: scale x integer + bias, or an entry of a table."""
    how = params.message(_QUANTIZATION)
    bits, size = how.integer(_BITS), prod(shape)
    if not 1 <= bits <= 8 or not (_LINEAR in how or _TABLE in how):
        raise NotSupported("with weights that are no floats")
    data = np.frombuffer(params.bytes(_RAW), np.uint8)
    if data.size != -(-size * bits // 8):
        raise damaged(f"there are {data.size:,} bytes of weights for the shape {shape}")
    each = np.unpackbits(data)[: size * bits].reshape(size, bits)
    integers = np.packbits(each, axis=1)[:, 0] >> (8 - bits)
    if _TABLE in how:
        table = how.message(_TABLE).floats(1)
        if table.size != 1 << bits:
            raise damaged(f"a table for weights of {bits} bits has {table.size} entries")
        return np.take(table, integers).reshape(shape)
    scale, bias = (how.message(_LINEAR).floats(number) for number in (1, 2))
    rows = integers.reshape(shape[0], -1).astype(np.float32)
    if not {scale.size, bias.size} <= {1, len(rows)}:
        raise damaged("there are not as many scales of weights as output channels")
    return (rows * scale[:, None] + bias[:, None]).reshape(shape)
