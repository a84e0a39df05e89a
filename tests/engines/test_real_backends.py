"""The engine on PyTorch's real backends, each started once for all tests that leave it as it was."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.devices.this_computer import THIS_COMPUTER, SubprocessTransport
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerRefused
from mnist_bench.network.bundled import load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import Flatten, MaxPool2d
from mnist_bench.network.network import Network, Precision
from tests.backends import QNNPACK_INT8, TORCH_FP32, command_of
from tests.engines.conftest import wait_until
from tests.networks import quantize, random_linear, random_network, tiny_network

IMAGES = np.random.default_rng(0).integers(0, 256, (250, 28, 28), dtype=np.uint8)
MODEL = "digits-mlp"


@pytest.fixture(scope="module")
def all_engines() -> Iterator[list[InferenceEngine]]:
    """Both backends, started at the same time."""
    engines = [InferenceEngine(backend) for backend in (TORCH_FP32, QNNPACK_INT8)]
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(InferenceEngine.start, engines))
        for engine in engines:
            engine.load(load_network(MODEL))
        yield engines
    finally:
        for engine in engines:
            engine.close()


@pytest.fixture(params=range(2), ids=[TORCH_FP32.id, QNNPACK_INT8.id])
def engine(request: pytest.FixtureRequest, all_engines: list[InferenceEngine]) -> InferenceEngine:
    index: int = request.param
    return all_engines[index]


def test_an_engine_knows_who_runs_and_what_was_loaded(engine: InferenceEngine) -> None:
    assert engine.info.program == f"mnist-bench {engine.backend.name}"
    assert engine.info.threads == 1
    assert engine.info.capabilities == (str(engine.backend.precision), "trace")
    assert engine.info.facts["mode"] == "eager"
    parameters = load_network(MODEL).parameter_count
    smallest = parameters * (4 if engine.backend.precision is Precision.FP32 else 1)
    assert smallest <= engine.loaded.network_bytes < smallest * 1.1
    assert engine.loaded.load_ns > 0
    assert engine.loaded.peak_memory_bytes > 50_000_000


def test_many_images_are_asked_for_in_several_requests(engine: InferenceEngine) -> None:
    together = engine.classify(IMAGES)
    pieces = list(engine.classify_in_pieces(IMAGES))
    assert together.logits.shape == together.probabilities.shape == (250, 10)
    assert together.logits.dtype == together.probabilities.dtype == np.float32
    assert together.timings[0].images == 100
    assert sum(timing.images for timing in together.timings) == 250
    assert all(0 < timing.compute_ns <= timing.round_trip_ns for timing in together.timings)
    assert all(timing.transport_ns == timing.round_trip_ns - timing.compute_ns for timing in together.timings)
    np.testing.assert_array_equal(together.logits, np.concatenate([piece.logits for piece in pieces]))
    np.testing.assert_allclose(together.probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(together.digits, together.logits.argmax(axis=1))
    assert together.peak_memory_bytes >= engine.loaded.peak_memory_bytes


def test_one_image_none_and_images_of_any_layout(engine: InferenceEngine) -> None:
    one = engine.classify(IMAGES[0])
    assert (one.logits.shape, len(one.timings)) == ((1, 10), 1)
    none = engine.classify(IMAGES[:0])
    assert (none.logits.shape, none.probabilities.shape, none.digits.shape, none.timings) == (
        (0, 10),
        (0, 10),
        (0,),
        (),
    )
    turned = np.asfortranarray(IMAGES[:3])
    np.testing.assert_array_equal(engine.classify(turned).logits, engine.classify(IMAGES[:3]).logits)


@pytest.mark.parametrize(
    "images",
    [np.zeros((28, 28)), np.zeros((2, 28, 27), np.uint8), np.zeros(784, np.uint8), np.zeros((1, 1, 28, 28), np.uint8)],
)
def test_what_is_not_images_is_refused(engine: InferenceEngine, images: np.ndarray) -> None:
    with pytest.raises(UsageError):
        engine.classify(images)


def test_time_and_trace_take_one_image(engine: InferenceEngine) -> None:
    for images in (IMAGES[:1], IMAGES[:0]):
        with pytest.raises(UsageError):
            engine.time(images, 0, 1)
        with pytest.raises(UsageError):
            engine.trace(images)
    for warm_up, runs in ((0, 0), (-1, 1), (0, 100_001), (100_001, 1)):
        with pytest.raises(UsageError):
            engine.time(IMAGES[0], warm_up, runs)


def test_a_hot_loop_gives_a_time_for_each_run(engine: InferenceEngine) -> None:
    compute_ns = engine.time(IMAGES[0], 3, 20)
    assert compute_ns.shape == (20,)
    assert compute_ns.dtype == np.int64
    assert (compute_ns > 0).all()


def test_a_trace_ends_in_the_logits(engine: InferenceEngine) -> None:
    layers = engine.trace(IMAGES[0])
    fused = engine.backend.precision is Precision.INT8
    names = ["flatten", "linear + relu", "linear + relu", "linear"]
    assert [layer.name for layer in layers] == (names if fused else " + ".join(names).split(" + "))
    np.testing.assert_array_equal(layers[-1].output, engine.classify(IMAGES[0]).logits[0])
    assert layers[0].output.shape == (784,)


def test_what_a_backend_cannot_execute_is_told_and_it_goes_on(all_engines: list[InferenceEngine]) -> None:
    _, qnnpack = all_engines
    rng = np.random.default_rng(0)
    network = quantize(rng, (MaxPool2d((1, 1), (2, 2)), Flatten(), random_linear(rng, 10, 196)))
    with pytest.raises(RunnerRefused, match="qnnpack-int8 cannot execute this network"):
        qnnpack.load(network)
    with pytest.raises(RunnerRefused, match="No network has been loaded"):
        qnnpack.classify(IMAGES[0])
    with pytest.raises(NetworkError, match="no int8 parameters"):
        qnnpack.load(random_network(rng))
    qnnpack.load(load_network(MODEL))
    qnnpack.classify(IMAGES[0])


def test_an_overflowing_network_is_told_and_its_backend_goes_on(all_engines: list[InferenceEngine]) -> None:
    torch_fp32, _ = all_engines
    rng = np.random.default_rng(0)
    layers = [random_linear(rng, 10, features) for features in (784, 10, 10)]
    huge = [type(layer)(layer.weight * np.float32(1e20), layer.bias) for layer in layers]
    torch_fp32.load(Network("huge", (Flatten(), *huge)))
    with pytest.raises(RunnerRefused, match="not finite"):
        torch_fp32.classify(IMAGES[0])
    torch_fp32.load(load_network(MODEL))
    torch_fp32.classify(IMAGES[0])


def test_threads_share_an_engine_and_engines_the_computer(all_engines: list[InferenceEngine]) -> None:
    expected = [engine.classify(IMAGES[:20]).logits for engine in all_engines]

    def ask(number: int) -> None:
        engine, logits = all_engines[number % 2], expected[number % 2]
        for index in range(20):
            np.testing.assert_array_equal(
                engine.classify(IMAGES[index]).digits, logits[index : index + 1].argmax(axis=1)
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
        with THIS_COMPUTER.lane.turn():
            answers = [pool.submit(engine.classify, IMAGES[0]) for engine in all_engines]
            wait_until(lambda: len(THIS_COMPUTER.lane._queue) == 3)
            assert not any(answer.done() for answer in answers)
        for answer in answers:
            answer.result(30)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_long_request_is_cancelled_at_once_and_a_restart_is_as_before() -> None:
    backend = TORCH_FP32
    pids: list[int] = []

    def connect() -> SubprocessTransport:
        transport = SubprocessTransport(command_of(backend))
        pids.append(transport.pid)
        return transport

    with InferenceEngine(backend, connect=connect) as engine, ThreadPoolExecutor(1) as pool:
        loaded = engine.load(tiny_network())
        before = engine.classify(IMAGES).logits.tobytes()
        running = pool.submit(engine.time, IMAGES[0], 100_000, 100_000)
        wait_until(lambda: engine._connection is not None and engine._connection._running is not None)
        start = time.monotonic()
        engine.cancel()
        assert isinstance(running.exception(30), Cancelled)
        assert time.monotonic() - start < 3  # 0.2 s on a machine that has nothing else to do
        assert not engine.is_running
        engine.restart()
        assert engine.loaded.network_bytes == loaded.network_bytes
        assert engine.classify(IMAGES).logits.tobytes() == before
        assert [exists(pid) for pid in pids] == [False, True]
    assert not any(map(exists, pids))


def test_a_model_that_is_none_or_a_backend_that_is_none_starts_nothing() -> None:
    with pytest.raises(InputError):
        open_engine("torch-fp32", "no-such-model")
    with pytest.raises(UsageError):
        open_engine("torch-fp8")
    with pytest.raises(UsageError):
        open_engine("torch-fp32", threads=0)


def test_an_engine_is_opened_with_its_mode_threads_and_network() -> None:
    with open_engine("qnnpack-int8:torchscript", MODEL, threads=2) as engine:
        assert engine.info.threads == 2
        assert engine.info.facts["mode"] == "torchscript"
        assert engine.classify(IMAGES[:3]).logits.shape == (3, 10)
    assert not engine.is_running
