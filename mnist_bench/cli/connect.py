"""`mnist-bench connect`: reach a phone over the network."""

import argparse
import contextlib
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.devices.phone.device import AndroidPhone
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.engines.backends import backends_on

_DETAILS = """\
examples:
  mnist-bench connect 192.168.1.23:37251
  mnist-bench connect my-phone.local

The phone shows its address in Developer options > Wireless debugging. The default port is 5555. Phones with Android 11
or later have to be paired first, once: mnist-bench pair HOST:PORT CODE. The window reconnects to the address
automatically until `mnist-bench disconnect` forgets it.

exit status: 1 if it cannot be reached"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "connect", "connect to a phone over the network", _DETAILS)
    parser.add_argument("address", metavar="HOST[:PORT]", help="the phone's address")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.deploy import tidy

    serial = this_adb().connect(options.address)
    with contextlib.suppress(PhoneError):  # using it will say why
        tidy(this_adb(), serial)
    names = ", ".join(backend.id for backend in backends_on(AndroidPhone(serial, serial)))
    common.show(f"Connected to {serial}. Its backends: {names}")
    return ExitStatus.OK
