"""The library runner: files in engines' own formats, pixels in and logits out, and every way in which it refuses."""

import os
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_bench.formats.export_onnx import export_onnx, telling_onnx
from mnist_bench.formats.export_tflite import export_tflite, telling_tflite
from mnist_bench.formats.telling import ToldValue
from mnist_bench.formats.tflite_writing import WrittenOperator, WrittenTensor, write
from mnist_bench.network.layers import ActivationQuantization, Conv2d, Flatten, Linear, MaxPool2d, QuantizedWeights
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.messages import ErrorAnswer, Pixels, RunnerInfo, TimeAnswer, TimeRequest
from mnist_bench.protocol.tables import KIND_ERROR, AxisOrder, ErrorCode, Kind, Output, Placement
from mnist_bench.protocol.tracing import TraceFileAnswer, TraceFileRequest
from tests.library.conftest import StartLibrary
from tests.library.engines import PATTERNS, library_of
from tests.networks import tiny_network, zeros

ENGINES = tuple(PATTERNS)
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
PROFILED = {"onnxruntime": b'"name" :"2 made_kernel_time"', "litert": b"Fully Connected"}
NCHW, NHWC = AxisOrder.NCHW, AxisOrder.NHWC
SOON_SECONDS = 3.0  # a runner ends within 1 s of losing its engine; the machine may be busy


def tiny_file(engine: str, precision: Precision = Precision.FP32) -> LoadFileRequest:
    """The largest pixel, times the digit, in the engine's format."""
    if engine == "onnxruntime":
        return LoadFileRequest("onnx", export_onnx(tiny_network(), precision), NCHW, scale=1.0)
    return LoadFileRequest("tflite", export_tflite(tiny_network(), precision), NHWC)


def telling_file(engine: str, precision: Precision) -> tuple[TraceFileRequest, tuple[ToldValue, ...]]:
    """The same with the values of its operators, of the first image; and what the outputs are."""
    tell = {"onnxruntime": telling_onnx, "litert": telling_tflite}[engine]
    telling = tell(tiny_network(), precision)
    file = replace(tiny_file(engine, precision), file=telling.data)
    return TraceFileRequest(file, IMAGES[0], is_timed=False), telling.told


