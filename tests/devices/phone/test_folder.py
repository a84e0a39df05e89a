"""The runner's folder on a real adbd's phone: nobody else can come into it, and nothing is left there."""

import os
import subprocess
from pathlib import Path

import pytest

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import deploy, is_deployed, remove, tidy
from mnist_bench.devices.phone.errors import NotDeployable
from mnist_bench.devices.phone.folder import FOLDER
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.phone.transport import AdbTransport, open_runner
from tests.devices.phone.conftest import Listening, Ship
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

APP = 10123  # the user of an app


def folder_of(phone: VirtualPhone) -> Path:
    """The folder, on a phone whose files an app's user can come to."""
    phone.root.chmod(0o711)
    return phone.root / FOLDER[1:]


def as_app(*command: str) -> int:
    """The exit status of a command that an app runs."""
    return subprocess.run(command, user=APP, group=APP, extra_groups=[], stderr=subprocess.DEVNULL).returncode


def test_no_app_can_put_anything_into_the_folder(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    ship("exec cat")
    folder = folder_of(phone)
    runner = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    assert as_app("ls", str(folder.parent / "nothing")) == 2, "it can come as far as this"
    assert as_app("touch", str(folder / "evil")) != 0
    assert as_app("cat", str(folder / NATIVE_RUNNER)) != 0
    assert all(each.stat().st_mode & 0o077 == 0 for each in (folder, *folder.iterdir()))
    runner.close(0)


def test_nothing_in_a_folder_that_was_open_is_trusted(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    data = ship("exec cat")
    folder = folder_of(phone)
    deploy(own_adb, phone.serial)
    folder.chmod(0o777)
    assert as_app("cp", "/bin/true", str(folder / "evil")) == 0
    assert is_deployed(own_adb, phone.serial) is False
    assert deploy(own_adb, phone.serial).pushed is True
    assert phone.files() == [NATIVE_RUNNER]
    assert (folder / NATIVE_RUNNER).read_bytes() == data
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", [FOLDER, f"{FOLDER}/{NATIVE_RUNNER}"])
def test_a_runner_that_may_be_somebody_elses_is_not_started(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, name: str
) -> None:
    """As where it was swapped after its check."""
    ship("touch /data/local/tmp/was-run")
    deploy(own_adb, phone.serial)
    os.chown(phone.root / name[1:], APP, APP)
    transport = AdbTransport(own_adb, phone.serial, "Pixel 7", f"{FOLDER}/{NATIVE_RUNNER}")
    assert transport.read(1) == b""
    transport.close(0)
    assert phone.files(".") == ["mnist-bench"]


def test_a_folder_of_another_user_that_cannot_be_removed_is_said_to_be_one(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship("exec cat")
    folder = folder_of(phone)
    folder.mkdir(0o755)
    (folder / NATIVE_RUNNER).touch()
    for path in (folder, folder / NATIVE_RUNNER):
        os.chown(path, APP, APP)
    for ask in (deploy, remove):
        with pytest.raises(NotDeployable, match=r"belongs to another user of the phone\. Remove it"):
            ask(own_adb, phone.serial)


def test_what_interrupted_work_left_is_removed_and_what_runs_is_not(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship("exec cat")
    runner = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    (running,) = set(phone.files()) - {NATIVE_RUNNER}
    ended = own_adb.shell(phone.serial, "sh", "-c", "echo $$").output.strip()
    for left in (f".run-00000000.{ended}.err", f".run-00000000.{ended}.status", ".run-11111111.pid", ".x-22.part"):
        own_adb.shell(phone.serial, "touch", f"{FOLDER}/{left}")
    tidy(own_adb, phone.serial)
    assert phone.files() == [running, NATIVE_RUNNER]
    runner.write(b"x")
    assert runner.read(1) == b"x"
    runner.close(0)
    assert phone.files() == [NATIVE_RUNNER]


def test_a_phone_that_was_unplugged_is_tidied_once_it_is_connected_again(
    phone: VirtualPhone, own_adb: Adb, adb: AdbServer, ship: Ship, following: Listening
) -> None:
    ship("exec cat")
    runner = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    (phone.root / FOLDER[1:] / ".half.part").touch()
    phone.unplug()
    runner.close(0)
    assert len(phone.files()) > 2
    following.wait_for(lambda: following.state(phone.serial) is not PhoneState.DEVICE)
    phone.boot()
    adb("disconnect", phone.serial)
    adb("connect", phone.serial)
    wait_until(lambda: phone.files() == [NATIVE_RUNNER], 3)


def test_a_phone_is_tidied_again_once_another_server_has_it(
    make_phone: MakePhone, own_adb: Adb, adb: AdbServer, ship: Ship, following: Listening
) -> None:
    ship("exec cat")
    phone = make_phone()
    own_adb.connect(phone.serial)
    runner = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    adb.kill()
    runner.close(0)
    assert phone.files() != [NATIVE_RUNNER]
    wait_until(lambda: phone.files() == [NATIVE_RUNNER], 10)


def test_what_is_left_goes_with_the_runner(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    ship("exec cat")
    deploy(own_adb, phone.serial)
    own_adb.shell(phone.serial, "touch", f"{FOLDER}/.run-0.1.err", f"{FOLDER}/.x.part")
    (phone.root / FOLDER[1:]).chmod(0o777)
    assert remove(own_adb, phone.serial) is True
    assert phone.files(".") == []
