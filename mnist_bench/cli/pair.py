"""`mnist-bench pair`: pair this computer with a phone, without a cable."""

import argparse
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus

_DETAILS = """\
examples:
  mnist-bench pair 192.168.1.23:41235 123456

The phone (Android 11 or later) shows the address and the code in Developer options > Wireless debugging > Pair device
with pairing code. Both change each time. Once paired, connect to the address that Wireless debugging itself shows.

exit status: 1 if the phone does not answer or rejects the code"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "pair", "pair this computer with a phone, without a cable", _DETAILS)
    parser.add_argument("address", metavar="HOST:PORT", help="the address that the phone shows with the code")
    parser.add_argument("code", metavar="CODE", help="the six digits that the phone shows")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb

    this_adb().pair(options.address, options.code)
    common.show(f"Paired with {options.address}. Now connect to it: mnist-bench connect HOST[:PORT]")
    return ExitStatus.OK
