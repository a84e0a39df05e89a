"""ExecuTorch as a backend of this computer: what its runner answers and tells, and what is said where it cannot run."""

import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import UsageError
from mnist_bench.devices import this_computer
from mnist_bench.devices.device import Device
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.libraries import Library
from mnist_bench.devices.phone.device import AndroidPhone
from mnist_bench.devices.this_computer import child_environment, python_command
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.backends import backends_on, default_backends, find_backend, local_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.formats.errors import FormatError
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.runners.executorch_export import SIZE
from tests.backends import NATIVE_INT8
from tests.executorch_packages import STUCK, install_packages
from tests.networks import steep_network, tiny_network

INT8 = find_backend("executorch-int8:2")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("cache")
        patch.setattr(locations, "cache_dir", lambda: cache)
        yield install_packages()


def test_int8_answers_are_the_native_runners_and_the_export_is_kept(installed: Library) -> None:
    images, network = labelled_digits().images[:40], load_network("digits-mlp")
    assert network.activations is not None
    with InferenceEngine(INT8) as engine, InferenceEngine(NATIVE_INT8) as native:
        facts = engine.info.facts
        assert (engine.info.threads, facts["executorch"], "Python" in facts["called"]) == (2, "1.2.3", True)
        engine.load(network)
        native.load(network)
        apart = np.abs(engine.classify(images).logits - native.classify(images).logits)
        assert np.isin(np.rint(apart / network.activations[-1].scale), (0, 1)).all()
        assert (apart == 0).mean() > 0.99
        (kept,) = (installed.folder / "exported").iterdir()
        written = kept.stat().st_mtime_ns
        engine.load(network)
        assert kept.stat().st_mtime_ns == written
        assert engine.time(images[0], 1, 3).min() > 0
    assert find_backend("executorch-int8").missing() is None
    assert not list(installed.path.rglob("*.pyc"))  # it would be started once, and have changed the next time


def test_an_export_ends_once_nobody_waits_for_it(no_engines: None) -> None:
    packages = str(install_packages(STUCK).path)
    command = python_command("mnist_bench.runners.executorch_export", packages)
    payload = encode_network(tiny_network(), Precision.FP32)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=child_environment()) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(SIZE.pack(len(payload)) + payload)
        process.stdin.flush()
        assert next(line for line in process.stderr if line == b"stuck\n")
        process.stdin.close()
        assert process.wait(10) == 1


def test_it_is_offered_like_any_other_engine(installed: Library) -> None:
    assert {"executorch-fp32", "executorch-int8"} <= {backend.id for backend in local_backends()}
    assert "executorch" not in {backend.kind.name for backend in default_backends()}
    assert (INT8.id, INT8.title) == ("executorch-int8:2", "ExecuTorch int8 · 2 threads")
    assert INT8.mode_words == "XNNPACK, called from Python · 2 threads"
    assert "exported to ExecuTorch" in INT8.start_words
    phone: Device = AndroidPhone("SERIAL", "Pixel")
    assert "executorch" not in {backend.kind.name for backend in backends_on(phone)}
    with pytest.raises(UsageError, match=r"ExecuTorch needs Python, and .* does not run Python"):
        find_backend("executorch-int8@android:SERIAL", {})


def test_its_runner_leaves_nothing_in_the_temporary_folder(
    installed: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    with InferenceEngine(INT8) as engine:
        engine.load(tiny_network())
        engine.classify(labelled_digits().images[:1])
    assert not list(tmp_path.iterdir())


def test_what_xnnpack_does_not_take_is_refused_before_it_is_exported() -> None:
    with pytest.raises(
        FormatError, match=r"ExecuTorch does not run this network in int8: .* linear \(layer 2\) by 300"
    ):
        INT8.encode(steep_network(300))


def test_packages_of_another_python_are_told_at_the_start(no_engines: None) -> None:
    install_packages({"executorch/__init__.py": b"raise ImportError('made for another Python')"})
    with pytest.raises(RunnerUnavailable, match=r"made for another Python.*install it again: mnist-bench engines"):
        InferenceEngine(INT8).start()


def _change(packages: Path) -> None:
    (packages / "executorch/exir/__init__.py").write_bytes(b"import os")


def _add(packages: Path) -> None:
    (packages / "torch.py").write_bytes(b"import os")


def _remove(packages: Path) -> None:
    (packages / "executorch/exir/__init__.py").unlink()


def _move(packages: Path) -> None:
    (packages / "executorch/exir").rename(packages / "executorch/other")


def _link(packages: Path) -> None:
    (packages / "torch").symlink_to(packages / "executorch")


@pytest.mark.parametrize("harm", [_change, _add, _remove, _move, _link])
def test_packages_that_are_not_what_was_installed_are_not_run(no_engines: None, harm: object) -> None:
    assert callable(harm)
    harm(install_packages().path)
    with pytest.raises(RunnerUnavailable, match=r"has changed since it was installed|cannot be read"):
        INT8.connect()


def test_without_it_a_sentence_says_what_to_do(no_engines: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert INT8.missing() == "ExecuTorch is not installed. Run `mnist-bench engines install executorch`."
    monkeypatch.setattr(this_computer, "this_abi", lambda: "armeabi-v7a")
    assert "There is no ExecuTorch for this computer" in str(INT8.missing())
    assert f"Python {platform.python_version()}" in str(INT8.missing())
