"""The native runner, built once with this computer's compiler, and conversations with it."""

import functools
import io
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.base.locations import package_home, runner_program
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, encode_frame, read_frame
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import ClassifyAnswer, ClassifyRequest, ErrorAnswer, Pixels
from mnist_bench.protocol.tables import KIND_ERROR, MAX_ANSWER, Kind
from mnist_bench.protocol.tracing import TraceAnswer, TraceRequest
from tools.build_runner import stand_in

SOURCES = package_home() / "mnist_bench" / "runners"
ABIS = {"x86_64": "x86_64", "aarch64": "arm64-v8a"}
T = TypeVar("T")


def compile_runner(
    compiler: str, program: Path, *options: str, sources: Path = SOURCES, folder: str = "native"
) -> Path:
    """Build the runner in `folder` at `program`, every warning an error."""
    flags = ("-std=c17", "-Wall", "-Wextra", "-Werror", '-DMNIST_BENCH_VERSION="test"', *options)
    files = map(str, sorted((*sources.glob(f"{folder}/*.c"), *sources.glob("common/*.c"))))
    includes = ("-I", str(sources / "common"))
    subprocess.run([compiler, *flags, *includes, *files, "-lm", "-ldl", "-o", str(program)], check=True)
    return program


@pytest.fixture(scope="session")
def native_runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner as its source is now, built with $CC and $CFLAGS; the shipped one where there is no compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return shipped_program()
    flags = shlex.split(os.environ.get("CFLAGS", ""))
    return compile_runner(
        compiler, tmp_path_factory.mktemp("native") / "mnist-bench-runner", "-O3", *stand_in(), *flags
    )


def shipped_program() -> Path:
    """The program in resources/ for this computer, ready to run; the test is skipped where there is none."""
    program = runner_program(ABIS.get(platform.machine(), "none"))
    if sys.platform != "linux" or not program.is_file():
        pytest.skip("There is neither a C compiler nor a shipped runner for this computer.")
    return program


def kernel_names(program: Path) -> list[str]:
    """The sets of kernels that this processor can run, as the self-test lists them."""
    lines = subprocess.run([program, "--self-test"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.partition(":")[0] for line in lines if " wrong" in line]


class NativeRunner:
    """A runner process and its frames."""

    def __init__(self, program: Path, *options: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([program, *options], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
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
        assert answer is not None, "The runner ended."
        assert answer.number == self._number
        return answer

    def answer(self, kind: int, payload: bytes, decode: Callable[[bytes], T]) -> T:
        """The decoded answer to a request that is not refused."""
        frame = self.ask(kind, payload)
        assert frame.kind == kind + 128, ErrorAnswer.decode(frame.payload)
        return decode(frame.payload)

    def refusal(self, kind: int, payload: bytes = b"") -> ErrorAnswer:
        frame = self.ask(kind, payload)
        assert frame.kind == KIND_ERROR
        return ErrorAnswer.decode(frame.payload)

    def load(self, network: Network, precision: Precision) -> LoadResult:
        self._shapes = network.output_shapes
        return self.answer(Kind.LOAD, encode_network(network, precision), LoadResult.decode)

    def classify(self, images: Pixels) -> npt.NDArray[np.float32]:
        decode = functools.partial(ClassifyAnswer.decode, images=len(images))
        return self.answer(Kind.CLASSIFY, ClassifyRequest(images).encode(), decode).logits

    def trace(self, pixels: Pixels) -> TraceAnswer:
        decode = functools.partial(TraceAnswer.decode, shapes=self._shapes)
        return self.answer(Kind.TRACE, TraceRequest(pixels).encode(), decode)

    def end_of_input(self, seconds: float = 20) -> int:
        """The exit status once nobody asks any more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(seconds)


Start = Callable[..., NativeRunner]


@pytest.fixture
def start(native_runner: Path) -> Iterator[Start]:
    """Starts the runner with options; all are ended behind the test."""
    runners: list[NativeRunner] = []

    def start_one(*options: str, program: Path = native_runner) -> NativeRunner:
        runners.append(NativeRunner(program, *options))
        return runners[-1]

    yield start_one
    end(runners)


def end(runners: Iterable[NativeRunner]) -> None:
    """End their processes, and close their streams."""
    for runner in runners:
        runner.process.kill()
        with runner.process:
            pass


Converse = Callable[..., tuple[int, list[Frame]]]


@pytest.fixture
def converse(native_runner: Path) -> Converse:
    """Sends frames (or bytes as they are) to a runner of their own; returns its status and its answers."""

    def talk(*requests: Frame | bytes) -> tuple[int, list[Frame]]:
        data = b"".join(request if isinstance(request, bytes) else encode_frame(request) for request in requests)
        done = subprocess.run([native_runner], input=data, capture_output=True, timeout=60)
        answers = io.BytesIO(done.stdout)
        return done.returncode, list(iter(lambda: read_frame(answers, MAX_ANSWER), None))

    return talk
