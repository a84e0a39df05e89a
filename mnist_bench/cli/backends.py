"""`mnist-bench backends`: which backends this computer has, and why one of them cannot run."""

import argparse
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus, OpenEngine
from mnist_bench.engines.backends import all_choices, local_backends
from mnist_bench.errors import MnistBenchError

_DETAILS = """\
examples:
  mnist-bench backends
  mnist-bench backends --json

Each backend is started to see whether it can run. A name of the list is what --backend understands."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(
        commands, "backends", "list the backends, each started once to see if it can run", _DETAILS
    )
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    with common.open_engines(local_backends(), network=None) as engines:
        if options.json:
            common.print_json([_as_json(opened) for opened in engines])
        else:
            print("\n".join(_as_text(opened) for opened in engines))
    return ExitStatus.OK


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
        return f"{title}, not available\n  {opened.engine}"
    info = opened.engine.info
    modes = ", ".join(choice.id for choice in all_choices() if choice.name == opened.backend.name)
    facts = ", ".join(f"{name} {value}" for name, value in info.facts.items())
    return f"{title}, available\n  modes: {modes}\n  runner: {info.program} {info.version}, {facts}"
