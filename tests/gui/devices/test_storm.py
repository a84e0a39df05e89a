"""A storm: phones unplugged and adb's server killed at random moments, again and again; `make storm` for a long one."""

import random
import time
from collections.abc import Callable

import pytest

from mnist_bench.session.backend_state import Status
from tests.gui.devices.window_bench import RIGHT_AGAIN_S, Bench, MakeBench
from tests.phone.adb_server import AdbServer
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

RUNNER = "mnist-bench-runner"
CASES_FOR_AN_UNPLUG = 25  # of MNIST_BENCH_CASES: four unplugs in CI, 200 in the long storm
UNPLUGS_FOR_A_KILL = 5
LONGEST_MS = 600  # between the begin of something and what breaks it off


def int8(phone: VirtualPhone) -> str:
    return f"native-int8@android:{phone.serial}"


class Storm:
    """What is done with two phones, and to them."""

    def __init__(self, bench: Bench, phones: tuple[VirtualPhone, VirtualPhone], seed: int) -> None:
        self.bench, self.phones = bench, phones
        self._chance = random.Random(seed)  # noqa: S311 - nothing secret
        self._slowest_s = 0.0
        self._samples = 0
        self._digit = 3

    def begin_something(self) -> None:
        """What a person may be doing with the phones just then."""
        bench = self.bench
        states = [state for state in bench.session.devices.states if state.seen.is_ready]
        match self._chance.randrange(5):
            case 0:
                bench.session.live.repeat()
            case 1 if states:
                bench.session.devices_work.deploy(self._chance.choice(states))
            case 2 if states:
                bench.session.devices_work.remove(self._chance.choice(states))
            case 3 if states:
                bench.session.reading.look_at(self._chance.choice(states).id)
            case _:
                bench.draw(10 - self._digit)
        bench.pass_ms(self._chance.randrange(LONGEST_MS))

    def unplug_one(self) -> None:
        """One is unplugged and plugged in again; the other goes on."""
        phone, other = self._chance.sample(self.phones, 2)
        self.begin_something()
        self.bench.meanwhile(phone.unplug)
        self.bench.pass_ms(self._chance.randrange(LONGEST_MS))
        assert self.bench.state(int8(other)).status is not Status.WAITING, "the other phone went on"
        self.bench.meanwhile(phone.boot)
        self.see_that_all_is_right(phone)

    def kill(self, adb: AdbServer) -> None:
        """The server is killed, which forgets both."""
        self.begin_something()
        self.bench.meanwhile(adb.kill)
        for phone in self.phones:
            self.bench.wait(lambda phone=phone: not self._is_seen(phone) or self._is_ready(phone))  # type: ignore[misc]
        self.see_that_all_is_right(*self.phones)

    def see_that_all_is_right(self, *again: VirtualPhone) -> None:
        """Both cards answer; those that were away did so in time. No sample is lost, no file is left."""
        bench = self.bench
        for phone in again:
            bench.wait(lambda phone=phone: self._is_seen(phone))  # type: ignore[misc]
            began = time.monotonic()
            bench.wait_for(int8(phone), Status.READY)
            self._slowest_s = max(self._slowest_s, time.monotonic() - began)
        self._digit = 10 - self._digit
        bench.wait(lambda: not bench.session.jobs.is_busy)
        bench.draw(self._digit)
        for phone in self.phones:
            bench.wait(lambda phone=phone: bench.answers(int8(phone), self._digit))  # type: ignore[misc]
        samples = sum(len(bench.session.live.samples.compute_ns(int8(phone))[0]) for phone in self.phones)
        assert samples > self._samples
        self._samples = samples

    def check(self) -> None:
        """At the end."""
        print(f"slowest card {self._slowest_s:.2f} s, longest stall {self.bench.heartbeat.longest_s:.2f} s")
        assert self._slowest_s < RIGHT_AGAIN_S
        self.bench.check_live()

    def see_that_nothing_is_left(self) -> None:
        """Files of runs and of copies that were broken off are gone soon after a phone is back."""
        for phone in self.phones:
            wait_until(lambda phone=phone: len(_runs(phone)) <= 1, 10)  # type: ignore[misc]
            assert all(run.startswith(".run-") for run in _runs(phone)), phone.files()

    def _is_seen(self, phone: VirtualPhone) -> bool:
        device = self.bench.session.devices.find(f"android:{phone.serial}")
        return device is not None and device.seen.is_ready

    def _is_ready(self, phone: VirtualPhone) -> bool:
        return self.bench.state(int8(phone)).status is Status.READY


def _runs(phone: VirtualPhone) -> set[str]:
    """The runs that have files there, and whatever else is left."""
    return {name.rpartition(".")[0] or name for name in phone.files() if name != RUNNER}


def test_a_storm(
    make_bench: MakeBench, plugged_in: VirtualPhone, second_plugged_in: VirtualPhone, adb: AdbServer, cases: int
) -> None:
    phones = (plugged_in, second_plugged_in)
    storm = Storm(make_bench(*map(int8, phones)), phones, cases)
    happenings: list[Callable[[], None]] = [storm.unplug_one] * max(cases // CASES_FOR_AN_UNPLUG, 2)
    happenings += [lambda: storm.kill(adb)] * max(len(happenings) // UNPLUGS_FOR_A_KILL, 1)
    random.Random(cases).shuffle(happenings)  # noqa: S311 - nothing secret
    for happening in happenings:
        happening()
    storm.see_that_nothing_is_left()
    storm.check()
