"""The network on the stream: what docs/protocol.md says, byte by byte, there and back, and every refusal."""

import re
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from mnist_bench.network.bundled import load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    Add,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    Operator,
    Prelu,
    QuantizedWeights,
    Relu6,
)
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.network.wire import decode_network, encode_network, network_hash
from tests.networks import ones, random_network, tiny_network, zeros

# Spelled out by hand from docs/protocol.md.
HEADER_FP32 = "4d4e424e 0200 00 0a 03000000"
HEADER_INT8 = "4d4e424e 0200 01 0a 03000000"
IMAGE, FIRST, SECOND = "01000000 00000000", "01000000 01000000", "01000000 02000000"  # the one value that is read
INPUT_QUANTIZATION = "8180803b 00000000"  # 1/255, 0
POOL = "1c000000 1c000000 1c000000 1c000000" + " 00000000" * 4  # kernel 28 28, stride 28 28, no padding
LINEAR = "0a000000 01000000"  # out 10, in 1
ZERO_BIAS = "00000000" * 10
WEIGHTS_FP32 = "00000000 0000803f 00000040 00004040 00008040 0000a040 0000c040 0000e040 00000041 00001041"
SCALES = "0000803f" * 10
WEIGHTS_INT8 = "00 01 02 03 04 05 06 07 08 09 0000"  # filled up to twelve bytes

TINY_FP32 = bytes.fromhex(
    f"{HEADER_FP32} 06000000 28000000 {IMAGE} {POOL} 08000000 08000000 {FIRST}"
    f"02000000 60000000 {SECOND} {LINEAR} {ZERO_BIAS} {WEIGHTS_FP32}"
)
TINY_INT8 = bytes.fromhex(
    f"{HEADER_INT8} 06000000 30000000 {IMAGE} {INPUT_QUANTIZATION} {POOL}"
    f"08000000 10000000 {FIRST} {INPUT_QUANTIZATION}"
    f"02000000 74000000 {SECOND} 0000803d 02000000 {LINEAR} {ZERO_BIAS} {SCALES} {WEIGHTS_INT8}"
)
POOL_RECORD, FLATTEN_RECORD, LINEAR_RECORD = 12, 68, 92  # where the records of TINY_INT8 begin


def test_a_network_is_encoded_as_the_protocol_says() -> None:
    assert encode_network(tiny_network(), Precision.FP32) == TINY_FP32
    assert encode_network(tiny_network(), Precision.INT8) == TINY_INT8


@pytest.mark.parametrize(("precision", "number"), [(Precision.FP16, 2), (Precision.BF16, 3)])
def test_for_floats_of_two_bytes_a_network_travels_as_for_fp32(precision: Precision, number: int) -> None:
    data = encode_network(tiny_network(), precision)
    assert data == TINY_FP32[:6] + bytes([number]) + TINY_FP32[7:]
    decoded, told = decode_network(data)
    assert (told, decoded.activations) == (precision, None)
    # 65,504 is the largest fp16 number: what is larger would be infinite.
    for linear, fits in ((ones(10, 784) * 65504, True), (ones(10, 784) * 65505, precision is Precision.BF16)):
        network = Network("large", (Flatten(), Linear(linear, zeros(10))))
        if fits:
            assert encode_network(network, precision)
        else:
            with pytest.raises(NetworkError, match=r"beyond 65504, the largest fp16 number\. Run it in fp32\."):
                encode_network(network, precision)


def same_layer(one: Operator, other: Operator, precision: Precision) -> bool:
    """Whether all that this precision computes with is the same."""
    if type(one) is not type(other):
        return False
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "quantized":
            same = precision is Precision.FP32 or same_integers(mine, theirs)
        elif field.name == "weight" and precision is Precision.INT8:
            same = True  # travels as integers
        else:
            same = np.array_equal(mine, theirs)
        if not same:
            return False
    return True


def same_integers(one: QuantizedWeights | None, other: QuantizedWeights | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.values, other.values) and np.array_equal(one.scales, other.scales)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("seed", range(30))
def test_a_network_travels_there_and_back(seed: int, precision: Precision) -> None:
    network = random_network(np.random.default_rng(seed), quantized=True)
    data = encode_network(network, precision)
    decoded, told = decode_network(data, network.name)
    assert told is precision
    assert len(decoded.operators) == len(network.operators)
    assert all(same_layer(*pair, precision) for pair in zip(network.operators, decoded.operators, strict=True))
    assert decoded.activations == (network.activations if precision is Precision.INT8 else None)
    assert encode_network(decoded, precision) == data


def test_integers_alone_travel_for_int8_and_the_weights_are_what_they_stand_for() -> None:
    decoded, _ = decode_network(TINY_INT8)
    last = decoded.operators[-1]
    assert isinstance(last, Linear)
    assert last.quantized is not None
    np.testing.assert_array_equal(last.weight, last.quantized.dequantized())


