"""`mnist-bench disconnect`: end the connection to a phone over the network, and forget its address."""

import argparse
from typing import Any

from mnist_bench.base.errors import UsageError
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus

_DETAILS = """\
examples:
  mnist-bench disconnect 192.168.1.23:37251
  mnist-bench disconnect --all

The window no longer reconnects to the address automatically. The default port is 5555.

exit status: 2 if there is no such connection"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "disconnect", "disconnect a phone that was connected by address", _DETAILS)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("address", metavar="HOST[:PORT]", nargs="?", help="the phone's address")
    which.add_argument("--all", action="store_true", help="every phone that was connected by address")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb

    adb = this_adb()
    for address in adb.addresses() if options.all else (options.address,):
        if adb.disconnect(address):
            common.show(f"Disconnected from {address}.")
        elif not options.all:
            advice = "`mnist-bench phones` lists the phones."
            raise UsageError(f"There is no connection to {address}.", advice=advice)
    return ExitStatus.OK