def picking_onnx(shape: tuple[int | str, ...], places: list[int], *, softmax: bool = False) -> bytes:
    """An ONNX file that puts out ten values of its input, by their place in memory."""
    constants = {"all": np.array([1, -1], np.int64), "places": np.array(places, np.int64)}
    nodes = [
        helper.make_node("Reshape", ["image", "all"], ["row"]),
        helper.make_node("Gather", ["row", "places"], ["picked"], axis=1),
        helper.make_node("Softmax" if softmax else "Identity", ["picked"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "picking",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ("n", 10))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    encoded: bytes = model.SerializeToString()
    return encoded


def picking_tflite(kind: type[np.generic], scale: float, zero_point: int, first: int) -> bytes:
    """A TFLite file that puts out ten values of its input, one behind the other from `first`."""

    def quantized(name: str, *shape: int) -> WrittenTensor:
        return WrittenTensor(name, shape, kind, None, (scale,), (zero_point,))

    def numbers(name: str, *values: int) -> WrittenTensor:
        return WrittenTensor(name, (len(values),), np.int32, np.array(values, np.int32))

    tensors = [
        *(quantized("image", 1, 28, 28, 1), quantized("row", 1, 784), quantized("out", 1, 10)),
        *(numbers("shape", 1, 784), numbers("begin", 0, first), numbers("end", 1, first + 10), numbers("step", 1, 1)),
    ]
    operators = [
        WrittenOperator("RESHAPE", ("image", "shape"), ("row",)),
        WrittenOperator("STRIDED_SLICE", ("row", "begin", "end", "step"), ("out",)),
    ]
    return write(tensors, operators, ("image",), ("out",))


def enlarged(pixels: Pixels) -> npt.NDArray[np.float32]:
    """28 x 28 to 32 x 32, by the formula of network/operators/resizing.py."""
    at = np.maximum((np.arange(32) + 0.5) * 28 / 32 - 0.5, 0)
    rows = np.stack([np.interp(at, np.arange(28), row) for row in pixels.astype(np.float64)])
    return np.stack([np.interp(at, np.arange(28), column) for column in rows.T], axis=1).astype(np.float32)


@pytest.mark.parametrize("engine", ENGINES)
def test_hello_tells_of_the_engine(start_engine: StartLibrary, engine: str) -> None:
    info = start_engine(engine, "--threads", "2", "--engine-version", "1.2.3").answer(
        Kind.HELLO, b"", RunnerInfo.decode
    )
    assert (info.program, info.threads, info.capabilities) == (f"mnist-bench {engine}", 2, ("fp32", "int8", "trace"))
    known = {"onnxruntime": "1.32.0", "litert": "1.2.3"}  # LiteRT's library does not tell, whoever starts this does
    assert info.facts[engine] == known[engine]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_request_is_answered(start_engine: StartLibrary, engine: str, threads: int, precision: Precision) -> None:
    runner = start_engine(engine, "--threads", str(threads))
    request = tiny_file(engine, precision)
    loaded = runner.load_file(request)
    assert loaded.network_bytes == len(request.file)
    largest = IMAGES.max(axis=(1, 2))[:, None].astype(np.float32) / 255
    np.testing.assert_allclose(runner.classify(IMAGES), largest * np.arange(10), rtol=1e-6, atol=0.04)
    times = runner.answer(Kind.TIME, TimeRequest(IMAGES[0], 3, 5).encode(), lambda data: TimeAnswer.decode(data, 5))
    assert (times.compute_ns > 0).all()
    assert runner.refusal(Kind.TRACE, IMAGES[0].tobytes()).code == ErrorCode.UNKNOWN_KIND
    assert runner.ask(Kind.CLOSE).kind == Kind.CLOSE + 128
    assert runner.process.wait(20) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_traced_file_tells_its_outputs_and_times_and_what_is_loaded_stays(
    start_engine: StartLibrary, engine: str
) -> None:
    runner, network = start_engine(engine), tiny_network()
    runner.load_file(tiny_file(engine, Precision.INT8))
    logits = runner.classify(IMAGES[:1])
    request, told = telling_file(engine, Precision.INT8)
    answer = runner.answer(Kind.TRACE_FILE, request.encode(), TraceFileAnswer.decode)
    values = {
        one.places[0]: one.read(output, network.output_shapes[one.places[0]])
        for one, output in zip(told, answer.outputs, strict=True)
    }
    np.testing.assert_array_equal(values[2], logits[0])
    assert values[0].item() == values[1].item() == pytest.approx(int(IMAGES[0].max()) / 255)
    assert answer.profile == b""
    timed = TraceFileRequest(tiny_file(engine, Precision.INT8), IMAGES[0], is_timed=True)
    profile = runner.answer(Kind.TRACE_FILE, timed.encode(), TraceFileAnswer.decode).profile
    assert PROFILED[engine] in profile
    np.testing.assert_array_equal(runner.classify(IMAGES[:1]), logits)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_trace_of_what_is_no_file_is_refused(start_engine: StartLibrary, engine: str) -> None:
    runner = start_engine(engine)
    request, _ = telling_file(engine, Precision.FP32)
    for payload, code in (
        (b"", ErrorCode.BAD_PAYLOAD),
        (request.encode()[:-1], ErrorCode.BAD_PAYLOAD),
        (b"\2" + request.encode()[1:], ErrorCode.BAD_PAYLOAD),
        (replace(request, file=replace(request.file, file=b"none")).encode(), ErrorCode.BAD_NETWORK),
        (replace(request, file=replace(request.file, file=b"none"), is_timed=True).encode(), ErrorCode.BAD_NETWORK),
    ):
        assert runner.refusal(Kind.TRACE_FILE, payload).code == code
    assert len(runner.answer(Kind.TRACE_FILE, request.encode(), TraceFileAnswer.decode).outputs) > 1


@pytest.mark.parametrize("order", AxisOrder)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("placement", Placement)
def test_pixels_reach_a_file_as_it_asks(
    start_engine: StartLibrary, placement: Placement, channels: int, order: AxisOrder
) -> None:
    side = 28 if placement is Placement.AS_THEY_ARE else 32
    pixels = IMAGES[0].astype(np.float32)
    plane = {Placement.CENTRED: np.pad(pixels, 2), Placement.ENLARGED: enlarged(IMAGES[0])}.get(placement, pixels)
    value = np.stack([plane * np.float32(0.5) - np.float32(3)] * channels, axis=0 if order is NCHW else 2)
    places = [int(place) for place in np.linspace(0, value.size - 1, 10)]
    shape = ("n", channels, side, side) if order is NCHW else ("n", side, side, channels)
    file = picking_onnx(shape, places)
    request = LoadFileRequest("onnx", file, order, channels, placement, 0.5, -3.0)
    logits = start_engine("onnxruntime").logits(request, IMAGES[:1])
    np.testing.assert_allclose(logits[0], value.ravel()[places], rtol=1e-5)


def test_a_flat_input_takes_the_pixels_row_by_row(start_engine: StartLibrary) -> None:
    file = picking_onnx(("n", 784), [0, 27, 28, 100, 200, 300, 400, 500, 600, 783])
    logits = start_engine("onnxruntime").logits(LoadFileRequest("onnx", file, NCHW, scale=1.0), IMAGES)
    np.testing.assert_array_equal(logits, IMAGES.reshape(3, 784)[:, [0, 27, 28, 100, 200, 300, 400, 500, 600, 783]])


def test_probabilities_become_their_logarithms(start_engine: StartLibrary) -> None:
    file = picking_onnx((1, 1, 28, 28), list(range(10)), softmax=True)
    pixels = np.zeros((1, 28, 28), np.uint8)
    pixels[0, 0, :2] = 200, 201
    request = LoadFileRequest("onnx", file, NCHW, scale=1.0, output=Output.PROBABILITIES)
    logits = start_engine("onnxruntime").logits(request, pixels)[0]
    assert logits[:2] == pytest.approx(-np.log1p(np.exp([1, -1])), rel=1e-5)
    assert logits[2:] == pytest.approx(np.log(1e-30), rel=1e-5)


def test_bytes_that_stand_for_nothing_else_are_the_number_itself(start_engine: StartLibrary) -> None:
    file = export_onnx(tiny_network(), Precision.FP32)
    logits = start_engine("onnxruntime").logits(LoadFileRequest("onnx", file, NCHW, scale=-1.0, offset=255.0), IMAGES)
    largest = (255 - IMAGES).max(axis=(1, 2))[:, None].astype(np.float32) / 255
    np.testing.assert_allclose(logits, largest * np.arange(10), rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "scale", "zero_point", "least"),
    [(np.int8, 1 / 255, -128, -128), (np.uint8, 1 / 255, 0, 0), (np.int8, 0.013, 5, -128), (np.uint8, 0.004, 9, 0)],
)
def test_a_quantized_input_takes_the_byte_of_the_number(
    start_engine: StartLibrary, kind: type[np.generic], scale: float, zero_point: int, least: int
) -> None:
    request = LoadFileRequest("tflite", picking_tflite(kind, scale, zero_point, 300), NHWC, scale=1 / 255, offset=-0.1)
    if scale == 1 / 255:
        request = LoadFileRequest("tflite", request.file, NHWC)
    logits = start_engine("litert").logits(request, IMAGES)
    number = IMAGES.reshape(3, 784)[:, 300:310] * np.float32(request.scale) + np.float32(request.offset)
    byte = np.clip(np.rint(number / np.float32(scale)) + zero_point, least, least + 255)
    np.testing.assert_allclose(logits, (byte - zero_point) * np.float32(scale), rtol=1e-5)


@pytest.mark.parametrize(
    ("engine", "library", "words"),
    [
        ("onnxruntime", "litert", "is not ONNX Runtime's, or of another version: it has no OrtGetApiBase."),
        ("litert", "onnxruntime", "is not LiteRT's, or of another version: it has no LiteRtCreateEnvironment."),
        ("litert", "text", "LiteRT's library cannot be opened: "),
        ("onnxruntime", "nothing", "ONNX Runtime's library cannot be opened: "),
    ],
)
def test_another_library_or_none_is_told(
    start_engine: StartLibrary, tmp_path: Path, engine: str, library: str, words: str
) -> None:
    (tmp_path / "text").write_text("not a library")
    path = library_of(library) if library in PATTERNS else tmp_path / library
    runner = start_engine(engine, library=path)
    for kind, payload in ((Kind.HELLO, b""), (Kind.LOAD_FILE, tiny_file(engine).encode())):
        refusal = runner.refusal(kind, payload)
        assert refusal.code == ErrorCode.UNAVAILABLE
        assert words in refusal.sentence
        assert str(tmp_path) not in refusal.sentence


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_of_another_format_is_refused_and_nothing_is_loaded(start_engine: StartLibrary, engine: str) -> None:
    other = next(one for one in ENGINES if one != engine)
    runner = start_engine(engine)
    runner.load_file(tiny_file(engine))
    assert "reads files of the format" in runner.refusal(Kind.LOAD_FILE, tiny_file(other).encode()).sentence
    assert runner.refusal(Kind.TIME, TimeRequest(IMAGES[0], 0, 1).encode()).code == ErrorCode.NO_NETWORK
    mislabelled = LoadFileRequest(tiny_file(engine).format, tiny_file(other).file, NCHW)
    assert runner.refusal(Kind.LOAD_FILE, mislabelled.encode()).code == ErrorCode.BAD_NETWORK
    assert runner.refusal(Kind.LOAD, b"").code == ErrorCode.UNKNOWN_KIND
    runner.load_file(tiny_file(engine))


def test_a_file_that_is_read_but_cannot_be_executed_is_told_at_load(start_engine: StartLibrary) -> None:
    """XNNPACK does not multiply sums by 256 or more."""
    weights = QuantizedWeights(np.ones((10, 784), np.int8), np.ones(10, np.float32))
    linear = Linear(weights.dequantized(), zeros(10), quantized=weights)
    activations = (INPUT_QUANTIZATION, ActivationQuantization(1e-5, 128))
    file = export_tflite(Network("steep", (Flatten(), linear), activations=activations), Precision.INT8)
    runner = start_engine("litert")
    refusal = runner.refusal(Kind.LOAD_FILE, LoadFileRequest("tflite", file, NHWC).encode())
    assert refusal.code == ErrorCode.UNSUPPORTED
    assert refusal.sentence.startswith("The file was read, but cannot be executed: LiteRT failed")
    runner.load_file(tiny_file("litert"))


def widening_tflite(rows: int, stated: int, *, computed: bool = False) -> bytes:
    """A TFLite file that puts out the sum of its pixels, `rows` times, and states `stated` values. If `computed`, the
    graph computes how many they are.
    """
    weights = WrittenTensor("weights", (rows, 784), values=np.ones((rows, 784), np.float32))
    tensors = [WrittenTensor("image", (1, 28, 28, 1)), weights, WrittenTensor("out", (1, stated))]
    sums = WrittenOperator("FULLY_CONNECTED", ("image", "weights"), ("sums" if computed else "out",))
    if not computed:
        return write(tensors, [sums], ("image",), ("out",))
    ones, sizes = (WrittenTensor(str(one), (2,), np.int32, np.array(one, np.int32)) for one in ((1, 1), (1, rows)))
    tensors += [WrittenTensor("sums", (1, rows)), ones, sizes, WrittenTensor("shape", (2,), np.int32)]
    operators = [
        sums,
        WrittenOperator("MUL", (ones.name, sizes.name), ("shape",)),
        WrittenOperator("RESHAPE", ("sums", "shape"), ("out",)),
    ]
    return write(tensors, operators, ("image",), ("out",))


@pytest.mark.parametrize("rows", [5, 10, 14, 20])
@pytest.mark.parametrize("computed", [False, True])
def test_a_file_that_states_another_output_than_its_graph_makes_is_refused(
    start_engine: StartLibrary, rows: int, computed: bool
) -> None:
    runner = start_engine("litert")
    request = LoadFileRequest("tflite", widening_tflite(rows, 10, computed=computed), NHWC)
    if rows == 10:
        np.testing.assert_allclose(runner.logits(request, IMAGES)[:, 0], IMAGES.sum(axis=(1, 2)) / 255, rtol=1e-4)
        return
    refusal = runner.refusal(Kind.LOAD_FILE, request.encode())
    assert (refusal.code, refusal.sentence) == (
        ErrorCode.BAD_NETWORK,
        "The file states other shapes than its graph makes.",
    )
    runner.load_file(tiny_file("litert"))


@pytest.mark.parametrize("zero_point", [-(2**31), -(2**40), -129, 256, 2**31 - 1, 2**40])
def test_a_zero_point_that_is_no_byte_is_refused(start_engine: StartLibrary, zero_point: int) -> None:
    runner = start_engine("litert")
    request = LoadFileRequest("tflite", picking_tflite(np.int8, 0.01, zero_point, 0), NHWC)
    refusal = runner.refusal(Kind.LOAD_FILE, request.encode())
    assert (refusal.code, refusal.sentence[-1]) == (ErrorCode.UNSUPPORTED, ".")
    runner.load_file(tiny_file("litert"))


FIELDS = 2 + len("tflite")  # where the numbers of a payload begin


def changed(request: LoadFileRequest, at: int, data: bytes) -> bytes:
    """The payload with these bytes at `at`, counted from its numbers."""
    payload = request.encode()
    return payload[: FIELDS + at] + data + payload[FIELDS + at + len(data) :]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", ErrorCode.BAD_PAYLOAD),
        (tiny_file("litert").encode()[:-1], ErrorCode.BAD_PAYLOAD),
        (tiny_file("litert").encode() + b"\0", ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), -FIELDS, b"\xff\xff"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 0, b"\2"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 2, b"\3"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 4, b"\2"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 6, b"\2"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 8, struct.pack("<f", np.nan)), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 12, struct.pack("<f", np.inf)), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 16, b"\xff\xff\xff\xff"), ErrorCode.BAD_PAYLOAD),
        (changed(tiny_file("litert"), 0, b"\3"), ErrorCode.UNSUPPORTED),
        (changed(tiny_file("litert"), 2, b"\1"), ErrorCode.UNSUPPORTED),
    ],
)
def test_an_unsound_request_is_refused_and_the_runner_goes_on(
    start_engine: StartLibrary, payload: bytes, code: ErrorCode
) -> None:
    runner = start_engine("litert")
    refusal = runner.refusal(Kind.LOAD_FILE, payload)
    assert (refusal.code, refusal.sentence[-1]) == (code, ".")
    runner.load_file(tiny_file("litert"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_damaged_file_is_refused_or_runs(
    start_engine: StartLibrary, engine: str, precision: Precision, cases: int
) -> None:
    rng = np.random.default_rng(1)
    runner, request = start_engine(engine), tiny_file(engine, precision)
    kinds = []
    for number in range(min(cases, 300)):
        data = bytearray(request.file)
        for at in rng.integers(0, len(data), rng.integers(1, 5)):
            data[at] ^= 1 << int(rng.integers(8))
        file = bytes(data[: rng.integers(len(data))]) if number % 4 == 0 else bytes(data)
        answer = runner.ask(Kind.LOAD_FILE, LoadFileRequest(request.format, file, request.order).encode())
        kinds.append(answer.kind)
        if answer.kind == KIND_ERROR:
            assert ErrorAnswer.decode(answer.payload).sentence.endswith(".")
        else:
            runner.ask(Kind.TIME, TimeRequest(IMAGES[0], 0, 1).encode())
    assert {KIND_ERROR, Kind.LOAD_FILE + 128} == set(kinds)
    runner.load_file(request)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_time_ends_with_the_input(start_engine: StartLibrary, engine: str) -> None:
    runner = start_engine(engine)
    runner.load_file(tiny_file(engine))
    runner.send(Kind.TIME, TimeRequest(IMAGES[0], 100_000, 100_000).encode())
    begin = time.monotonic()
    assert runner.end_of_input() == 0
    assert time.monotonic() - begin < SOON_SECONDS


def test_more_than_an_answer_can_hold_is_told(start_engine: StartLibrary) -> None:
    nodes = [
        helper.make_node("Flatten", ["image"], ["row"]),
        helper.make_node("Slice", ["row", "begin", "end", "axis"], ["out"]),
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
    ]
    numbers = {"begin": [0], "end": [10], "axis": [1], "shape": [1, 1 << 24]}
    graph = helper.make_graph(
        nodes,
        "large",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 1, 28, 28))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, None)) for name in ("out", "large")],
        [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    request = TraceFileRequest(LoadFileRequest("onnx", model.SerializeToString(), NCHW), IMAGES[0], is_timed=False)
    refusal = start_engine("onnxruntime").refusal(Kind.TRACE_FILE, request.encode())
    assert (refusal.code, "more than one answer can hold" in refusal.sentence) == (ErrorCode.UNSUPPORTED, True)


def slow_file() -> LoadFileRequest:
    """A network that takes a second or more for an image."""
    grow = [Conv2d(zeros(1, 1, 1, 1), zeros(1), padding=(32, 32))] * 30
    slow = Conv2d(zeros(1, 1, 30, 30), zeros(1), padding=(15, 15))
    shrink = [MaxPool2d((1, 1), (32, 32)), MaxPool2d((1, 1), (32, 32))]
    network = Network("slow", (*grow, slow, *shrink, Flatten(), Linear(zeros(10, 4), zeros(10))))
    return LoadFileRequest("onnx", export_onnx(network, Precision.FP32), NCHW)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_long_inference_ends_soon_after_its_input(start_engine: StartLibrary, threads: str) -> None:
    """Loading runs a first image."""
    runner = start_engine("onnxruntime", "--threads", threads)
    runner.send(Kind.LOAD_FILE, slow_file().encode())
    assert runner.end_of_input() == 0
    assert runner.process.stdout is not None
    assert runner.process.stdout.read() == b""  # it did not get to its answer


def test_a_trace_that_is_cut_off_leaves_no_profile(
    start_engine: StartLibrary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    runner = start_engine("onnxruntime")
    runner.send(Kind.TRACE_FILE, TraceFileRequest(slow_file(), IMAGES[0], is_timed=True).encode())
    assert runner.end_of_input() == 0
    assert runner.process.stdout is not None
    assert runner.process.stdout.read() == b""
    assert list(tmp_path.iterdir()) == []


def test_a_profile_that_cannot_be_written_is_told(start_engine: StartLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    runner = start_engine("onnxruntime")
    request = TraceFileRequest(tiny_file("onnxruntime"), IMAGES[0], is_timed=True)
    refusal = runner.refusal(Kind.TRACE_FILE, request.encode())
    assert (refusal.code, "TMPDIR names one" in refusal.sentence) == (ErrorCode.FAILED, True)
    assert runner.answer(Kind.TRACE_FILE, replace(request, is_timed=False).encode(), TraceFileAnswer.decode).outputs


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what a process has open.")
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_sent_or_written(
    start_engine: StartLibrary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    runner = start_engine(engine)
    runner.load_file(tiny_file(engine))
    runner.classify(IMAGES)
    timed = TraceFileRequest(tiny_file(engine), IMAGES[0], is_timed=True)  # ONNX Runtime's profiler writes a file
    runner.answer(Kind.TRACE_FILE, timed.encode(), TraceFileAnswer.decode)
    opened = [str(path.readlink()) for path in Path(f"/proc/{runner.process.pid}/fd").iterdir()]
    assert not [name for name in opened if not name.startswith("pipe:") and name != os.devnull]
    assert list(tmp_path.iterdir()) == []
    assert runner.end_of_input() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "The engine and its library are not named."),
        (["tvm", "lib.so"], 'There is no engine "tvm".'),
        (["litert", "lib.so", "--threads", "0"], '"0" is not a number of threads.'),
        (["litert", "lib.so", "--threads", "65"], '"65" is not a number of threads.'),
        (["litert", "lib.so", "--core", "x"], '"x" is not the number of a core.'),
        (["litert", "lib.so", "--fast"], 'The option "--fast" is unknown'),
    ],
)
def test_a_wrong_option_is_told(library_runner: Path, arguments: list[str], sentence: str) -> None:
    done = subprocess.run([library_runner, *arguments], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