def test_every_field_is_aligned_to_four_bytes() -> None:
    for seed in range(10):
        network = random_network(np.random.default_rng(seed), quantized=True)
        data = encode_network(network, Precision.INT8)
        at = 12
        while at < len(data):
            (size,) = struct.unpack_from("<I", data, at + 4)
            assert size % 4 == 0
            at += 8 + size


def test_an_int8_encoding_needs_a_quantized_network() -> None:
    with pytest.raises(NetworkError, match="no int8 parameters") as caught:
        encode_network(replace(tiny_network(), activations=None), Precision.INT8)
    assert "mnist-bench quantize" in caught.value.advice


def patched(data: bytes, at: int, form: str, *values: float) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "encoding is shorter than its sizes say"),
        (TINY_INT8[:11], "encoding is shorter than its sizes say"),
        (b"X" + TINY_INT8[1:], "not the encoding"),
        (patched(TINY_INT8, 4, "<H", 1), "another version"),
        (patched(TINY_INT8, 6, "<B", 4), "not the encoding"),
        (patched(TINY_INT8, 7, "<B", 47), "47 classes"),
        (patched(TINY_INT8, 8, "<I", 0), "1 to 128 operators"),
        (patched(TINY_INT8, 8, "<I", 129), "1 to 128 operators"),
        (patched(TINY_INT8, 8, "<I", 4), "encoding is shorter than its sizes say"),
        (patched(TINY_INT8, 8, "<I", 2), "encoding is longer than its sizes say"),
        (TINY_INT8[:-1], "encoding is shorter than its sizes say"),
        (TINY_INT8 + b"\0", "encoding is longer than its sizes say"),
        (patched(TINY_INT8, POOL_RECORD, "<I", 0), "kind 0"),
        (patched(TINY_INT8, POOL_RECORD, "<I", 99), "kind 99"),
        (patched(TINY_INT8, POOL_RECORD, "<I", 3), "record is longer than its sizes say"),
        (patched(TINY_INT8, POOL_RECORD + 4, "<I", 44), "shorter than its sizes say"),
        (patched(TINY_INT8, POOL_RECORD + 4, "<I", 0xFFFFFFFF), "encoding is shorter than its sizes say"),
        (patched(TINY_INT8, POOL_RECORD + 8, "<I", 0), "1 to 16 values"),
        (patched(TINY_INT8, POOL_RECORD + 8, "<I", 0xFFFFFFFF), "1 to 16 values"),
        (patched(TINY_INT8, POOL_RECORD + 12, "<I", 1), "not there yet"),
        (patched(TINY_INT8, LINEAR_RECORD + 12, "<I", 1), "Nothing reads the value of operator 1"),
        (patched(TINY_INT8, POOL_RECORD + 16, "<f", float("nan")), "scale"),
        (patched(TINY_INT8, POOL_RECORD + 16, "<f", -1.0), "scale"),
        (patched(TINY_INT8, POOL_RECORD + 16, "<f", 0.5), "QNNPACK would not use"),
        (patched(TINY_INT8, POOL_RECORD + 20, "<I", 256), "zero point"),
        (patched(TINY_INT8, POOL_RECORD + 24, "<I", 0), "kernel"),
        (patched(TINY_INT8, POOL_RECORD + 24, "<I", 0xFFFFFFFF), "kernel"),
        (patched(TINY_INT8, POOL_RECORD + 32, "<I", 0), "stride"),
        (patched(TINY_INT8, POOL_RECORD + 40, "<I", 28), "padding"),
        (patched(TINY_INT8, LINEAR_RECORD + 24, "<I", 0), "outside"),
        (patched(TINY_INT8, LINEAR_RECORD + 24, "<I", 0xFFFFFFFF), "the limit"),
        (patched(TINY_INT8, LINEAR_RECORD + 24, "<II", 16_384, 16_384), "the limit"),
        (patched(TINY_FP32, 92, "<I", 9), "longer than its sizes say"),
        (patched(TINY_INT8, LINEAR_RECORD + 32, "<f", float("inf")), "finite"),
        (patched(TINY_INT8, LINEAR_RECORD + 72, "<f", 0.0), "positive"),
        (patched(TINY_INT8, LINEAR_RECORD + 72, "<f", float("nan")), "finite"),
        (patched(TINY_INT8, LINEAR_RECORD + 112, "<b", -128), "127"),
        (patched(TINY_INT8, len(TINY_INT8) - 1, "<B", 1), "The padding of"),
        (patched(TINY_FP32, len(TINY_FP32) - 4, "<f", float("nan")), "finite"),
    ],
)
def test_an_encoding_that_is_none_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(NetworkError, match=re.escape(words)):
        decode_network(data)


def test_the_bundled_network_travels() -> None:
    network = load_network("digits-cnn")
    for precision in PRECISIONS:
        data = encode_network(network, precision)
        assert encode_network(decode_network(data)[0], precision) == data


