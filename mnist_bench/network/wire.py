"""The flat binary encoding in which a network is sent to its runner: docs/protocol.md, "The network on the stream"."""

import json
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.base import words
from mnist_bench.base.bytes import ByteReader, sha256_hex
from mnist_bench.network.arrays import FloatArray
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import (
    CLASSES,
    FLOAT_FORMATS,
    HALF_PRECISIONS,
    MAX_OPERATORS,
    ON_STREAM,
    Network,
    Precision,
)
from mnist_bench.network.operators import BY_CODE
from mnist_bench.network.operators.activations import Prelu
from mnist_bench.network.operators.joining import MAX_INPUTS
from mnist_bench.network.operators.operator import Field, Operator
from mnist_bench.network.operators.weighted import Weighted, check_count
from mnist_bench.network.quantization import ActivationQuantization, QuantizedWeights

NETWORK_MAGIC = b"MNBN"
"""The first bytes of a network on the stream."""
NETWORK_VERSION = 2
"""Of a network on the stream."""

_FLOAT, _INT8, _UNSIGNED = np.dtype("<f4"), np.dtype(np.int8), np.dtype("<u4")
_HEADER = struct.Struct("<4sHBBI")  # magic, version, precision, classes, number of operators
_RECORD = struct.Struct("<II")  # kind, bytes in the body
_COUNT = struct.Struct("<I")
_QUANTIZATION = struct.Struct("<fI")  # scale, zero point


def network_hash(network: Network) -> str:
    """The SHA-256, in hexadecimal, of what runners get of a network: in fp32, in int8, and its original.

    It depends on operators, weights and quantization, not on the name or the file.
    """
    parts = [encode_network(network, precision) for precision in network.precisions]
    if (original := network.original) is not None:
        parts += [json.dumps(original.settings, sort_keys=True).encode(), original.data]
    return sha256_hex(*parts)


def check_runs_in(network: Network, precision: Precision) -> None:
    """NetworkError if `network` lacks operators, int8 parameters where `precision` is int8, or has a parameter that is
    larger than a float of `precision`.
    """
    if not network.has_operators:
        raise NetworkError(
            f"The network {network.name!r} could not be imported, and runs only as it is.",
            advice=None if network.original is None else f"Use the backend {network.original.backend}.",
        )
    if precision is Precision.INT8 and network.activations is None:
        raise NetworkError(
            f"The network {network.name!r} has no int8 parameters.",
            advice="Quantize it first: `mnist-bench quantize --model FILE --out NEW_FILE`.",
        )
    if precision in HALF_PRECISIONS and network.largest_parameter > (largest := FLOAT_FORMATS[precision].largest):
        raise NetworkError(
            f"The network {network.name!r} has a parameter beyond {words.setting(largest)}, the largest {precision} "
            "number.",
            advice="Run it in fp32.",
        )


def encode_network(network: Network, precision: Precision) -> bytes:
    """`network` as a runner of `precision` needs it: for fp16 and bf16 in fp32, which the runner rounds; NetworkError
    where `check_runs_in` raises it.
    """
    check_runs_in(network, precision)
    activations = network.activations if precision is Precision.INT8 else None
    header = (NETWORK_MAGIC, NETWORK_VERSION, ON_STREAM.index(precision), CLASSES, len(network.operators))
    parts = [_HEADER.pack(*header)]
    for index, (operator, read) in enumerate(zip(network.operators, network.inputs, strict=True)):
        body = _unsigned(len(read), *read)
        if activations is not None:
            body += _QUANTIZATION.pack(activations[index].scale, activations[index].zero_point)
        body += _encode_operator(operator, quantized=activations is not None)
        parts += (_RECORD.pack(operator.code, len(body)), body)
    return b"".join(parts)


