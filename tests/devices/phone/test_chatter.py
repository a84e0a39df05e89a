"""Phones that say more than they are asked: greetings, the linker's warnings, a terminal's line ends."""

import struct

import pytest

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone import services
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import deploy, remove
from mnist_bench.devices.phone.errors import AdbTrouble
from mnist_bench.devices.phone.facts import read_facts
from mnist_bench.devices.phone.transport import open_runner
from tests.devices.phone.conftest import Ship
from tests.devices.phone.scripted_adb import Answer, ScriptedAdb, at_phone
from tests.phone.system import write_program
from tests.phone.virtual_phone import VirtualPhone

QUIET = b'#!/system/bin/quiet-sh\n[ "$1" = --version ] && exit 0\n'
WARNING = "WARNING: linker: libvendor.so has text relocations. This is wasting memory."


def chatty(phone: VirtualPhone, script: str) -> None:
    """Each shell of the phone runs this first: also those that a shell starts."""
    programs = phone.root / "system/bin"
    (programs / "sh").rename(programs / "quiet-sh")
    text = f'#!/system/bin/quiet-sh\n{script}\nexec /system/bin/quiet-sh "$@"\n'
    write_program(programs / "sh", text.encode())


@pytest.mark.phone
@pytest.mark.parametrize("service", [services._SHELL_V2, "no-such-service:"])
@pytest.mark.parametrize(
    "script", ["echo Welcome to this ROM", f"echo '{WARNING}' >&2", f"echo; echo '{WARNING}'; echo 'abis=none' >&2"]
)
def test_a_chatty_phone_runs_what_a_quiet_one_runs(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, monkeypatch: pytest.MonkeyPatch, script: str, service: str
) -> None:
    monkeypatch.setattr(services, "_SHELL_V2", service)
    ship(QUIET + b"echo 'out of memory' >&2; head -c 4; exit 3\n")  # a runner is no shell's script
    chatty(phone, script)
    assert deploy(own_adb, phone.serial).pushed is True
    assert deploy(own_adb, phone.serial).pushed is False
    runner = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    runner.write(b"ping")
    assert runner.read(5) == b"ping"
    assert runner.end().words == "ended with status 3"
    assert runner.last_words() == "out of memory"
    runner.close(0)
    assert phone.files() == [NATIVE_RUNNER]
    assert read_facts(own_adb, phone.serial).abis == ("arm64-v8a",)
    assert remove(own_adb, phone.serial) is True


@pytest.mark.phone
def test_a_chatty_phone_without_sha256sum_is_checked_too(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    ship(QUIET + b"exec cat\n")
    (phone.root / "system/bin/sha256sum").unlink()
    chatty(phone, f"echo '{WARNING}' >&2")
    assert deploy(own_adb, phone.serial).pushed is True


@pytest.mark.phone
def test_a_phone_that_does_not_stop_talking_is_given_up(phone: VirtualPhone, own_adb: Adb) -> None:
    (phone.root / "system/talk").write_text(100_000 * "x")
    chatty(phone, "cat /system/talk")
    with pytest.raises(AdbTrouble, match="shell says too much: xxx"):
        own_adb.open_exec(phone.serial, "cat")


def v2(output: bytes, errors: bytes = b"") -> bytes:
    parts = ((1, output), (2, errors), (3, b"\5"))
    return b"".join(struct.pack("<BI", kind, len(data)) + data for kind, data in parts)


BEGIN = b"mnist-bench-begin"
STATUS = b"mnist-bench-status:5"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([b"OKAY" + v2(b"Hello\n" + BEGIN + b"\nabc\n", b"oops\n")], ("abc\n", "oops\n")),
        ([b"OKAY" + v2(b"abc\n")], ("abc\n", "")),
        ([b"FAIL0006closed", b"OKAYHello\r\n" + BEGIN + b"\r\nabc\r\n" + STATUS + b"\r\n"], ("abc\n", "")),
        ([b"", b"OKAYHello\r\r\n" + BEGIN + b"\r\r\nabc" + STATUS + b"\r\r\nBye\r\r\n"], ("abc", "")),
        ([b"", b"OKAY" + BEGIN + b"\n" + WARNING.encode() + b"\nabc\n" + STATUS + b"\n"], ("abc\n", "")),
    ],
)
def test_what_a_command_says_is_told_from_what_stands_around_it(answers: list[bytes], said: tuple[str, str]) -> None:
    rest = iter(answers)
    answer: Answer = at_phone(lambda _line: next(rest))
    with ScriptedAdb({"host:transport:X": answer}) as server:
        result = Adb(server.port).shell("X", "true")
    assert (result.output, result.errors, result.status) == (*said, 5)
