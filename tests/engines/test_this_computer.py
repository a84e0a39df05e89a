"""The native runner as a backend of this computer, and what is said where it cannot be one."""

import contextlib
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base import locations
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.this_computer import executable, this_abi
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from tests.backends import NATIVE_FP16, NATIVE_FP32, NATIVE_INT8
from tests.odd_engines import OddEngines

SAMPLES = bundled_samples()
PIXELS = np.stack([sample.pixels for sample in SAMPLES])


@pytest.fixture(params=[NATIVE_FP32, NATIVE_INT8], ids=lambda backend: backend.id)
def engine(request: pytest.FixtureRequest) -> Iterator[InferenceEngine]:
    with InferenceEngine(request.param) as started:
        yield started


def test_it_says_who_it_is_and_answers_with_every_verb(engine: InferenceEngine) -> None:
    assert engine.info.program == "mnist-bench native"
    assert engine.info.threads == 1
    assert {"fp32", "int8", "trace"} <= set(engine.info.capabilities)
    assert engine.info.facts["abi"] == this_abi()
    assert engine.info.facts["core"] == "any"
    for model in ("digits-mlp", "digits-cnn"):
        network = load_network(model)
        loaded = engine.load(network)
        smallest = network.parameter_count * (4 if engine.backend.precision is Precision.FP32 else 1)
        assert smallest <= loaded.network_bytes < smallest * 1.1
        answer = engine.classify(PIXELS)
        assert answer.digits.tolist() == [sample.label for sample in SAMPLES]
        assert (engine.time(PIXELS[0], 1, 20) > 0).all()
        layers = engine.trace(PIXELS[0])
        np.testing.assert_array_equal(layers[-1].output, engine.classify(PIXELS[:1]).logits[0])
        assert [layer.first for layer in layers[1:]] == [layer.last + 1 for layer in layers[:-1]]


@pytest.mark.parametrize("model", ["digits-mlp", "digits-cnn"])
def test_its_int8_is_qnnpacks_bit_for_bit_on_the_samples(model: str) -> None:
    logits = []
    for backend in ("native-int8", "qnnpack-int8"):
        with open_engine(backend, model) as engine:
            logits.append(engine.classify(PIXELS).logits)
    np.testing.assert_array_equal(logits[0], logits[1])


def test_fp16_runs_where_the_processor_computes_in_it_and_elsewhere_says_what_it_needs() -> None:
    with InferenceEngine(NATIVE_FP32) as fp32:
        is_able = "fp16" in fp32.info.capabilities
        fp32.load(load_network("digits-cnn"))
        exact = fp32.classify(PIXELS).logits
    engine = InferenceEngine(NATIVE_FP16)
    if is_able:
        with engine:
            engine.load(load_network("digits-cnn"))
            logits = engine.classify(PIXELS).logits
        assert 0 < np.abs(logits - exact).max() < 3e-2 * np.abs(exact).max()
    else:
        with pytest.raises(
            RunnerUnavailable, match="Native fp16 cannot run: it needs a processor that computes in fp16"
        ):
            engine.start()
        assert not engine.is_running


@pytest.mark.parametrize("can", [False, True])
def test_what_a_runner_says_decides_whether_fp16_runs(can: bool) -> None:
    engine = OddEngines(native_fp16=("--can", "fp16") if can else ())(NATIVE_FP16)
    with contextlib.closing(engine):
        if can:
            engine.start()
        else:
            with pytest.raises(RunnerUnavailable, match=r"Use native-fp32 instead\.$"):
                engine.start()
        assert engine.is_running is can


def test_it_can_be_pinned_to_a_core() -> None:
    with open_engine("native-int8:core0", "digits-mlp") as engine:
        assert engine.info.facts["core"] == "0"
        assert engine.backend.title == "Native int8 · core 0"


def test_a_core_that_is_not_there_is_named_by_the_runner() -> None:
    with pytest.raises(RunnerDied, match="1023"), InferenceEngine(find_backend("native-fp32:core1023")):
        pytest.fail("it started")


def test_on_another_kind_of_computer_it_says_that_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(RunnerUnavailable, match=r"Native fp32 cannot run: There is no native runner for .* on riscv64"):
        InferenceEngine(NATIVE_FP32).start()


def test_a_program_that_was_never_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert NATIVE_FP32.mode_words == "C · 1 thread"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    assert this_abi() == "windows-x86_64"
    assert find_backend("native-int8:core3").mode_words == "C · core 3", "it has run under Wine"
    assert find_backend("executorch-int8").mode_words.endswith("untested")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert find_backend("litert-int8").mode_words == "C API · 1 thread · untested"


def test_where_it_was_not_built_it_says_how_to_build_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(locations, "resources_dir", lambda: tmp_path)
    with pytest.raises(RunnerUnavailable, match=r"has not been built.*make runner"):
        InferenceEngine(NATIVE_INT8).start()


@pytest.fixture
def plain_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This computer's program in resources of its own, not executable; the cache is empty."""
    abi = this_abi()
    assert abi is not None
    original = locations.runner_program(abi)
    monkeypatch.setattr(locations, "resources_dir", lambda: tmp_path / "resources")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = locations.runner_program(abi)
    program.parent.mkdir(parents=True)
    shutil.copyfile(original, program)
    return program


def test_a_program_that_may_not_be_executed_runs_from_the_cache(plain_program: Path) -> None:
    copy = executable(plain_program)
    assert copy != plain_program
    assert list(copy.parent.iterdir()) == [copy]
    with InferenceEngine(NATIVE_FP32) as engine:
        assert engine.is_running
    before = copy.stat()
    assert executable(plain_program) == copy
    assert copy.stat() == before, "it is copied once"
    copy.write_bytes(b"damaged")
    assert executable(plain_program).read_bytes() == plain_program.read_bytes()
    plain_program.write_bytes(b"the next version")
    assert executable(plain_program).read_bytes() == b"the next version"


def test_a_program_that_can_be_neither_executed_nor_copied_is_told(
    plain_program: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RunnerUnavailable, match="is not executable") as caught:
        InferenceEngine(NATIVE_FP32).start()
    assert "chmod +x" in caught.value.advice


def test_a_program_that_this_system_cannot_start_is_told(plain_program: Path) -> None:
    plain_program.write_bytes(b"\x7fELF, but not really")
    with pytest.raises(RunnerUnavailable, match="Exec format error") as caught:
        InferenceEngine(NATIVE_FP32).start()
    assert "make runner" in caught.value.advice
