"""Phones that a serial alone does not tell apart, and serials that adb takes for another's."""

from queue import Queue

import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.devices.access import SeenDevice
from mnist_bench.devices.devices import find_device
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.device import the_phone
from mnist_bench.devices.phone.errors import PhoneError
from tests.devices.phone.scripted_adb import ScriptedAdb, at_phone, fail, okay
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone

SHELL = at_phone(lambda _line: b"OKAY\3\1\0\0\0\0")


def test_two_phones_with_one_serial_are_said_to_be_two() -> None:
    listed = "0123 device usb:1-1 transport_id:51\n0123 device usb:1-2 transport_id:52"
    refused = fail("more than one device with serial 0123")
    with (
        ScriptedAdb({"host:transport:0123": refused, "host:devices-l": okay(listed)}) as server,
        pytest.raises(PhoneError, match=r"0123 is one of several phones with the same serial\. Unplug all but one"),
    ):
        Adb(server.port).shell("0123", "true")


@pytest.mark.parametrize(
    ("serial", "others", "refusal"),
    [
        ("0123", "0123 offline usb:1-1 transport_id:51", "more than one device with serial 0123"),
        ("(no serial number)", "OTHER device transport_id:51", "device '(no serial number)' not found"),
    ],
)
def test_the_one_that_is_ready_is_reached_by_adbs_number(serial: str, others: str, refusal: str) -> None:
    services = {
        f"host:transport:{serial}": fail(refusal),
        "host:devices-l": okay(f"{others}\n{serial}      device usb:1-2 model:Tab transport_id:52"),
        "host:transport-id:52": SHELL,
    }
    with ScriptedAdb(services) as server:
        assert Adb(server.port).shell(serial, "true").status == 0


def test_a_window_is_told_of_the_one_that_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    told: Queue[tuple[SeenDevice, ...]] = Queue()
    with ScriptedAdb({}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        follower = PhoneAccess().follower(told.put, lambda _trouble: None)
        follower.start()
        server.tell("0123 device usb:1-2 transport_id:52\n0123 offline usb:1-1 transport_id:51")
        while not (seen := told.get(timeout=10)):  # at first there is none
            pass
        follower.close(2.0)
    assert [(one.id, one.is_ready) for one in seen] == [("android:0123", True)]


@pytest.mark.parametrize(
    ("listed", "refusal", "sentence"),
    [
        (
            "X unauthorized",
            "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set",
            "X is not authorized",
        ),
        ("Y no permissions; see [URL]", "insufficient permissions for device", "X is not connected"),
        ("X no permissions (user me is not in the plugdev group)", "insufficient permissions", "usermod -aG plugdev"),
        ("X rescue", "device offline", "X is in rescue mode. Restart"),
        ("X device", "device still connecting", "X is connecting"),
        ("X device transport_id:7", "more than one device with serial X", "X is not connected"),
    ],
)
def test_a_phone_that_is_refused_is_in_the_state_that_adb_lists(listed: str, refusal: str, sentence: str) -> None:
    services = {
        "host:transport:X": fail(refusal),
        "host:transport-id:7": fail("no device with transport id '7'"),
        "host:devices-l": okay(listed),
    }
    with ScriptedAdb(services) as server, pytest.raises(PhoneError) as caught:
        Adb(server.port).shell("X", "true")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "serial",
    [
        *("emulator-5554", "10.0.0.7:5555", "[fe80::1%eth0]:5555", "adb-1A2B-x (2)._adb-tls-connect._tcp"),
        *("(no serial number)", "????????????", "My phone", "ünï", "@home", "-x", ":", "native-int8@android:1A2B"),
    ],
)
def test_each_serial_of_adbs_list_names_its_phone(serial: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedAdb({"host:devices-l": okay(f"{serial:<22} device usb:1-1 model:Tab_8 transport_id:1")}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        device = find_device(f"android:{serial}")
        assert the_phone(serial).serial == serial
    assert (device.id, device.title) == (f"android:{serial}", "Tab 8")


@pytest.mark.parametrize("name", ["", "a\nb", "a\x1b[31m", "a\u202eb", "x" * 300, " a"])
def test_what_no_phone_can_be_called_names_none(name: str) -> None:
    with pytest.raises(UsageError, match="does not name a device"):
        find_device(f"android:{name}", titles={})


@pytest.mark.phone
def test_one_phone_that_is_listed_twice_is_one(make_phone: MakePhone, adb: AdbServer) -> None:
    phone = make_phone(connected=True)
    adb("connect", f"localhost:{phone.port}")
    assert len(this_adb().phones()) == 2
    with pytest.raises(UsageError, match="There are several phones"):
        the_phone()  # neither says which one it is
    with (phone.root / "system/build.prop").open("a") as properties:
        properties.write("ro.serialno=VIRTUAL01\n")
    assert the_phone().serial in (phone.serial, f"localhost:{phone.port}")
    other = make_phone(connected=True)
    with (other.root / "system/build.prop").open("a") as properties:
        properties.write("ro.serialno=VIRTUAL02\n")
    with pytest.raises(UsageError, match="There are several phones"):
        the_phone()
