"""`mnist-bench backends`: which backends this computer has, and why one of them cannot run."""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.engines.backends import Backend, all_choices, local_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.errors import MnistBenchError
from mnist_bench.protocol.messages import RunnerInfo

_DETAILS = """\
examples:
  mnist-bench backends
  mnist-bench backends --json

Each backend is started to see whether it can run. A name of the list is what --backend understands."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A backend, and what its runner said of itself, or why it could not start."""

    backend: Backend
    outcome: RunnerInfo | MnistBenchError

    @property
    def reason(self) -> str | None:
        """Why the backend cannot run; None if it can."""
        return str(self.outcome) if isinstance(self.outcome, MnistBenchError) else None


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(
        commands, "backends", "list the backends, each started once to see if it can run", _DETAILS
    )
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        probes = list(pool.map(_probe, local_backends()))
    if options.json:
        common.print_json([_as_json(probe) for probe in probes])
    else:
        print(_as_text(probes))
    return ExitStatus.OK


def _probe(backend: Backend) -> Probe:
    try:
        with InferenceEngine(backend) as engine:
            return Probe(backend, engine.start())
    except MnistBenchError as error:
        return Probe(backend, error)


def _as_json(probe: Probe) -> dict[str, object]:
    return {
        "id": probe.backend.id,
        "title": probe.backend.title,
        "available": probe.reason is None,
        "reason": probe.reason,
    }


def _as_text(probes: Sequence[Probe]) -> str:
    width = max(len(probe.backend.id) for probe in probes)
    lines = []
    for probe in probes:
        lines.append(f"{probe.backend.id:<{width}}  {probe.backend.title}: {probe.reason or 'available'}")
        if isinstance(probe.outcome, RunnerInfo):
            facts = {"threads": str(probe.outcome.threads), **probe.outcome.facts}
            about = ", ".join(f"{name} {value}" for name, value in facts.items())
            lines.append(f"{'':<{width}}  {probe.outcome.program} {probe.outcome.version}; {about}")
            modes = ", ".join(choice.id for choice in all_choices() if choice.name == probe.backend.name)
            lines.append(f"{'':<{width}}  modes: {modes}")
    return "\n".join(lines)
