"""Whatever a phone or an adb server says, however long, is read in a moment: nothing in it is looked at twice."""

import time
from collections.abc import Callable

import pytest

from mnist_bench.base.text import lines
from mnist_bench.devices.phone import services
from mnist_bench.devices.phone.facts import parse_condition, parse_facts
from mnist_bench.devices.phone.phones import parse_phones

LIST_BYTES = 0xFFFF  # of a list: its length is four hexadecimal digits
SAID_BYTES = 1 << 18  # a phone may say 16 times as much
MARK = "=== mnist-bench ===\n"
SECONDS = 3.0  # on a busy machine; a quadratic search takes minutes

PIECES = [
    *(" ", "\n", "\r", "\t", "a ", "a\n", "[", "[a]: [", "[a]: [b]\n", "Temperature{", "level:", "level:\n", MARK),
    *("no permissions ", "device ", "a transport_id:1 ", "x device\n", "\u2028", "\x00", "\u202e", "é"),
    *("/proc/cpuinfo:processor : 1\n", "/proc/cpuinfo:flags : x\n", "/sys/devices/system/cpu/present:0-9999\n"),
    *("/policy1/related_cpus:0-255\n", "/policy1/related_cpus:" + "0-255 " * 600 + "\n", "WARNING: linker: x\n"),
]
READERS: list[tuple[Callable[[str], object], int]] = [
    (parse_phones, LIST_BYTES),
    (parse_facts, SAID_BYTES),
    (lambda text: parse_facts(MARK + text), SAID_BYTES),
    (parse_condition, SAID_BYTES),
    (lambda text: parse_condition(2 * MARK + text), SAID_BYTES),
    (lambda text: services._said(bytearray(text.encode())), SAID_BYTES),
    (lines, SAID_BYTES),
]


@pytest.mark.parametrize(("read", "size"), READERS)
def test_long_answers_are_read_in_a_moment(read: Callable[[str], object], size: int) -> None:
    for piece in PIECES:
        text = piece * (size // len(piece))
        began = time.monotonic()
        read(text)
        assert time.monotonic() - began < SECONDS, repr(piece)
