"""`mnist-bench engines`: lists, installs and removes the libraries of engines that are not part of this program."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.cli.tables import table
from mnist_bench.devices import libraries
from mnist_bench.devices.devices import find_device
from mnist_bench.devices.phone.device import serial_of
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.libraries.install import Choice, choice_of, choices, engine_of, install, install_file
from mnist_bench.engines.libraries.table import ABIS, ENGINE_LIBRARIES

_SHORT = {"android": "android-arm64-v8a"}  # as nearly all phones are

_DETAILS = """\
examples:
  mnist-bench engines
  mnist-bench engines install onnxruntime
  mnist-bench engines install litert --for android
  mnist-bench engines install onnxruntime --file onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl
  mnist-bench engines remove litert

An engine's library comes out of a package that pip downloads, with pip's own settings, and that must have the SHA-256
that this program knows. It lies in the program's cache, with its licence and notices beside it.

--for takes android (64-bit Arm), android:SERIAL (asks the phone), or what the list has in its second column.
--file takes a wheel or an .aar file; nothing is downloaded then.

--json, in front of install and remove too, prints a list of objects, also for other computers: name, title, abi,
version (that install gets), licence, bytes (to download), installed (null, or an object: version, package, licence,
sha256, path); of install and remove, those that were installed or removed"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "engines", "list, install or remove engines' libraries", _DETAILS)
    common.add_json_option(parser)
    parser.set_defaults(act=_list)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    names = ", ".join(ENGINE_LIBRARIES)
    adding = actions.add_parser("install", help="download and install an engine", allow_abbrev=False)
    adding.add_argument("name", metavar="NAME", help=names)
    adding.add_argument("--for", dest="device", metavar="DEVICE", help="what it is for (default: this computer)")
    adding.add_argument("--file", type=Path, metavar="WHEEL|AAR", help="install it from this file; nothing is fetched")
    adding.add_argument("--yes", action="store_true", help="install an unknown --file: its library is code")
    adding.set_defaults(act=_install)
    removing = actions.add_parser("remove", help="remove an engine", allow_abbrev=False)
    removing.add_argument("name", metavar="NAME", help=names)
    removing.add_argument("--for", dest="device", metavar="DEVICE", help="for this alone (default: for all)")
    removing.set_defaults(act=_remove)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    options.act(options)
    return ExitStatus.OK


def _list(options: argparse.Namespace) -> None:
    if options.json:
        common.print_json([_as_object(choice) for choice in choices()])
        return
    rows = [
        (
            choice.engine.name,
            choice.abi,
            ABIS[choice.abi] + (" (this computer)" if choice.abi == this_abi() else ""),
            "no" if installed is None else installed.version,
            choice.package.version,
            choice.terms,
        )
        for choice, installed in [(choice, choice.installed) for choice in choices()]
        if choice.abi == this_abi() or choice.abi.startswith(libraries.ANDROID) or installed is not None
    ]
    common.show_lines(table(("engine", "for", "system", "installed", "version", "to install"), rows))


def _install(options: argparse.Namespace) -> None:
    choice = choice_of(options.name, _abi(options.device))
    if options.file is not None:
        library = install_file(choice, options.file, trust=options.yes)
    else:
        common.say(f"{choice.title} for {ABIS[choice.abi]}: {choice.terms}.")
        with ProgressBar() as bar:
            bar.show(0, 0, "Starting pip")
            library = install(choice, lambda done, total: bar.show(done, total, choice.title))
    if options.json:
        common.print_json([_as_object(choice)])
        return
    common.show(f"Installed {choice.engine.title} {library.version} for {ABIS[library.abi]} in {library.folder}")


def _remove(options: argparse.Namespace) -> None:
    engine = engine_of(options.name)
    abis = [_abi(options.device)] if options.device else list(ABIS)
    removed = [abi for abi in abis if libraries.remove(engine.name, abi)]
    if options.json:
        common.print_json([_as_object(choice_of(engine.name, abi)) for abi in removed])
        return
    for abi in removed:
        common.show(f"Removed {engine.title} for {ABIS[abi]}.")
    if not removed:
        common.show(f"{engine.title} was not installed.")


def _abi(device: str | None) -> str:
    """What the words after --for name; without any, this computer."""
    if not device:
        return this_abi() or "this computer"
    abi = _SHORT.get(device, device)
    if abi in ABIS:
        return abi
    try:
        serial = serial_of(find_device(device))
    except UsageError as error:
        raise UsageError(error.message, advice=f"Use android, android:SERIAL or one of: {', '.join(ABIS)}.") from error
    return f"{libraries.ANDROID}{_abi_of_phone(serial)}"


def _abi_of_phone(serial: str | None) -> str:
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.facts import read_facts

    abis = read_facts(this_adb(), serial).abis if serial else ()
    found = next(iter(abis), "")  # a phone is brought the library for its first ABI alone
    if f"{libraries.ANDROID}{found}" not in ABIS:
        raise MnistBenchError(f"There are no engines for {serial}'s processor ({', '.join(abis) or 'unknown'}).")
    return found


def _as_object(choice: Choice) -> dict[str, Any]:
    installed = choice.installed
    kept = ("version", "package", "licence", "sha256")
    return {
        "name": choice.engine.name,
        "title": choice.engine.title,
        "abi": choice.abi,
        "version": choice.package.version,
        "licence": choice.engine.licence,
        "bytes": choice.package.download_bytes,
        "installed": None
        if installed is None
        else {**{key: asdict(installed)[key] for key in kept}, "path": str(installed.path)},
    }
