"""What is asked of adb, on a real adbd: words that arrive as they are, files, streams, each refusal as its error."""

import logging
import os
import socket
import subprocess
import sys
import time

import pytest

from mnist_bench.base.errors import Cancelled, UsageError
from mnist_bench.devices.phone import services
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import (
    AdbRefused,
    AdbTrouble,
    CannotConnect,
    CannotPair,
    PhoneGone,
    PhoneNotReady,
    PhoneTimedOut,
    PhoneTooOld,
    PhoneUnauthorized,
)
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.remembered import remembered
from mnist_bench.devices.phone.states import PhoneState
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, free_port, wait_until

pytestmark = pytest.mark.phone

FOREIGN = ["a b", "it's", '"$(rm -rf /)"', "`id`", "; exit 7", "\\", "*", "", "ünï", "new\nline", "-n"]


def test_a_phone_is_listed(phone: VirtualPhone, own_adb: Adb) -> None:
    assert own_adb.phones() == (Phone(phone.serial, PhoneState.DEVICE, "Pixel 7"),)
    assert own_adb.state("nobody") is PhoneState.GONE


@pytest.mark.parametrize("service", [services._SHELL_V2, "no-such-service:"])
def test_foreign_words_arrive_as_they_are(
    phone: VirtualPhone, own_adb: Adb, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    """With the shell of today and, where the phone refuses that, with the older one."""
    monkeypatch.setattr(services, "_SHELL_V2", service)
    result = own_adb.shell(phone.serial, "sh", "-c", 'for word; do echo "[$word]"; done; exit 5', "sh", *FOREIGN)
    assert result.output == "".join(f"[{word}]\n" for word in FOREIGN)
    assert result.status == 5


def test_output_and_errors_come_apart(phone: VirtualPhone, own_adb: Adb) -> None:
    result = own_adb.shell(phone.serial, "sh", "-c", "echo out; echo err >&2; exit 200")
    assert (result.output, result.errors, result.status) == ("out\n", "err\n", 200)


def test_a_command_that_does_not_end_costs_no_more_than_its_deadline(phone: VirtualPhone, own_adb: Adb) -> None:
    began = time.monotonic()
    with pytest.raises(PhoneTimedOut, match=r"did not answer within 0\.5 s"):
        own_adb.shell(phone.serial, "sleep", "100", seconds=0.5)
    assert time.monotonic() - began < 3


def test_a_command_that_says_too_much_is_given_up(phone: VirtualPhone, own_adb: Adb) -> None:
    with pytest.raises(AdbTrouble, match="wrote more than 4 MiB"):
        own_adb.shell(phone.serial, "cat", "/dev/zero")


def test_a_file_arrives_whole_and_its_progress_is_told(phone: VirtualPhone, own_adb: Adb) -> None:
    data, told = os.urandom(100_000), list[tuple[int, int]]()
    own_adb.push(phone.serial, data, "/data/local/tmp/a b", progress=lambda done, total: told.append((done, total)))
    assert (phone.root / "data/local/tmp/a b").read_bytes() == data
    assert told[-1] == (100_000, 100_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_cancelled_file_is_not_there(phone: VirtualPhone, own_adb: Adb) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        own_adb.cancelled_by(lambda: bool(told)).push(
            phone.serial, bytes(100_000), "/data/local/tmp/x", progress=lambda done, _: told.append(done)
        )
    wait_until(lambda: phone.files(".") == [])


@pytest.mark.parametrize(
    ("storage", "words"), [("size=40k", "No space left on device"), ("ro", "Read-only file system")]
)
def test_a_refused_file_brings_the_phones_own_words(
    phone: VirtualPhone, own_adb: Adb, storage: str, words: str
) -> None:
    with phone.with_storage(storage), pytest.raises(AdbRefused, match=words):
        own_adb.push(phone.serial, bytes(300_000), "/data/local/tmp/x")


def test_a_stream_carries_any_bytes_both_ways(phone: VirtualPhone, own_adb: Adb) -> None:
    data = bytes(range(256)) * 3
    with own_adb.open_exec(phone.serial, "cat") as stream:
        stream.sendall(data)
        received = b""
        while len(received) < len(data):
            received += stream.recv(4096)
    assert received == data


def test_a_phone_without_streams_is_too_old(phone: VirtualPhone, own_adb: Adb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_EXEC", "no-such-service:")
    with pytest.raises(PhoneTooOld, match="Use a phone with Android 5 or later"):
        own_adb.open_exec(phone.serial, "cat")


def test_a_phone_that_is_not_there_is_gone(own_adb: Adb) -> None:
    with pytest.raises(PhoneGone):
        own_adb.shell("nobody", "true")


def test_an_unplugged_phone_is_offline(phone: VirtualPhone, own_adb: Adb) -> None:
    phone.unplug()
    wait_until(lambda: own_adb.state(phone.serial) is PhoneState.OFFLINE)
    with pytest.raises(PhoneNotReady, match="is offline"):
        own_adb.shell(phone.serial, "true")


def test_a_phone_lost_in_the_middle_of_a_command_is_said_at_once(phone: VirtualPhone, own_adb: Adb) -> None:
    stream = own_adb.open_exec(phone.serial, "cat")
    phone.unplug()
    with stream:
        assert stream.recv(1) == b""


def test_a_phone_out_of_reach_costs_no_more_than_the_deadline(phone: VirtualPhone, own_adb: Adb) -> None:
    with phone.frozen(), pytest.raises(PhoneTimedOut):
        own_adb.shell(phone.serial, "true", seconds=0.5)
    assert own_adb.shell(phone.serial, "true").status == 0


def test_connecting_by_address_is_remembered_until_it_is_disconnected(make_phone: MakePhone, own_adb: Adb) -> None:
    phone = make_phone()
    assert own_adb.connect(f" {phone.serial} ") == phone.serial
    assert own_adb.state(phone.serial) is PhoneState.DEVICE
    assert own_adb.connect(phone.serial) == phone.serial  # again
    assert remembered() == (phone.serial,)
    own_adb.disconnect(phone.serial)
    assert remembered() == ()
    assert own_adb.phones() == ()
    own_adb.disconnect(phone.serial)  # again


def test_an_address_where_nobody_listens_says_so(own_adb: Adb) -> None:
    with pytest.raises(CannotConnect, match="refuses the connection"):
        own_adb.connect(f"127.0.0.1:{free_port()}")
    with pytest.raises(CannotConnect, match="There is no host named"):
        own_adb.connect("no-such-host.invalid")
    assert remembered() == ()


@pytest.mark.parametrize("how", [Cancelled, KeyboardInterrupt])
def test_an_address_that_is_given_up_is_no_ghost_in_adbs_list(own_adb: Adb, how: type[BaseException]) -> None:
    """Somebody listens there who is no phone: adb lists it as soon as it tries, and for good."""

    def is_tried() -> bool:
        if own_adb.state(serial) is PhoneState.GONE:
            return False
        raise how("Given up.")

    with socket.create_server(("127.0.0.1", 0)) as nobody:
        serial = f"127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(how):
            own_adb.cancelled_by(is_tried).connect(serial)
        assert own_adb.phones() == ()
    assert remembered() == ()


def test_a_mistyped_address_is_refused_before_adb_hears_of_it(own_adb: Adb) -> None:
    with pytest.raises(UsageError, match="isn't a phone's address"):
        own_adb.connect("1.2.3")
    assert own_adb.phones() == ()
    assert remembered() == ()


def test_pairing_where_nobody_waits_says_so(own_adb: Adb) -> None:
    with pytest.raises(CannotPair):
        own_adb.pair(f"127.0.0.1:{free_port()}", "123456")


def test_a_phone_that_has_not_allowed_this_computer_says_so(secure_phone: VirtualPhone, own_adb: Adb) -> None:
    with pytest.raises(CannotConnect, match="has not authorized this computer"):
        own_adb.connect(secure_phone.serial)
    with pytest.raises(PhoneUnauthorized, match="tap Allow"):
        own_adb.shell(secure_phone.serial, "true")
    secure_phone.allow()
    wait_until(lambda: own_adb.state(secure_phone.serial) is PhoneState.DEVICE)
    assert own_adb.shell(secure_phone.serial, "true").status == 0


def test_the_server_is_started_where_it_does_not_run_and_holds_no_pipe_open(adb: AdbServer, own_adb: Adb) -> None:
    adb.kill()
    # Whoever reads this program's output to its end would wait for ever for a server that held it open.
    script = "from mnist_bench.devices.phone.adb import this_adb; print(this_adb().phones())"
    done = subprocess.run((sys.executable, "-c", script), capture_output=True)
    assert done.stdout == b"()\n"
    assert own_adb.phones(start=False) == ()


def test_what_is_done_is_logged_one_line_each(
    phone: VirtualPhone, own_adb: Adb, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "mnist_bench.adb"):
        own_adb.phones()
        own_adb.shell(phone.serial, "echo", "two\nlines")
        own_adb.push(phone.serial, b"x", "/data/local/tmp/x")
    lines = [record.getMessage() for record in caplog.records if record.name == "mnist_bench.adb"]
    assert len(lines) == 2
    assert all(phone.serial in line and "\n" not in line for line in lines)
