"""`mnist-bench deploy`: copy the runner, and the engines that are installed for it, to a phone."""

import argparse
import threading
from typing import Any

from mnist_bench.base import words
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.phones import add_phone_option
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.devices.phone.device import the_phone

_DETAILS = """\
examples:
  mnist-bench deploy
  mnist-bench deploy --phone 127.0.0.1:6601 --json

A backend on a phone deploys its runner when it starts, if need be; doing so beforehand makes that start quicker. The
engines that `mnist-bench engines install NAME --for android:SERIAL` has installed are copied as well. After Ctrl+C, the
next deploy starts over: what was partly copied is never started.

--json prints an object: serial, program (its path on the phone), abi, pushed (false if it was there already), bytes,
engines (a list of objects: name, version)

exit status: 1 if it cannot be deployed, 130 if interrupted"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "deploy", "copy the runner to a phone", _DETAILS)
    add_phone_option(parser)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.deploy import deploy_all

    phone = the_phone(options.phone)
    stopped = threading.Event()
    with ProgressBar() as bar, on_interrupt(stopped.set):
        bar.show(0, 0, f"Deploying to {phone.title}")

        def show(done: int, total: int) -> None:
            bar.show(done, total, f"Deploying to {phone.title}")

        deployed, engines = deploy_all(this_adb().cancelled_by(stopped.is_set), phone.serial, show)
    if options.json:
        common.print_json(
            {
                "serial": phone.serial,
                "program": deployed.program,
                "abi": deployed.abi,
                "pushed": deployed.pushed,
                "bytes": deployed.bytes,
                "engines": [{"name": engine.name, "version": engine.version} for engine in engines],
            }
        )
    else:
        when = "is on" if deployed.pushed else "was already on"
        common.show(
            f"The runner ({deployed.abi}, {words.size(deployed.bytes)}) {when} {phone.title}: {deployed.program}"
        )
        for engine in engines:
            common.show(f"{engine.words} is on {phone.title}.")
    return ExitStatus.OK
