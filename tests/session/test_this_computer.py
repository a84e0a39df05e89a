"""What is told of this computer, beside the other devices."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_bench.base.processors import ProcessorLimits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend, local_backends
from mnist_bench.network.network import ON_STREAM
from mnist_bench.session.choices import Choices
from mnist_bench.session.devices import Devices
from mnist_bench.session.inbox import Inbox, Worker
from mnist_bench.session.live import Live
from mnist_bench.session.this_computer import ComputerAbout, ThisComputer, read_this_computer
from tests.backends import NATIVE_INT8
from tests.networks import tiny_network
from tests.session.conftest import Waiting

ABOUT = ComputerAbout(
    "Fast CPU", ProcessorLimits(8, 2), 16_000_000_000, ("Native int8",), ("QNNPACK int8: It is missing.",)
)


def facts(about: ComputerAbout) -> dict[str, str]:
    return {fact.name: fact.words for fact in about.facts()}


def told(devices: Devices) -> set[str]:
    about = devices.here.about
    return set() if about is None else {fact.name for fact in about.facts()}


def test_everything_that_is_known_is_told() -> None:
    assert facts(replace(ABOUT, kernels="avx2")) == {
        "Processor": "Fast CPU",
        "Cores": "2 of 8 processors",
        "Memory": "16.0 GB",
        "Kernels": "avx2",
        "Backends": "Native int8",
        "Unavailable": "QNNPACK int8: It is missing.",
    }
    assert ABOUT.cores()[7] == (7, "core 7")


def test_what_the_system_does_not_tell_is_left_out() -> None:
    assert facts(ComputerAbout("", ProcessorLimits(2, 2), None, (), ())) == {"Cores": "2 processors"}


def test_backends_that_cannot_run_here_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(backend: Backend) -> str | None:
        return "There is none." if backend.id == "native-int8" else None

    monkeypatch.setattr(Backend, "missing", missing)
    about = read_this_computer()
    assert about.unable == ("Native int8: There is none.",)
    assert set(about.able) == {one.plain_title for one in local_backends(ON_STREAM)} - {"Native int8", "Native fp16"}
    assert about.processors.present == os.cpu_count()


@pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")
def test_the_kernels_are_told_once_a_runner_has_chosen_them(inbox: Inbox, wait: Waiting, tmp_path: Path) -> None:
    live, worker = Live(inbox), Worker(inbox, "background")
    devices = Devices(inbox, live, Choices(worker, tmp_path / "choices.json"), {})
    computer = ThisComputer(worker, live, devices)
    computer.begin()
    wait.until(lambda: devices.here.about is not None)
    assert "Kernels" not in told(devices)
    live.choose([find_backend("native-int8")])
    live.use_network(tiny_network())
    wait.until(lambda: "Kernels" in told(devices))
    about = devices.here.about
    assert isinstance(about, ComputerAbout)
    cannot = [why for why in about.unable if why.startswith("Native fp16 needs a processor")]
    assert len(cannot) + about.able.count("Native fp16") == 1
    assert devices.find("") is devices.here
    assert devices.here.chosen == {"native-int8"}
    assert devices.states == ()
    assert live.close(5.0)
    worker.close(2.0)
