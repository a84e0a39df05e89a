"""The runner brought to a real adbd: once, checked, and put right after whatever went wrong half-way."""

import logging
import threading
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import Cancelled
from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import Deployed, deploy, remove
from mnist_bench.devices.phone.errors import NotDeployable, PhoneError, PhoneFull, PhoneReadOnly, PhoneUnauthorized
from mnist_bench.devices.phone.folder import FOLDER
from tests.devices.phone.conftest import Ship
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

PROGRAM = f"{FOLDER}/{NATIVE_RUNNER}"

BIG = "# " + 200_000 * "x"  # a script that takes several packets


def test_the_runner_is_sent_once_and_again_only_when_it_changes(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    first = ship("exec cat")
    told: list[tuple[int, int]] = []
    deployed = deploy(own_adb, phone.serial, lambda done, total: told.append((done, total)))
    assert deployed == Deployed(PROGRAM, "arm64-v8a", True, len(first))
    assert told[-1] == (len(first), len(first))
    assert deploy(own_adb, phone.serial).pushed is False
    second = ship("exec cat # changed")
    assert deploy(own_adb, phone.serial).pushed is True
    assert (phone.root / PROGRAM[1:]).read_bytes() == second
    assert (phone.root / PROGRAM[1:]).stat().st_mode & 0o777 == 0o700
    assert phone.files() == [NATIVE_RUNNER]


def test_a_runner_that_was_damaged_or_may_not_run_is_sent_again(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    data = ship("exec cat")
    deploy(own_adb, phone.serial)
    program = phone.root / PROGRAM[1:]
    program.write_bytes(data[:-3])
    assert deploy(own_adb, phone.serial).pushed is True
    program.chmod(0o644)
    assert deploy(own_adb, phone.serial).pushed is True
    assert program.read_bytes() == data


def test_a_folder_in_the_runners_place_gives_way(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    data = ship("exec cat")
    deploy(own_adb, phone.serial)
    program = phone.root / PROGRAM[1:]
    program.unlink()
    assert own_adb.shell(phone.serial, "mkdir", "-p", f"{PROGRAM}/inner").status == 0
    assert deploy(own_adb, phone.serial).pushed is True
    assert program.read_bytes() == data


def test_a_phone_without_sha256sum_is_checked_by_reading_the_file_back(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    (phone.root / "system/bin/sha256sum").unlink()
    data = ship("exec cat")
    assert deploy(own_adb, phone.serial).pushed is True
    assert (phone.root / PROGRAM[1:]).read_bytes() == data


def test_a_phone_that_cannot_check_what_arrives_says_so(phone: VirtualPhone, own_adb: Adb) -> None:
    for program in ("sha256sum", "cat"):
        (phone.root / "system/bin" / program).unlink()
    with pytest.raises(NotDeployable, match="neither sha256sum nor cat"):
        deploy(own_adb, phone.serial)


def test_the_runner_is_removed_with_everything(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    ship("exec cat")
    deploy(own_adb, phone.serial)
    assert remove(own_adb, phone.serial) is True
    assert phone.files(".") == []
    assert remove(own_adb, phone.serial) is False


@pytest.mark.parametrize(
    ("storage", "error"),
    [("size=40k", PhoneFull), ("size=4k,nr_inodes=2", PhoneFull), ("ro", PhoneReadOnly), ("noexec", NotDeployable)],
)
def test_a_disk_that_does_not_take_it_is_named_and_nothing_is_run(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, storage: str, error: type[PhoneError]
) -> None:
    ship(BIG)
    with phone.with_storage(storage):
        with pytest.raises(error) as caught:
            deploy(own_adb, phone.serial)
        assert caught.value.advice
        listed = own_adb.shell(phone.serial, "ls", "/data/local/tmp/mnist-bench").output
        assert NATIVE_RUNNER not in listed.split()
    assert deploy(own_adb, phone.serial).pushed is True
    assert phone.files() == [NATIVE_RUNNER]


def test_a_full_disk_is_put_right_by_the_next_deploy_once_there_is_room(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    data = ship(BIG)
    with phone.with_storage("size=300k"):
        own_adb.push(phone.serial, bytes(200_000), "/data/local/tmp/photo")
        with pytest.raises(PhoneFull, match="Free some space"):
            deploy(own_adb, phone.serial)
        own_adb.shell(phone.serial, "rm", "/data/local/tmp/photo")
        assert deploy(own_adb, phone.serial).bytes == len(data)
        assert own_adb.shell(phone.serial, "ls", "-A", "/data/local/tmp/mnist-bench").output.split() == [NATIVE_RUNNER]


def test_a_cancel_half_way_leaves_a_phone_that_the_next_deploy_puts_right(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship(BIG)
    told: list[int] = []
    with pytest.raises(Cancelled):
        deploy(own_adb.cancelled_by(lambda: len(told) >= 3), phone.serial, lambda done, _: told.append(done))
    assert len(told) == 3
    assert NATIVE_RUNNER not in phone.files()
    assert deploy(own_adb, phone.serial).pushed is True
    wait_until(lambda: phone.files() == [NATIVE_RUNNER])


def test_a_phone_unplugged_half_way_is_said_and_put_right_when_it_is_back(
    phone: VirtualPhone, adb: AdbServer, own_adb: Adb, ship: Ship
) -> None:
    ship(BIG)
    with pytest.raises(PhoneError) as caught:
        deploy(own_adb, phone.serial, lambda _done, _total: phone.unplug())
    assert caught.value.advice
    assert NATIVE_RUNNER not in phone.files()
    (phone.root / "data/local/tmp/mnist-bench/.left.part").touch()  # as a phone that lost its power may keep it
    phone.boot()
    adb("disconnect", phone.serial)
    adb("connect", phone.serial)
    assert deploy(own_adb, phone.serial).pushed is True
    assert phone.files() == [NATIVE_RUNNER]


def test_what_arrives_changed_is_never_run(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship("exec cat")
    push = own_adb.push

    def damage(serial: str, data: bytes, path: str, **options: object) -> None:
        push(serial, b"#!/system/bin/sh\ntouch /data/local/tmp/was-run\n" + data, path, mode=0o755)

    monkeypatch.setattr(own_adb, "push", damage)
    with pytest.raises(NotDeployable, match="was damaged on its way"):
        deploy(own_adb, phone.serial)
    monkeypatch.undo()
    assert phone.files(".") == ["mnist-bench"]
    assert NATIVE_RUNNER not in phone.files()


def test_what_somebody_else_removed_on_its_way_is_sent_again(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two programs may deploy to one phone, and each removes what is unfinished."""
    data = ship("exec cat")
    push, sent = own_adb.push, list[str]()

    def lose_the_first(serial: str, data: bytes, path: str, **options: object) -> None:
        push(serial, data, path, mode=0o755)
        sent.append(path)
        if len(sent) == 1:
            own_adb.shell(serial, "rm", path)

    monkeypatch.setattr(own_adb, "push", lose_the_first)
    assert deploy(own_adb, phone.serial).bytes == len(data)
    assert len(sent) == 2
    assert phone.files() == [NATIVE_RUNNER]


def test_what_a_phone_says_of_a_program_is_told_in_one_short_line(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship(b"#!/system/bin/sh\ncat >&2 <<'END'\nNo \x1b[31m\n%s\nEND\nexit 1\n" % (b"x" * 300_000))
    with pytest.raises(NotDeployable) as caught:
        deploy(own_adb, phone.serial)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


def test_a_program_that_the_phone_cannot_run_never_gets_the_runners_name(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship(b"\x7fELF of another kind")
    with pytest.raises(NotDeployable, match="does not run programs"):
        deploy(own_adb, phone.serial)
    assert NATIVE_RUNNER not in phone.files()


def test_a_phone_of_another_kind_of_processor_says_which(make_phone: MakePhone, own_adb: Adb) -> None:
    phone = make_phone(connected=True, abi="riscv64")
    with pytest.raises(NotDeployable, match=r"no runner for .* \(it executes riscv64\)"):
        deploy(own_adb, phone.serial)


def test_hostile_names_of_processors_lead_nowhere(make_phone: MakePhone, own_adb: Adb) -> None:
    phone = make_phone(connected=True, abi="../../models,/etc,.,")
    (phone.root / "system/bin/uname").unlink()
    with pytest.raises(NotDeployable, match="does not say which"):
        deploy(own_adb, phone.serial)


def test_the_first_of_a_phones_instruction_sets_that_there_is_a_runner_for_is_taken(
    make_phone: MakePhone, own_adb: Adb
) -> None:
    phone = make_phone(connected=True, abi="riscv64,arm64-v8a,armeabi-v7a")
    assert deploy(own_adb, phone.serial).abi == "arm64-v8a"
    assert (phone.root / PROGRAM[1:]).read_bytes() == locations.runner_program("arm64-v8a").read_bytes()


def test_where_the_first_instruction_set_does_not_start_the_next_one_is_taken(
    make_phone: MakePhone,
    own_adb: Adb,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "riscv64").write_bytes(b"\x7fELF of another kind")
    (tmp_path / "arm64-v8a").write_bytes(b"#!/system/bin/sh\nexit 0\n")
    monkeypatch.setattr(locations, "runner_program", lambda abi, _name: tmp_path / abi)
    phone = make_phone(connected=True, abi="riscv64,arm64-v8a")
    with caplog.at_level(logging.WARNING, "mnist_bench.adb"):
        assert deploy(own_adb, phone.serial).abi == "arm64-v8a"
    assert "the runner for riscv64 does not start" in caplog.text
    assert deploy(own_adb, phone.serial).pushed is False
    (tmp_path / "arm64-v8a").unlink()
    with pytest.raises(NotDeployable, match="does not run programs"):
        deploy(own_adb, phone.serial)
    assert phone.files() == [NATIVE_RUNNER], "what ran before is kept"


def test_a_device_without_properties_is_asked_for_its_machine(phone: VirtualPhone, own_adb: Adb) -> None:
    (phone.root / "system/bin/getprop").unlink()
    assert deploy(own_adb, phone.serial).abi == "x86_64"
    phone.install("uname", "echo mips")
    with pytest.raises(NotDeployable, match=r"no runner for .*'s processor \(it executes mips\)"):
        deploy(own_adb, phone.serial)
    (phone.root / "system/bin/uname").unlink()
    with pytest.raises(
        NotDeployable, match=r"no runner for [^ ]*: it does not say which processor it has\. This phone"
    ):
        deploy(own_adb, phone.serial)


@pytest.mark.parametrize("program", ["mkdir", "ls"])
def test_a_phone_without_a_program_that_is_needed_says_which(phone: VirtualPhone, own_adb: Adb, program: str) -> None:
    (phone.root / "system/bin" / program).unlink()
    with pytest.raises(NotDeployable, match=rf"did not accept the runner\. It says: .*\b{program}: .*not found\. This"):
        deploy(own_adb, phone.serial)


def test_a_phone_without_chmod_runs_what_arrives_as_a_program(phone: VirtualPhone, own_adb: Adb) -> None:
    (phone.root / "system/bin/chmod").unlink()
    assert deploy(own_adb, phone.serial).pushed is True


def test_two_deploys_at_once_do_one_after_the_other(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    ship(BIG)
    done: list[Deployed] = []
    threads = [threading.Thread(target=lambda: done.append(deploy(own_adb, phone.serial))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(deployed.pushed for deployed in done) == [False, False, True]
    assert phone.files() == [NATIVE_RUNNER]


def test_a_phone_that_has_not_allowed_this_computer_says_so(
    secure_phone: VirtualPhone, adb: AdbServer, own_adb: Adb
) -> None:
    adb("connect", secure_phone.serial)
    with pytest.raises(PhoneUnauthorized):
        deploy(own_adb, secure_phone.serial)
    secure_phone.allow()
    wait_until(lambda: own_adb.state(secure_phone.serial) == "device")
    assert deploy(own_adb, secure_phone.serial).pushed is True
