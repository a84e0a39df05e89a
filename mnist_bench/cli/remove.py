"""`mnist-bench remove`: remove what `deploy` put on a phone."""

import argparse
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.phones import add_phone_option
from mnist_bench.devices.phone.device import the_phone

_DETAILS = """\
examples:
  mnist-bench remove
  mnist-bench remove --phone 127.0.0.1:6601

--json prints an object: serial, removed (false if there was nothing)"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "remove", "remove the runner and engines from a phone", _DETAILS)
    add_phone_option(parser)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.deploy import remove

    phone = the_phone(options.phone)
    removed = remove(this_adb(), phone.serial)
    if options.json:
        common.print_json({"serial": phone.serial, "removed": removed})
    else:
        common.show(f"Removed mnist-bench from {phone.title}." if removed else f"mnist-bench was not on {phone.title}.")
    return ExitStatus.OK
