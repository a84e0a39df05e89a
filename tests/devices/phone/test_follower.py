"""Phones followed on a real adbd and a real adb server, through restarts of both; remembered addresses come back."""

import threading
import time

import pytest

from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import AdbTrouble, PhoneError
from mnist_bench.devices.phone.follower import PhoneFollower
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.remembered import remember
from mnist_bench.devices.phone.states import PhoneState
from tests.devices.phone.conftest import Listening
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, free_port

pytestmark = pytest.mark.phone

BACK_SECONDS = 3.0  # what a phone that is there again may take to be told


def test_who_is_there_is_told_at_once_also_nobody(following: Listening) -> None:
    following.wait_for(lambda: following.told == [()])


def test_phones_are_told_as_they_come_and_go(phone: VirtualPhone, following: Listening, adb: AdbServer) -> None:
    following.wait_for_state(phone.serial, PhoneState.DEVICE)
    assert following.told[-1] == (Phone(phone.serial, PhoneState.DEVICE, "Pixel 7"),)
    adb("disconnect", phone.serial)
    following.wait_for_state(phone.serial, None)
    adb("connect", phone.serial)
    following.wait_for_state(phone.serial, PhoneState.DEVICE)


def test_a_phone_that_has_to_be_allowed_is_told_before_and_after(
    secure_phone: VirtualPhone, following: Listening, adb: AdbServer
) -> None:
    adb("connect", secure_phone.serial)
    following.wait_for_state(secure_phone.serial, PhoneState.UNAUTHORIZED)
    secure_phone.allow()
    following.wait_for_state(secure_phone.serial, PhoneState.DEVICE, BACK_SECONDS)


def test_an_unplugged_phone_comes_back_by_itself(make_phone: MakePhone, own_adb: Adb, following: Listening) -> None:
    phone = make_phone()
    own_adb.connect(phone.serial)
    for _ in range(3):
        following.wait_for_state(phone.serial, PhoneState.DEVICE)
        phone.unplug()
        following.wait_for(lambda: following.state(phone.serial) is not PhoneState.DEVICE)
        phone.boot()
        following.wait_for_state(phone.serial, PhoneState.DEVICE, BACK_SECONDS)


def test_after_the_server_was_killed_it_is_started_and_phones_are_back(
    make_phone: MakePhone, own_adb: Adb, following: Listening, adb: AdbServer
) -> None:
    phone = make_phone()
    own_adb.connect(phone.serial)
    following.wait_for_state(phone.serial, PhoneState.DEVICE)
    adb.kill()
    following.wait_for(lambda: len(following.troubles) == 2)
    following.wait_for_state(phone.serial, PhoneState.DEVICE)
    assert [type(trouble) for trouble in following.troubles] == [AdbTrouble, type(None)]
    assert () in following.told[1:]


def test_an_address_remembered_from_before_is_connected(make_phone: MakePhone, following: Listening) -> None:
    phone = make_phone()
    remember(phone.serial)
    following.wait_for_state(phone.serial, PhoneState.DEVICE, BACK_SECONDS)


def test_an_address_that_was_let_go_is_left_alone(make_phone: MakePhone, own_adb: Adb, following: Listening) -> None:
    first, second = make_phone(), make_phone()
    own_adb.connect(first.serial)
    following.wait_for_state(first.serial, PhoneState.DEVICE)
    own_adb.disconnect(first.serial)
    following.wait_for_state(first.serial, None)
    remember(second.serial)  # once this one is there, the follower has looked after its addresses
    following.wait_for_state(second.serial, PhoneState.DEVICE, BACK_SECONDS)
    assert following.state(first.serial) is None


def test_an_address_where_nobody_is_delays_no_other(make_phone: MakePhone, following: Listening) -> None:
    remember(f"127.0.0.1:{free_port()}")
    remember("10.255.255.1:5555")  # a network from which nothing comes back
    phone = make_phone()
    remember(phone.serial)
    following.wait_for_state(phone.serial, PhoneState.DEVICE, BACK_SECONDS)


def test_two_phones_are_two_and_one_unplugged_leaves_the_other(
    phone: VirtualPhone, second_phone: VirtualPhone, following: Listening
) -> None:
    following.wait_for_state(phone.serial, PhoneState.DEVICE)
    following.wait_for_state(second_phone.serial, PhoneState.DEVICE)
    phone.unplug()
    following.wait_for(lambda: following.state(phone.serial) is not PhoneState.DEVICE)
    assert following.state(second_phone.serial) is PhoneState.DEVICE


def test_a_listener_that_fails_ends_nothing(phone: VirtualPhone, own_adb: Adb, adb: AdbServer) -> None:
    listening = Listening()

    def on_change(phones: tuple[Phone, ...]) -> None:
        listening.on_change(phones)
        raise RuntimeError("a listener's own fault")

    follower = PhoneFollower(on_change, lambda _: None, own_adb)
    follower.start()
    listening.wait_for_state(phone.serial, PhoneState.DEVICE)
    adb("disconnect")
    listening.wait_for_state(phone.serial, None)
    follower.close()


def test_a_follower_closes_quickly_and_tells_nothing_more(phone: VirtualPhone, own_adb: Adb, adb: AdbServer) -> None:
    told: list[tuple[Phone, ...]] = []
    first = threading.Event()
    troubles: list[PhoneError | None] = []

    def on_change(phones: tuple[Phone, ...]) -> None:
        told.append(phones)
        first.set()

    follower = PhoneFollower(on_change, troubles.append, own_adb)
    follower.start()
    assert first.wait(10)
    began = time.monotonic()
    follower.close()
    assert time.monotonic() - began < 2
    count = len(told)
    adb("disconnect")
    assert (len(told), troubles) == (count, [])


def test_a_follower_that_was_never_started_closes(own_adb: Adb) -> None:
    PhoneFollower(lambda _: None, lambda _: None, own_adb).close()
