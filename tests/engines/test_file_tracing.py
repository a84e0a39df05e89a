"""Layers from what engines' own profilers say: which operator each of their nodes executes, and what is one entry."""

import json
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.engines.file_tracing import FileTracing, Floats, NodeTime, ReadProfile, settled_mean
from mnist_bench.engines.profiles import read_litert, read_onnxruntime
from mnist_bench.formats.export_onnx import export_onnx, telling_onnx
from mnist_bench.formats.export_tflite import telling_tflite
from mnist_bench.network.layers import Add, Conv2d, Flatten, Linear, MaxPool2d, Relu
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.payload import PayloadError
from mnist_bench.protocol.tables import AxisOrder
from mnist_bench.protocol.tracing import TraceFileAnswer
from tests.networks import zeros


def network() -> Network:
    """Two convolutions, added with a ReLU, then a ReLU behind a pooling, and a linear layer."""
    operators = (
        Conv2d(zeros(2, 1, 3, 3), zeros(2), padding=(1, 1)),
        Relu(),
        Conv2d(zeros(2, 2, 3, 3), zeros(2), padding=(1, 1)),
        Add(),
        Relu(),
        MaxPool2d((28, 28), (28, 28)),
        Relu(),
        Flatten(),
        Linear(zeros(10, 2), zeros(10)),
    )
    return Network("residual", operators, inputs=((0,), (1,), (2,), (2, 3), (4,), (5,), (6,), (7,), (8,)))


def tracing(read_profile: ReadProfile = lambda _profile: []) -> FileTracing:
    one = network()
    plain = LoadFileRequest("onnx", export_onnx(one, Precision.FP32), AxisOrder.NCHW)
    return FileTracing(one, plain, plain, telling_onnx(one, Precision.FP32), read_profile)


def onnx_event(name: str, kind: str, microseconds: object = 3) -> dict[str, object]:
    return {"cat": "Node", "name": f"{name}_kernel_time", "dur": microseconds, "args": {"op_name": kind}}


def profile(*runs: list[dict[str, object]]) -> bytes:
    session = {"cat": "Session", "name": "model_run", "dur": 99, "args": {}}
    return json.dumps([session, *(event for run in runs for event in run)]).encode()


VALUES = {place: np.full(shape, place, np.float32) for place, shape in enumerate(network().output_shapes)}


def told(values: dict[int, Floats] = VALUES) -> dict[int, Floats]:
    """Without those that a fused ReLU hides."""
    return {place: value for place, value in values.items() if place not in (0, 3)}


def test_an_engines_nodes_are_given_to_the_operators_that_they_execute() -> None:
    run = [
        *(onnx_event("cast", "Cast", 1), onnx_event("image", "Mul", 2), onnx_event("1_nchwc", "Conv", 4)),
        *(onnx_event("fused 2", "FusedConv", 8), onnx_event("ReorderOutput_token_3", "ReorderOutput", 16)),
        *(onnx_event("3 made", "QLinearAdd", 32), onnx_event("fused fused 5", "MaxPool", 64)),
        *(
            onnx_event("7", "Flatten", 128),
            onnx_event("logits", "Gemm", 256),
            onnx_event("Transpose_9", "Transpose", 5),
        ),
    ]
    layers = tracing().layers(read_onnxruntime(profile(run), network()), told())
    assert [(layer.first, layer.last, layer.name, layer.compute_ns) for layer in layers] == [
        (0, 1, "conv2d + relu (Cast, Mul, Conv)", 7_000),
        (2, 2, "conv2d (FusedConv)", 8_000),
        (3, 4, "add + relu (ReorderOutput, QLinearAdd)", 48_000),
        (5, 6, "max_pool2d + relu (MaxPool)", 64_000),
        (7, 7, "flatten (Flatten)", 128_000),
        (8, 8, "linear (Gemm, Transpose)", 261_000),
    ]
    assert [layer.output.flat[0] for layer in layers] == [1, 2, 4, 6, 7, 8]


