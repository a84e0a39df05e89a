"""The native runner as a process: its options, its end, its memory, its self-test."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.protocol.messages import ClassifyAnswer, ClassifyRequest, RunnerInfo, TimeRequest
from mnist_bench.protocol.tables import Kind
from tests.native.conftest import Start, kernel_names, shipped_program
from tests.networks import zeros

PIXELS = np.zeros((28, 28), np.uint8)
SOON_SECONDS = 2.0  # a runner ends within 1 s of losing its engine; the machine may be busy
MEMORY_BESIDES = 1 << 20  # bytes that a runner may take besides twice the network's

linux = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux can do this.")


def run(program: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *options], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def test_the_version_is_told(native_runner: Path) -> None:
    assert run(native_runner, "--version").stdout.startswith("mnist-bench native ")


def test_the_kernels_pass_their_self_test(native_runner: Path) -> None:
    done = run(native_runner, "--self-test")
    assert done.returncode == 0, done.stdout
    assert "portable: fp32 0 of 400 wrong, int8 0 of 400 wrong" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fast"], 'The option "--fast" is unknown'),
        (["--kernels", "mmx"], 'This processor cannot run the kernels "mmx".'),
        (["--kernels"], 'This processor cannot run the kernels "".'),
        (["--core", "one"], '"one" is not the number of a core.'),
        (["--core", "-1"], '"-1" is not the number of a core.'),
        (["--core"], '"" is not the number of a core.'),
        (["--core", "4095"], "This system does not let the runner run on core 4095 alone."),
    ],
)
def test_a_wrong_option_is_told_and_nothing_runs(native_runner: Path, options: list[str], sentence: str) -> None:
    done = run(native_runner, *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(sentence)


@linux
def test_a_core_can_be_chosen(start: Start) -> None:
    core = max(os.sched_getaffinity(0))
    runner = start("--core", str(core))
    assert runner.answer(Kind.HELLO, b"", RunnerInfo.decode).facts["core"] == str(core)
    assert os.sched_getaffinity(runner.process.pid) == {core}


def test_kernels_can_be_chosen(start: Start, native_runner: Path) -> None:
    for name in kernel_names(native_runner):
        assert start("--kernels", name).answer(Kind.HELLO, b"", RunnerInfo.decode).facts["kernels"] == name


def test_a_long_time_ends_with_the_input(start: Start) -> None:
    """Such a request would run for more than ten seconds."""
    runner = start("--kernels", "portable")
    runner.load(load_network("digits-cnn"), Precision.FP32)
    runner.send(Kind.TIME, TimeRequest(PIXELS, 100_000, 100_000).encode())
    begin = time.monotonic()
    assert runner.end_of_input() == 0
    assert time.monotonic() - begin < 5


def test_many_slow_images_end_with_the_input(start: Start) -> None:
    """Each takes longer than 0.1 s, a hundred longer than ten."""
    wide = Conv2d(zeros(96, 96, 5, 5), zeros(96), (1, 1), (2, 2))
    first = Conv2d(zeros(96, 1, 1, 1), zeros(96))
    layers = (first, wide, wide, wide, AvgPool2d((28, 28), (28, 28)), Flatten(), Linear(zeros(10, 96), zeros(10)))
    runner = start("--kernels", "portable")
    runner.load(Network("slow", layers), Precision.FP32)
    runner.send(Kind.CLASSIFY, ClassifyRequest(np.stack([PIXELS] * 100)).encode())
    begin = time.monotonic()
    assert runner.end_of_input() == 0
    assert time.monotonic() - begin < 5


def test_a_long_inference_ends_soon_after_its_input(start: Start) -> None:
    """As when the engine is killed. One image of this network takes some seconds: a look between images is too late."""
    grow = [Conv2d(zeros(1, 1, 1, 1), zeros(1), padding=(32, 32))] * 30
    slow = Conv2d(zeros(1, 1, 30, 30), zeros(1), padding=(15, 15))
    shrink = [MaxPool2d((1, 1), (32, 32)), MaxPool2d((1, 1), (32, 32))]
    runner = start("--kernels", "portable")
    runner.load(Network("slow", (*grow, slow, *shrink, Flatten(), Linear(zeros(10, 4), zeros(10)))), Precision.FP32)
    runner.send(Kind.CLASSIFY, ClassifyRequest(PIXELS[None]).encode())
    begin = time.monotonic()
    assert runner.end_of_input() == 0
    assert time.monotonic() - begin < SOON_SECONDS


def test_an_engine_that_goes_away_while_it_is_answered_is_no_failure(start: Start) -> None:
    runner = start()
    assert runner.process.stdout is not None
    runner.process.stdout.close()
    runner.send(Kind.HELLO)
    assert runner.process.wait(20) == 0


@linux
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", bundled_names())
def test_the_shipped_program_needs_little_memory(start: Start, name: str, precision: Precision) -> None:
    runner = start(program=shipped_program())
    loaded = runner.load(load_network(name), precision)
    classified = runner.answer(
        Kind.CLASSIFY, ClassifyRequest(np.stack([PIXELS] * 100)).encode(), lambda data: ClassifyAnswer.decode(data, 100)
    )
    peak = max(loaded.peak_memory_bytes, classified.peak_memory_bytes)
    assert 0 < peak <= 2 * loaded.network_bytes + MEMORY_BESIDES
