"""`mnist-bench phones`: the phones that adb knows, the next step for each, and their facts."""

import argparse
import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mnist_bench.base import words
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.devices.phone.device import as_device
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.engines.backends import backends_on

if TYPE_CHECKING:
    from mnist_bench.devices.phone.facts import PhoneCondition, PhoneFacts

_DETAILS = """\
examples:
  mnist-bench phones
  mnist-bench phones --json

Starts the adb server if it is not running. --json prints a list with one object for each phone:
  serial, title, state (adb's own name, or "same serial"), words, next_step ("" if it is ready), wireless,
  backends (the ids for --backend), facts and condition (null if the phone cannot be queried; null inside them: the
  phone does not report it)

exit status: 0 even if there is no phone; 1 if there is no adb"""

_NO_PHONE = """\
There is no phone. Turn on "USB debugging" in the phone's developer options and plug it in, or connect over Wi-Fi:
  mnist-bench connect HOST[:PORT]"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(
        commands, "phones", "list the phones that adb knows, and the next step for each", _DETAILS
    )
    common.add_json_option(parser)
    return parser


def add_phone_option(parser: argparse.ArgumentParser) -> None:
    """Add `--phone SERIAL`."""
    parser.add_argument(
        "--phone", metavar="SERIAL", help="which phone, as `mnist-bench phones` lists it (default: the only one)"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb

    phones = this_adb().phones()
    with ThreadPoolExecutor(max_workers=max(len(phones), 1)) as pool:
        told = list(pool.map(_ask, phones))
    if options.json:
        common.print_json([_as_json(phone, *about) for phone, about in zip(phones, told, strict=True)])
    elif phones:
        also = _other_names(phones, [facts for facts, _ in told])
        texts = (_as_text(phone, *about, same) for phone, about, same in zip(phones, told, also, strict=True))
        common.show_lines("\n".join(texts))
    else:
        common.show_lines(_NO_PHONE)
    return ExitStatus.OK


def _ask(phone: Phone) -> "tuple[PhoneFacts | None, PhoneCondition | None]":
    """What a phone tells of itself; nothing where it cannot be asked, or is lost meanwhile."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.deploy import tidy
    from mnist_bench.devices.phone.facts import read_condition, read_facts

    if not phone.is_ready:
        return None, None
    with contextlib.suppress(PhoneError):
        tidy(this_adb(), phone.serial)
    try:
        return read_facts(this_adb(), phone.serial), read_condition(this_adb(), phone.serial)
    except PhoneError:
        return None, None


def _other_names(phones: Sequence[Phone], facts: "Sequence[PhoneFacts | None]") -> list[str]:
    """For each phone the serials by which adb lists the very same phone too: by cable, and by its address."""
    own = [(told.serial, told.model) if told is not None and told.serial else None for told in facts]
    return [
        ", ".join(other.serial for other, its in zip(phones, own, strict=True) if its == mine and other is not phone)
        if mine is not None
        else ""
        for phone, mine in zip(phones, own, strict=True)
    ]


def _as_json(phone: Phone, facts: "PhoneFacts | None", condition: "PhoneCondition | None") -> dict[str, object]:
    return {
        "serial": phone.serial,
        "title": phone.title,
        "state": str(phone.state),
        "words": phone.state.words,
        "next_step": phone.state.next_step,
        "wireless": phone.is_wireless,
        "backends": [backend.id for backend in backends_on(as_device(phone))],
        "facts": None if facts is None else asdict(facts),
        "condition": None if condition is None else asdict(condition),
    }


def _as_text(phone: Phone, facts: "PhoneFacts | None", condition: "PhoneCondition | None", also: str = "") -> str:
    title = "" if phone.title == phone.serial else f" ({phone.title})"
    lines = [f"{phone.serial}{title}: {phone.state.words}", phone.state.next_step]
    if also:
        lines.append(f"the same phone as {also}")
    if facts is not None:
        android = f"Android {facts.android}" if facts.android else None
        emulated = "emulated: its times say nothing about any phone" if facts.emulated else None
        lines.append(_listed(facts.maker, facts.model, facts.soc, android, *facts.abis, emulated))
        lines.append(_cores(facts))
    if condition is not None:
        lines.append(_condition(condition))
    if phone.is_ready:
        lines.append("backends: " + _listed(*(backend.id for backend in backends_on(as_device(phone)))))
    return "\n  ".join(filter(None, lines))


def _listed(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))


def _cores(facts: "PhoneFacts") -> str:
    """Cores of the same kind together: "cores 0 to 3: up to 1.80 GHz; core 4: up to 2.85 GHz; asimd asimddp"."""
    kinds = []
    for max_mhz, group in groupby(facts.cores, key=lambda core: core.max_mhz):
        numbers = [core.number for core in group]
        span = f"core {numbers[0]}" if len(numbers) == 1 else f"cores {numbers[0]} to {numbers[-1]}"
        kinds.append(span if max_mhz is None else f"{span}: up to {words.frequency(max_mhz)}")
    return "; ".join(filter(None, [*kinds, " ".join(facts.features)]))


def _condition(condition: "PhoneCondition") -> str:
    charging = {None: None, True: "charging", False: "not charging"}[condition.charging]
    battery = _listed(
        None if condition.battery_percent is None else f"battery {condition.battery_percent} %",
        None if condition.battery_celsius is None else words.celsius(condition.battery_celsius),
        charging,
    )
    return "; ".join(filter(None, [battery, condition.thermal_words]))
