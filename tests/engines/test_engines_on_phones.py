"""An installed engine on an emulated phone: the shipped runner for Android, over a stand-in for Android's C library."""

import time
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base import locations
from mnist_bench.base.locations import LIBRARY_RUNNER
from mnist_bench.devices.device import NeededLibrary
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.phone.adb import this_adb
from mnist_bench.devices.phone.deploy import remove
from mnist_bench.devices.phone.errors import NotDeployable
from mnist_bench.devices.phone.transport import open_runner
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerLost
from mnist_bench.network.bundled import load_network
from tests.library.engines import install
from tests.odd_engines import digits_to_read
from tests.phone.adb_server import AdbServer
from tests.phone.android_libc import built_files, give_android_libc
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone
from tools import build_runner

pytestmark = [
    pytest.mark.phone,
    pytest.mark.skipif(
        not build_runner.compiler_is_here(),
        reason=f"{build_runner.compiler_pin()} is not installed: `make runner` does it",
    ),
]

DIGITS = digits_to_read(20)
SOON_SECONDS = 3.0  # from adb's `device` to the first answer


@pytest.fixture(scope="session")
def android_libc(phone_system: Path) -> Path:
    """What stands in for Android's C library; made before the tests' adb server changes HOME."""
    return built_files()


@pytest.fixture
def engine_phone(
    android_libc: Path, make_phone: MakePhone, adb: AdbServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> VirtualPhone:
    """A phone with the stand-in, and an engine of our own making in the store, which reads `digits_to_read`."""
    return phone_with_engine("arm64-v8a", android_libc, make_phone, adb, monkeypatch, tmp_path)


def phone_with_engine(
    abi: str, android_libc: Path, make_phone: MakePhone, adb: AdbServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> VirtualPhone:
    phone = make_phone(abi=abi)
    engine = give_android_libc(phone, android_libc, abi)
    assert "connected to" in adb("connect", phone.serial)
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path)
    install("litert", engine.read_bytes(), f"android-{abi}")
    return phone


def litert_on(phone: VirtualPhone) -> Backend:
    return find_backend(f"litert-fp32@android:{phone.serial}", {})


def test_an_engine_answers_from_a_phone_and_tells_of_itself(engine_phone: VirtualPhone) -> None:
    with InferenceEngine(litert_on(engine_phone)) as engine:
        assert (engine.info.program, engine.info.threads) == ("mnist-bench litert", 1)
        assert (engine.info.facts["abi"], engine.info.facts["litert"]) == ("arm64-v8a", "1.2.3")
        assert int(engine.info.facts["cores"]) >= 1
        engine.load(load_network("digits-mlp"))
        assert np.array_equal(engine.classify(DIGITS.images).digits, DIGITS.labels)
        assert (engine.time(DIGITS.images[0], 2, 10) > 0).all()
        assert engine.loaded.peak_memory_bytes > 0
    assert engine_phone.files() == ["litert.so", LIBRARY_RUNNER]
    assert engine_phone.commands() == []
    assert remove(this_adb(), engine_phone.serial) is True
    assert engine_phone.files(".") == []


def test_a_phone_that_was_unplugged_answers_soon_after_it_is_back(engine_phone: VirtualPhone, adb: AdbServer) -> None:
    with InferenceEngine(litert_on(engine_phone)) as engine:
        engine.load(load_network("digits-mlp"))
        engine_phone.unplug()
        with pytest.raises(RunnerLost):
            engine.classify(DIGITS.images)
        engine_phone.boot()
        adb("disconnect", engine_phone.serial)
        assert "connected to" in adb("connect", engine_phone.serial)
        began = time.monotonic()
        engine.restart()
        assert np.array_equal(engine.classify(DIGITS.images).digits, DIGITS.labels)
        assert time.monotonic() - began < SOON_SECONDS


def test_a_library_that_the_phone_cannot_open_is_told_in_its_own_words(
    engine_phone: VirtualPhone,
) -> None:
    install("litert", b"no library", "android-arm64-v8a")
    with pytest.raises(RunnerUnavailable, match="LiteRT's library cannot be opened: file too short"):
        InferenceEngine(litert_on(engine_phone)).start()


def test_the_program_for_emulators_on_x86_64_starts_and_opens_a_library(
    android_libc: Path, make_phone: MakePhone, adb: AdbServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There is no LiteRT for them, whose API the engine of our own making has: it is only opened."""
    phone = phone_with_engine("x86_64", android_libc, make_phone, adb, monkeypatch, tmp_path)
    install("litert", b"", "android-arm64-v8a")
    litert = InferenceEngine(litert_on(phone))
    with pytest.raises(NotDeployable, match="There is no LiteRT for"):
        litert.start()
    library = NeededLibrary("litert", "LiteRT", ("android-x86_64",))
    transport = open_runner(phone.serial, "emulator", program=LIBRARY_RUNNER, library=library)
    native = find_backend(f"native-fp32@android:{phone.serial}", {})
    with InferenceEngine(native, connect=lambda: transport) as engine:
        assert engine.info.program == "mnist-bench litert"
        assert engine.info.facts["abi"] == "x86_64"
