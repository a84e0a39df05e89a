"""A real runner process, spoken to frame by frame without an engine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.devices.this_computer import child_environment
from mnist_bench.engines.backend import Backend
from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import ActivationQuantization, AvgPool2d, Conv2d, Flatten, Linear, QuantizedWeights
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import ClassifyAnswer, ClassifyRequest, ErrorAnswer, RunnerInfo, TimeRequest
from mnist_bench.protocol.tables import KIND_ERROR, MAX_ANSWER, ErrorCode, Kind
from mnist_bench.runners.host import run_executor
from mnist_bench.runners.torch_runner import make_executor
from tests.backends import QNNPACK_INT8, TORCH_FP32, command_of
from tests.networks import ones, zeros

IMAGE = np.zeros((1, 28, 28), np.uint8)
SOON_SECONDS = 2.0  # a runner ends within 1 s of losing its engine; the machine may be busy


class Runner:
    """A runner process and its frames."""

    def __init__(self, backend: Backend, **variables: str) -> None:
        self.process = subprocess.Popen(
            command_of(backend),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**child_environment(), **variables},
        )
        self._number = 0

    def send(self, kind: int, payload: bytes = b"") -> None:
        assert self.process.stdin is not None
        self._number += 1
        self.process.stdin.write(encode_frame(Frame(kind, self._number, payload)))
        self.process.stdin.flush()

    def ask(self, kind: int, payload: bytes = b"") -> Frame:
        self.send(kind, payload)
        assert self.process.stdout is not None
        answer = read_frame(self.process.stdout, MAX_ANSWER)
        assert answer is not None
        assert answer.number == self._number
        return answer

    def end_of_input(self) -> int:
        """Close its input; the status that it ends with, within seconds."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(10)

    def stop(self) -> None:
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def started() -> Iterator[list[Runner]]:
    runners: list[Runner] = []
    yield runners
    for runner in runners:
        runner.stop()


PRINTING = """
import os
forward = torch.nn.Linear.forward
def printing_forward(module, values):
    print("a stray print")
    os.write(1, b"stray bytes")
    return forward(module, values)
torch.nn.Linear.forward = printing_forward
"""


def changed_runner(backend: Backend, folder: Path, change: str) -> Runner:
    """A runner whose Python makes a `change` to PyTorch when it starts."""
    (folder / "sitecustomize.py").write_text(f"import torch\n{change}\n")
    return Runner(backend, PYTHONPATH=os.pathsep.join((str(folder), child_environment()["PYTHONPATH"])))


def test_a_runner_keeps_its_frames_apart_and_ends_with_its_input(tmp_path: Path, started: list[Runner]) -> None:
    """A library prints to descriptor 1; Ctrl+C is the engine's to handle; a long `time` is broken off."""
    runner = changed_runner(TORCH_FP32, tmp_path, PRINTING)
    started.append(runner)
    info = RunnerInfo.decode(runner.ask(Kind.HELLO).payload)
    assert (info.program, info.threads, info.capabilities) == ("mnist-bench torch-fp32", 1, ("fp32", "trace"))
    network = encode_network(load_network("digits-cnn"), TORCH_FP32.precision)
    loaded = LoadResult.decode(runner.ask(Kind.LOAD, network).payload)
    assert loaded.peak_memory_bytes > 50_000_000
    runner.process.send_signal(signal.SIGINT)
    ClassifyAnswer.decode(runner.ask(Kind.CLASSIFY, ClassifyRequest(IMAGE).encode()).payload, 1)
    runner.send(Kind.TIME, TimeRequest(IMAGE[0], 100_000, 100_000).encode())
    assert runner.end_of_input() == 0
    assert runner.process.stderr is not None
    words = runner.process.stderr.read()
    assert b"a stray print" in words
    assert b"stray bytes" in words


@pytest.mark.parametrize(("backend", "precision"), [(TORCH_FP32, Precision.FP32), (QNNPACK_INT8, Precision.INT8)])
def test_a_long_inference_ends_soon_after_its_input(
    backend: Backend, precision: Precision, started: list[Runner]
) -> None:
    """As when the engine is killed. PyTorch takes some seconds for these images, in which no other Python runs."""
    runner = Runner(backend)
    started.append(runner)
    assert runner.ask(Kind.LOAD, encode_network(slow_network(), precision)).kind == answer_kind(Kind.LOAD)
    runner.send(Kind.CLASSIFY, ClassifyRequest(np.repeat(IMAGE, 200, axis=0)).encode())
    begin = time.monotonic()
    assert runner.end_of_input() == 0
    assert time.monotonic() - begin < SOON_SECONDS


def slow_network() -> Network:
    """Four convolutions of 180 million multiply-adds each."""
    quantized = QuantizedWeights(np.ones((160, 160, 3, 3), np.int8), ones(160))
    wide = Conv2d(quantized.dequantized(), zeros(160), padding=(1, 1), quantized=quantized)
    quantized = QuantizedWeights(np.ones((160, 1, 1, 1), np.int8), ones(160))
    first = Conv2d(quantized.dequantized(), zeros(160), quantized=quantized)
    quantized = QuantizedWeights(np.ones((10, 160), np.int8), ones(10))
    last = Linear(quantized.dequantized(), zeros(10), quantized=quantized)
    operators = (first, *[wide] * 4, AvgPool2d((28, 28), (28, 28)), Flatten(), last)
    return Network("slow", operators, (ActivationQuantization(1.0, 0),) * len(operators))


@pytest.mark.parametrize(
    ("backend", "change", "sentence"),
    [
        (TORCH_FP32, "torch.__version__ = '2.14.1'", "PyTorch 2.14.1 is installed, but this backend needs 2.13"),
        (
            QNNPACK_INT8,
            "type(torch.backends.quantized).supported_engines = ['fbgemm']",
            "has no QNNPACK; builds for Linux and macOS usually have it.",
        ),
    ],
)
def test_a_backend_that_cannot_run_says_why_and_goes_on(
    tmp_path: Path, started: list[Runner], backend: Backend, change: str, sentence: str
) -> None:
    runner = changed_runner(backend, tmp_path, change)
    started.append(runner)
    for _ in range(2):
        answer = runner.ask(Kind.HELLO)
        error = ErrorAnswer.decode(answer.payload)
        assert (answer.kind, error.code) == (KIND_ERROR, ErrorCode.UNAVAILABLE)
        assert sentence in error.sentence
    assert runner.ask(Kind.CLOSE).kind == 134
    assert runner.process.wait(10) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows have no VmHWM")
def test_peak_memory_is_the_runners_own_and_not_its_parents() -> None:
    parent = """
import subprocess, sys
ballast = bytearray(300_000_000)
ballast[::4096] = bytes(len(ballast[::4096])).replace(b"\\0", b"x")
child = "from mnist_bench.runners.host import peak_memory_bytes; print(peak_memory_bytes())"
sys.exit(subprocess.run([sys.executable, "-c", child]).returncode)
"""
    done = subprocess.run(
        [sys.executable, "-c", parent], env=child_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert 1_000_000 < int(done.stdout) < 150_000_000


@pytest.mark.parametrize("options", [["--threads", "0"], ["--threads", "x"], ["--mode", "fast"]])
def test_a_runner_refuses_impossible_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["runner", *options])
    with pytest.raises(SystemExit) as caught:
        run_executor(make_executor)
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err
