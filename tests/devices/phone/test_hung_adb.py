"""An adb server or a phone that hangs holds up nobody: whatever waits for it can be cancelled, and the rest goes on."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.phone import deploy as deploy_module
from mnist_bench.devices.phone import server as server_module
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import deploy, is_deployed, remove
from mnist_bench.devices.phone.errors import CannotConnect
from mnist_bench.devices.phone.follower import PhoneFollower
from mnist_bench.devices.phone.remembered import forget, remember, remembered
from mnist_bench.devices.phone.states import PhoneState
from tests.devices.phone.conftest import Listening
from tests.devices.phone.scripted_adb import Answer, ScriptedAdb, okay, silent
from tests.phone.virtual_phone import free_port

SOON_SECONDS = 1.0
PHONE = "10.0.0.7:5555"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(locations, "data_dir", lambda: tmp_path)
    return tmp_path


def test_a_hung_adb_does_not_hold_up_the_news_of_other_phones(folder: Path) -> None:
    """It answers nothing but what its list of phones is, while a phone is to be connected again."""
    listening = Listening()
    remember(PHONE)
    with ScriptedAdb({}) as server:
        follower = PhoneFollower(listening.on_change, listening.on_trouble, Adb(server.port))
        follower.start()
        server.wait_for(lambda: "host:devices-l" in server.asked)  # the attempt to connect waits for its answer
        for number in range(5):
            began = time.monotonic()
            server.tell(f"{PHONE} offline\nOTHER{number} device")
            listening.wait_for_state(f"OTHER{number}", PhoneState.DEVICE)
            assert time.monotonic() - began < SOON_SECONDS
        began = time.monotonic()
        follower.close()
        assert time.monotonic() - began < SOON_SECONDS
        assert listening.troubles == []


ASKED: list[Callable[[Adb], object]] = [
    lambda adb: adb.phones(),
    lambda adb: adb.state("X"),
    lambda adb: adb.shell("X", "true"),
    lambda adb: adb.push("X", bytes(1 << 20), "/x"),
    lambda adb: adb.open_exec("X", "cat"),
    lambda adb: adb.connect(PHONE),
    lambda adb: adb.reconnect(PHONE),
    lambda adb: adb.disconnect(PHONE),
    lambda adb: adb.pair(PHONE, "123456"),
    lambda adb: deploy(adb, "X"),
    lambda adb: is_deployed(adb, "X"),
    lambda adb: remove(adb, "X"),
]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("says", [silent, lambda client: client.sendall(b"OKAY")])
def test_whatever_waits_for_a_hung_adb_can_be_cancelled(ask: Callable[[Adb], object], says: Answer) -> None:
    with ScriptedAdb({"": says}) as server:
        began = time.monotonic()
        with pytest.raises(Cancelled):
            ask(Adb(server.port).cancelled_by(lambda: bool(server.asked)))
        assert time.monotonic() - began < 2 * SOON_SECONDS  # `connect` asks adb to let go, and waits for 1 s


@pytest.mark.parametrize("lock", [server_module._one_at_a_time, deploy_module._locks["X"]])
def test_whoever_waits_for_others_can_give_up(lock: threading.Lock, folder: Path) -> None:
    """Two start the adb server, or bring a runner to the same phone."""
    with lock, pytest.raises(Cancelled):
        deploy(Adb(free_port()).cancelled_by(lambda: True), "X")


@pytest.mark.parametrize("listed", ["offline", "connecting"])
def test_an_address_where_nobody_answered_is_neither_kept_nor_left_in_adbs_list(listed: str) -> None:
    """adb goes on to list it, as a phone that is offline, and to try it."""
    lists = iter(["", f"{PHONE} {listed}"])
    services = {
        "host:devices-l": lambda client: okay(next(lists))(client),
        "host:connect:": okay(f"failed to connect to {PHONE}"),
        "host:disconnect:": okay(f"disconnected {PHONE}"),
    }
    with ScriptedAdb(services) as server:
        with pytest.raises(CannotConnect, match="does not answer"):
            Adb(server.port).connect(PHONE)
        assert server.asked[-1] == f"host:disconnect:{PHONE}"
    assert remembered() == ()


def test_a_phone_that_is_disconnected_while_it_is_tried_again_stays_so() -> None:
    listening = Listening()
    remember(PHONE)
    connecting: list[socket.socket] = []
    services = {
        "host:devices-l": okay(""),
        "host:connect:": connecting.append,
        "host:disconnect:": okay(f"disconnected {PHONE}"),
    }
    with ScriptedAdb(services) as server:
        follower = PhoneFollower(listening.on_change, listening.on_trouble, Adb(server.port))
        follower.start()
        server.wait_for(lambda: bool(connecting))
        forget(PHONE)
        okay(f"connected to {PHONE}")(connecting[0])
        server.wait_for(lambda: f"host:disconnect:{PHONE}" in server.asked)
        follower.close()
