"""adb's list of phones, read; and the one that a person means."""

import random

import pytest

from mnist_bench.devices.phone.device import AndroidPhone
from mnist_bench.devices.phone.errors import NoPhone, SeveralPhones
from mnist_bench.devices.phone.phones import Phone, choose_phone, is_serial, one_of_each, parse_phones
from mnist_bench.devices.phone.states import PhoneState

PIXEL = Phone("2A111FDH2003XY", PhoneState.DEVICE, "Pixel 7")
OTHER = Phone("192.168.1.5:5555", PhoneState.OFFLINE)
MDNS = "adb-2A111FDH2003XY-x1Y2z3 (2)._adb-tls-connect._tcp"


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("2A111FDH2003XY         device usb:1-4 product:panther model:Pixel_7 device:panther transport_id:3", PIXEL),
        ("2A111FDH2003XY\tdevice model:Pixel_7", PIXEL),
        ("192.168.1.5:5555       offline transport_id:9", OTHER),
        ("192.168.1.5:5555\toffline", OTHER),
        (f"{MDNS} device model:Pixel_7", Phone(MDNS, PhoneState.DEVICE, "Pixel 7")),
        ("emulator-5554\tauthorizing", Phone("emulator-5554", PhoneState.AUTHORIZING)),
        (
            "0123456789ABCDEF       no permissions (missing udev rules? user is in the plugdev group);"
            " see [http://developer.android.com/tools/device.html] usb:1-2 transport_id:4",
            Phone("0123456789ABCDEF", PhoneState.NO_PERMISSIONS),
        ),
        ("My device phone       device usb:1-1 transport_id:1", Phone("My device phone", PhoneState.DEVICE)),
        ("device                device transport_id:5", Phone("device", PhoneState.DEVICE)),
        ("Müller@home: 7        device", Phone("Müller@home: 7", PhoneState.DEVICE)),
        ("HT7 device without any pairs", Phone("HT7", PhoneState.DEVICE)),
        ("HT7 detached usb:1-1", Phone("HT7", PhoneState.DETACHED)),
        ("HT7 dreaming usb:1-1 transport_id:4", Phone("HT7", PhoneState.OTHER)),
        ("(no serial number)     no permissions", Phone("(no serial number)", PhoneState.NO_PERMISSIONS)),
        ("HT7 recovery product:x", Phone("HT7", PhoneState.RECOVERY)),
        ("HT7 sideload", Phone("HT7", PhoneState.SIDELOAD)),
        ("HT7 bootloader", Phone("HT7", PhoneState.BOOTLOADER)),
        ("HT7 connecting", Phone("HT7", PhoneState.CONNECTING)),
        ("HT7 rescue", Phone("HT7", PhoneState.RESCUE)),
    ],
)
def test_a_line_is_a_phone(line: str, phone: Phone) -> None:
    assert parse_phones(line) == (phone,)


# Each of adb's versions has its own words, and says nothing more where this computer has no group plugdev.
URL = "; see [http://developer.android.com/tools/device.html]"


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("", PhoneState.NO_PERMISSIONS),
        (URL, PhoneState.NO_PERMISSIONS),
        (";", PhoneState.NO_PERMISSIONS),
        (f" (verify udev rules){URL}", PhoneState.NO_PERMISSIONS),
        (f" (user in plugdev group; are your udev rules wrong?){URL}", PhoneState.NO_PERMISSIONS),
        (f" (missing udev rules? user is in the plugdev group){URL}", PhoneState.NO_PERMISSIONS),
        (f" (udev requires plugdev group membership){URL}", PhoneState.NOT_IN_GROUP),
        (f" (user me is not in the plugdev group){URL}", PhoneState.NOT_IN_GROUP),
    ],
)
@pytest.mark.parametrize("pairs", ["", " usb:1-1 transport_id:1", " usb:1-1 model:Pixel_7"])
def test_no_permissions_is_understood_in_all_of_adbs_words(reason: str, state: PhoneState, pairs: str) -> None:
    (phone,) = parse_phones(f"????????????           no permissions{reason}{pairs}\n")
    assert (phone.serial, phone.state, phone.state.words) == ("????????????", state, "not permitted")
    assert ("plugdev" in phone.state.next_step) is (state is PhoneState.NOT_IN_GROUP)


