"""`mnist-bench backends`: the backends of this computer and its devices, and why one of them cannot run."""

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.text import printable
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus, OpenEngine
from mnist_bench.devices.device import Device
from mnist_bench.devices.devices import seen_devices
from mnist_bench.engines.backends import all_choices, backends_on, local_backends, not_installed_on
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import ON_STREAM

_DETAILS = """\
examples:
  mnist-bench backends
  mnist-bench backends --json

Each backend of this computer is started to see whether it can run. Phones are listed as adb sees them, if its server
runs (`mnist-bench phones` starts it), and how engines are installed for them. Use these names with --backend.

--json prints a list, one object for each: id, title, available, reason (null if it is available)"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "backends", "list the backends, and why one of them cannot run", _DETAILS)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    with common.open_engines(local_backends(ON_STREAM), network=None) as engines:
        devices = tuple(seen_devices())
        listed = [*engines, *_of(devices)]
        if options.json:
            common.print_json([_as_json(opened) for opened in listed])
        else:
            lacking = (line for device, trouble in devices if trouble is None for line in not_installed_on(device))
            common.show_lines("\n".join([*map(_as_text, listed), *map(printable, lacking)]))
    return ExitStatus.OK


def _of(devices: Iterable[tuple[Device, MnistBenchError | None]]) -> Iterator[OpenEngine]:
    """The backends of the devices that are there now: not started, since that would deploy a runner."""
    for device, trouble in devices:
        for backend in backends_on(device):
            yield OpenEngine(backend, trouble or InferenceEngine(backend))


def _as_json(opened: OpenEngine) -> dict[str, object]:
    failed = isinstance(opened.engine, MnistBenchError)
    return {
        "id": opened.backend.id,
        "title": opened.backend.title,
        "available": not failed,
        "reason": str(opened.engine) if failed else None,
    }


def _as_text(opened: OpenEngine) -> str:
    title = f"{opened.backend.id}: {opened.backend.title}"
    if isinstance(opened.engine, MnistBenchError):
        return f"{title}, not available\n  {printable(str(opened.engine))}"
    if not opened.engine.is_running:
        return f"{title}, ready"
    info = opened.engine.info
    modes = ", ".join(choice.id for choice in all_choices() if choice.name == opened.backend.name)
    if opened.backend.can_pin:
        modes += f", {opened.backend.name}:core0 and so on"
    facts = ", ".join(f"{name} {value}" for name, value in info.facts.items())
    runner = f"{info.program} {info.version}, {facts}"
    return f"{title} ({opened.backend.mode_words}), available\n  modes: {modes}\n  runner: {runner}"
