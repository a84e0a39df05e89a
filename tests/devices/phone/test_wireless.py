"""Addresses and codes as they are typed, and adb's answers as sentences."""

import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.devices.phone import wireless
from mnist_bench.devices.phone.errors import CannotConnect, CannotPair


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.168.1.5", "192.168.1.5:5555"),
        (" pixel.local:37251 ", "pixel.local:37251"),
        ("[fe80::1]", "[fe80::1]:5555"),
        ("[2001:db8::7]:37251", "[2001:db8::7]:37251"),
        ("adb-phone_2", "adb-phone_2:5555"),
    ],
)
def test_an_address_has_a_port_in_the_end(typed: str, address: str) -> None:
    assert wireless.full_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        *("", "a b", "host:", "host:0", "host:70000", "host:port", "host;rm -rf", "é", "a:1:2", "host:١٢"),
        *("1.2.3", "12", "1.2.3.4.5", "192.168.1.231235", "1.2.3.256:5555", "1.2.3:5555"),
        *("[1.2.3.4]", "[fe80:1]", "[]", "fe80::1", "-a", "a-.b", "a..b", ".", "a" * 300),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        wireless.full_address(typed)


def test_pairing_needs_a_port_and_six_digits() -> None:
    assert wireless.pairing_address("10.0.0.2:37000") == "10.0.0.2:37000"
    assert wireless.pairing_code("123 456") == "123456"
    with pytest.raises(UsageError, match="has no port"):
        wireless.pairing_address("10.0.0.2")
    for code in ("", "12345", "1234567", "12345a", "١٢٣٤٥٦"):
        with pytest.raises(UsageError, match="six digits"):
            wireless.pairing_code(code)


@pytest.mark.parametrize("answer", ["connected to h:5555", "already connected to h:5555"])
def test_a_connection_is_one(answer: str) -> None:
    wireless.check_connected("h:5555", answer)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("failed to connect to 'h:5555': Connection refused", "h:5555 refuses the connection"),
        ("failed to connect to 'h:5555': Operation timed out", "h:5555 does not answer."),
        ("failed to connect to h:5555", "h:5555 does not answer."),
        ("failed to connect to 'h:5555': No route to host", "h:5555 does not answer."),
        ("failed to resolve host: 'h': Name or service not known", "There is no host named h."),
        ("failed to authenticate to h:5555", "h:5555 has not authorized this computer."),
        ("what?", "adb cannot connect to h:5555. It says: what?."),
        ("", "It says: nothing."),
    ],
)
def test_a_failed_connection_says_why(answer: str, sentence: str) -> None:
    with pytest.raises(CannotConnect) as caught:
        wireless.check_connected("h:5555", answer)
    assert sentence in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("Failed: Wrong password or connection was dropped.", "h:37000 rejected the code."),
        ("Failed: Unable to start pairing client.", "h:37000 does not answer: no phone is waiting to be paired there."),
        ("unknown host service", "This version of adb cannot pair."),
        ("Failed: 42", "adb cannot pair with h:37000. It says: Failed: 42."),
    ],
)
def test_a_failed_pairing_says_why(answer: str, sentence: str) -> None:
    with pytest.raises(CannotPair) as caught:
        wireless.check_paired("h:37000", answer)
    assert sentence in caught.value.message


def test_a_pairing_is_one() -> None:
    wireless.check_paired("h:37000", "Successfully paired to h:37000 [guid=adb-2A111FDH2003XY-x1Y2z3]")