def random_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    """Bytes set to other values."""
    changed = np.frombuffer(data, np.uint8).copy()
    at = rng.integers(0, len(changed), rng.integers(1, 5))
    changed[at] = rng.choice([0, 1, 127, 128, 255, *rng.integers(0, 256, 2)], len(at))
    return changed.tobytes()


def random_numbers(rng: np.random.Generator, data: bytes) -> bytes:
    """Aligned numbers set to extreme ones."""
    changed = np.frombuffer(data[: len(data) // 4 * 4], "<u4").copy()
    at = rng.integers(0, min(len(changed), 60), rng.integers(1, 4))
    changed[at] = rng.choice([0, 1, 9, 28, 100, 16_384, 1 << 16, 1 << 31, 0x7F800000, 0x7FC00000, 0xFFFFFFFF], len(at))
    return changed.tobytes()


def cut(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: rng.integers(0, len(data))]


def spliced(rng: np.random.Generator, data: bytes) -> bytes:
    """A part of it twice, or left out."""
    begin, end = sorted(rng.integers(0, len(data), 2))
    return data[:end] + data[begin:]


def noise(rng: np.random.Generator, data: bytes) -> bytes:
    return data[:12] + rng.bytes(int(rng.integers(0, 400)))


@pytest.mark.parametrize("mutate", [random_bytes, random_numbers, cut, spliced, noise])
def test_a_hostile_encoding_is_refused_or_sound(
    cases: int, mutate: Callable[[np.random.Generator, bytes], bytes]
) -> None:
    rng = np.random.default_rng(7)
    sources = [TINY_INT8, TINY_FP32]
    for seed in range(5):
        network = random_network(np.random.default_rng(seed), quantized=True)
        sources += [encode_network(network, precision) for precision in PRECISIONS]
    refused = 0
    for _ in range(cases // 5):
        data = mutate(rng, sources[rng.integers(len(sources))])
        try:
            network, precision = decode_network(data)
        except NetworkError:
            refused += 1
        else:
            assert encode_network(network, precision) == data
    assert refused


def test_sizes_that_lie_cost_no_memory() -> None:
    tracemalloc.start()
    try:
        for at in (POOL_RECORD + 4, POOL_RECORD + 8, LINEAR_RECORD + 4, LINEAR_RECORD + 24, LINEAR_RECORD + 28):
            for size in (1_000, 16_000, 0xFFFFFFFF):
                with pytest.raises(NetworkError):
                    decode_network(patched(TINY_INT8, at, "<I", size))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_the_hash_is_of_what_is_computed() -> None:
    network = random_network(np.random.default_rng(3), quantized=True)
    hashed = network_hash(network)
    assert network_hash(random_network(np.random.default_rng(3), quantized=True)) == hashed
    assert network_hash(replace(network, name="another")) == hashed
    assert network_hash(replace(network, activations=None)) != hashed
    assert network_hash(random_network(np.random.default_rng(4), quantized=True)) != hashed


def nudged(layer: Linear) -> Linear:
    weight = layer.weight.copy()
    weight[0, 0] += 1
    return replace(layer, weight=weight)


def biased(layer: Linear) -> Linear:
    return replace(layer, bias=layer.bias + np.float32(1))


@pytest.mark.parametrize("change", [nudged, biased])
def test_every_number_counts_for_the_hash(change: Callable[[Linear], Linear]) -> None:
    network = tiny_network()
    last = network.operators[-1]
    assert isinstance(last, Linear)
    assert network_hash(replace(network, operators=(*network.operators[:-1], change(last)))) != network_hash(network)


def test_a_convolutions_sizes_travel_in_the_protocols_order() -> None:
    conv = Conv2d(zeros(6, 1, 4, 5), zeros(6), (2, 3), (1, 0, 2, 3), 1)
    features = int(np.prod(conv.output_shape((1, 28, 28))))
    network = Network("conv", (conv, Flatten(), Linear(zeros(10, features), zeros(10))))
    assert struct.unpack_from("<11I", encode_network(network, Precision.FP32), 28) == (6, 1, 4, 5, 2, 3, 1, 0, 2, 3, 1)


def test_a_graph_travels_with_what_each_operator_reads() -> None:
    operators = (Relu6(), Prelu(ones(1)), Add(), Elu(0.5), LeakyRelu(0.25), Concat(), Flatten())
    inputs = ((0,), (0,), (1, 2), (3,), (3,), (4, 5, 0), (6,), (7,))
    network = Network("graph", (*operators, Linear(zeros(10, 3 * 784), zeros(10))), inputs=inputs)
    decoded, _ = decode_network(encode_network(network, Precision.FP32))
    assert decoded.inputs == inputs
    assert all(same_layer(*pair, Precision.FP32) for pair in zip(network.operators, decoded.operators, strict=True))