def test_what_an_engine_does_not_fuse_has_entries_of_its_own() -> None:
    times = [NodeTime(place, "Node", 1.0) for place in range(9)]
    layers = tracing().layers(times, VALUES)
    assert [(layer.first, layer.last) for layer in layers] == [(place, place) for place in range(9)]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no JSON",
        b"[1]",
        b"[]",
        b"{}",
        b"[" * 100_000,
        profile([onnx_event("1", "Conv", -1)]),
        profile([onnx_event("1", "Conv", "3")]),
        profile([onnx_event("1", "Conv", 1 << 60)]),
        profile([{"cat": "Node", "name": "1_kernel_time", "dur": 1}]),
    ],
)
def test_a_profile_that_cannot_be_read_is_refused(said: bytes) -> None:
    files = tracing(partial(read_onnxruntime, network=network()))
    with pytest.raises(PayloadError):
        files.times(TraceFileAnswer((np.zeros((1, 10), np.float32),), said).encode())


@pytest.mark.parametrize(
    "said", [b"", b"\xff", b"8 0 1\n\n", b"8 0 x Add\n\n", b"8 0 1 Add\n\n8 0 1 Add\n8 1 1 Add\n\n"]
)
def test_a_profile_of_litert_that_cannot_be_read_is_refused(said: bytes) -> None:
    files = tracing(partial(read_litert, operators=()))
    with pytest.raises(PayloadError):
        files.times(TraceFileAnswer((np.zeros((1, 10), np.float32),), said).encode())


def test_xnnpacks_nodes_are_told_apart_by_their_kinds() -> None:
    operators = telling_tflite(network(), Precision.FP32).operators
    pooling = [kind for kind, _ in operators].index("MAX_POOL_2D")
    nodes = ["Convolution (NHWC, F32) IGEMM", "Constant Pad", "Convolution (NHWC, F32) IGEMM", "Add (ND)", "Clamp (NC)"]
    lines = [f"8 {number} {number} {words}" for number, words in enumerate(nodes)]
    lines += [f"2 {pooling} 50 MAX_POOL_2D", f"2 {len(operators)} 999 TfLiteXNNPackDelegate", "8 0 60 Clamp (NC)"]
    lines += ["8 1 1 Static Reshape (NC)", "8 2 2 Static Reshape (NC)", "8 3 70 Fully Connected (NC, F32) GEMM"]
    times = read_litert(("\n".join(lines) + "\n\n").encode() * 3, operators)
    assert [(node.place, node.kind, node.compute_ns) for node in times] == [
        *((1, "Convolution", 0.0), (None, "Constant Pad", 1000.0), (2, "Convolution", 2000.0)),
        *((4, "Add", 3000.0), (4, "Clamp", 4000.0), (5, "MAX_POOL_2D", 50_000.0), (6, "Clamp", 60_000.0)),
        *((7, "Static Reshape", 1000.0), (8, "Static Reshape", 2000.0), (8, "Fully Connected", 70_000.0)),
    ]


def test_outputs_that_the_file_does_not_have_are_refused() -> None:
    files = tracing()
    right: list[npt.NDArray[Any]] = [VALUES[output.places[0]][np.newaxis] for output in files.outputs.told]
    assert files.values(TraceFileAnswer(tuple(right)).encode()).keys() == told().keys()
    row, signed = right[1].reshape(1, -1), right[1].astype(np.int8)
    wrong = (right[0], row, *right[2:]), (right[0], signed, *right[2:]), tuple(right[:2])
    for outputs in wrong:
        with pytest.raises(PayloadError):
            files.values(TraceFileAnswer(outputs).encode())


def test_a_mean_takes_neither_the_first_run_nor_those_that_were_disturbed() -> None:
    assert settled_mean([900, 3, 4, 3, 4, 3, 4, 800, 0]) == 3.5
    assert settled_mean([7]) == 7