def test_several_ready_phones_with_one_serial_are_none() -> None:
    text = "0123 device usb:1-1 transport_id:51\n0123 device usb:1-2 transport_id:52\nOTHER device"
    assert [phone.state for phone in parse_phones(text)] == [
        *2 * [PhoneState.SAME_SERIAL],
        PhoneState.DEVICE,
    ]


def test_of_two_phones_with_one_serial_the_ready_one_is_meant() -> None:
    phones = parse_phones("0123 offline usb:1-1 transport_id:51\n0123 device usb:1-2 transport_id:52")
    assert choose_phone(phones, "0123").transport_id == 52
    assert choose_phone(phones).transport_id == 52
    assert [phone.transport_id for phone in one_of_each((*phones, PIXEL))] == [52, None]


def test_lines_that_say_nothing_of_a_phone_are_left_out() -> None:
    text = "List of devices attached\n\nabc\n  \n* daemon started successfully\nHT7\tdevice\n"
    assert parse_phones(text) == (Phone("HT7", PhoneState.DEVICE),)


def test_any_text_is_read_without_an_error(cases: int) -> None:
    chance = random.Random(7)  # noqa: S311 - nothing secret
    words = ["device", "offline", "\t", " ", "\n", "model:", "no permissions", "Ünï", "\x00", "(", "a" * 300]
    for _ in range(cases):
        text = "".join(chance.choices(words, k=chance.randrange(30)))
        assert all(phone.serial and phone.title for phone in parse_phones(text))


def test_what_a_phone_calls_itself_is_short_and_printable() -> None:
    evil = f"HT7 device model:\x1b[31mEvil\u202e{'x' * 5000}\nbad\x1b[2Jserial device\n{'y' * 5000} device"
    phones = parse_phones(evil)
    assert len(phones) == 2, "a line that is longer than any is passed over"
    assert all(phone.model.isprintable() and is_serial(phone.serial) for phone in phones)
    assert max(len(phone.model) for phone in phones) <= 60
    assert max(len(phone.serial) for phone in phones) <= 200
    assert len(parse_phones("\n".join(f"phone{number} device" for number in range(10_000)))) == 64


@pytest.mark.parametrize(("serial", "wireless"), [(PIXEL.serial, False), (OTHER.serial, True), (MDNS, True)])
def test_a_phone_without_a_cable_is_told_by_its_serial(serial: str, wireless: bool) -> None:
    assert Phone(serial, PhoneState.DEVICE).is_wireless is wireless


@pytest.mark.parametrize("other", [MDNS, "adb-2A111FDH2003XY-x1Y2z3._adb-tls-connect._tcp."])
def test_one_phone_by_cable_and_in_the_network_takes_turns_with_itself(other: str) -> None:
    assert AndroidPhone(other, "").lane is AndroidPhone(PIXEL.serial, "").lane
    assert AndroidPhone(other, "").lane is not AndroidPhone("2A111FDH2003XZ", "").lane


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("10.0.0.7:5555", True),
        ("[fe80::1]:5555", True),
        ("PIXEL0001", False),
        ("12345678", False),
        ("adb-PIXEL0001-x (2)._adb-tls-connect._tcp", False),
    ],
)
def test_only_what_was_connected_by_its_address_can_be_disconnected(serial: str, expected: bool) -> None:
    assert Phone(serial, PhoneState.DEVICE).has_address is expected


def test_the_only_phone_is_meant_without_a_word() -> None:
    assert choose_phone([PIXEL]) == PIXEL
    assert choose_phone([PIXEL, OTHER], OTHER.serial) == OTHER
    assert choose_phone([OTHER, PIXEL]) == PIXEL, "the other one cannot be used"


def test_several_phones_are_listed() -> None:
    with pytest.raises(SeveralPhones) as caught:
        choose_phone([PIXEL, OTHER, Phone("1A2B", PhoneState.DEVICE)])
    assert "2A111FDH2003XY (Pixel 7, ready)" in str(caught.value)
    assert "192.168.1.5:5555 (model unknown, offline)" in str(caught.value)


def test_no_phone_and_another_phone_say_so() -> None:
    with pytest.raises(NoPhone, match=r"There is no phone\. Plug one in"):
        choose_phone([])
    with pytest.raises(NoPhone, match=r"no phone with the serial ABC. There is 2A111FDH2003XY"):
        choose_phone([PIXEL], "ABC")