def _unsigned(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _encode_operator(operator: Operator, *, quantized: bool) -> bytes:
    """The sizes of its weights, its fields, and the weights."""
    fields = b"".join(_encode_field(getattr(operator, field.name), field) for field in operator.fields)
    match operator:
        case Weighted():
            return _unsigned(*operator.weight.shape) + fields + _encode_weights(operator, quantized=quantized)
        case Prelu():
            return fields + _unsigned(len(operator.slopes)) + operator.slopes.astype("<f4").tobytes()
        case _:
            return fields


def _encode_field(value: object, field: Field) -> bytes:
    return np.array(value, _FLOAT if field.is_float else _UNSIGNED).tobytes()


def _encode_weights(operator: Weighted, *, quantized: bool) -> bytes:
    """bias, float32 weights; or bias, scales, int8 weights filled up with zeros to a multiple of four bytes."""
    bias = operator.bias.astype("<f4").tobytes()
    if not quantized or operator.quantized is None:
        return bias + operator.weight.astype("<f4").tobytes()
    values = operator.quantized.values.tobytes()
    return bias + operator.quantized.scales.astype("<f4").tobytes() + values + bytes(-len(values) % 4)


def _wrong_record(how: str) -> NetworkError:
    return NetworkError(f"An operator's record is {how} than its sizes say.")


def decode_network(data: bytes, name: str = "network") -> tuple[Network, Precision]:
    """The network in `data`, for the precision it was encoded for; NetworkError for anything else.

    For int8 the float weights, which do not travel, are what the integers stand for.
    """
    reader = ByteReader(data, lambda how: NetworkError(f"A network's encoding is {how} than its sizes say."))
    magic, version, precision_code, classes, count = reader.unpack(_HEADER)
    if magic != NETWORK_MAGIC or version != NETWORK_VERSION or precision_code >= len(ON_STREAM):
        raise NetworkError("This is not the encoding of a network, or one of another version.")
    if classes != CLASSES:
        raise NetworkError(f"The network tells {classes} classes apart; this version runs those of {CLASSES}.")
    if not 1 <= count <= MAX_OPERATORS:
        raise NetworkError(f"A network must have 1 to {MAX_OPERATORS} operators, not {count}.")
    precision = ON_STREAM[precision_code]
    operators: list[Operator] = []
    inputs: list[tuple[int, ...]] = []
    activations: list[ActivationQuantization] = []
    for _ in range(count):
        code, size = reader.unpack(_RECORD)
        body = ByteReader(reader.take(size), _wrong_record)
        inputs.append(_decode_inputs(body))
        if precision is Precision.INT8:
            activations.append(ActivationQuantization(*body.unpack(_QUANTIZATION)))
        operators.append(_decode_operator(code, body, quantized=precision is Precision.INT8))
        body.end()
    reader.end()
    quantizations = tuple(activations) if precision is Precision.INT8 else None
    return Network(name, tuple(operators), quantizations, tuple(inputs)), precision


def _decode_inputs(body: ByteReader) -> tuple[int, ...]:
    (count,) = body.unpack(_COUNT)
    if not 1 <= count <= MAX_INPUTS:
        raise NetworkError(f"An operator must read 1 to {MAX_INPUTS} values, not {count}.")
    return tuple(map(int, body.array(_UNSIGNED, (count,))))


def _decode_operator(code: int, body: ByteReader, *, quantized: bool) -> Operator:
    operator = BY_CODE.get(code)
    if operator is None:
        raise NetworkError(f"An operator is of the kind {code}, which this version does not know.")
    if issubclass(operator, Weighted):
        shape = tuple(map(int, body.array(_UNSIGNED, (operator.axes,))))
        check_count(shape)
        fields = _decode_fields(operator, body)
        return operator(**_decode_weights(body, shape, quantized=quantized), **fields)
    fields = _decode_fields(operator, body)
    if issubclass(operator, Prelu):
        (count,) = body.unpack(_COUNT)
        return operator(_floats(body, (count,)))
    return operator(**fields)


def _decode_fields(operator: type[Operator], body: ByteReader) -> dict[str, Any]:
    return {field.name: _decode_field(body, field) for field in operator.fields}


def _decode_field(body: ByteReader, field: Field) -> object:
    numbers: npt.NDArray[np.generic] = body.array(_FLOAT if field.is_float else _UNSIGNED, (field.count,))
    return numbers[0].item() if field.count == 1 else tuple(numbers.tolist())


def _floats(body: ByteReader, shape: tuple[int, ...]) -> FloatArray:
    return body.array(_FLOAT, shape).astype(np.float32)


def _decode_weights(body: ByteReader, shape: tuple[int, ...], *, quantized: bool) -> dict[str, Any]:
    bias = _floats(body, shape[:1])
    if not quantized:
        return {"weight": _floats(body, shape), "bias": bias}
    scales = _floats(body, shape[:1])
    values = body.array(_INT8, shape)
    if any(body.take(-values.size % 4)):
        raise NetworkError("The padding of an operator's weights is not zero.")
    integers = QuantizedWeights(values, scales)
    return {"weight": integers.dequantized(), "bias": bias, "quantized": integers}
