"""This checkout's native runner against an earlier one: time, evaluating, memory, arm64 instructions, size.

`python -m benchmarks against --before CHECKOUT [--kernels SET]` prints the figures. For whoever writes kernels, and for
other backends: `python -m benchmarks.against BEFORE [--own PROGRAM] ...`, where either may be a program alone.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from benchmarks.against_limits import Measure, kernels_before, most_time
from benchmarks.against_programs import instructions, program_in, sizes
from benchmarks.arm64_engines import ABI as ARM64
from benchmarks.children import Child, child, plain_environment
from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.imported_networks import made_networks
from benchmarks.interleaved import Rounds, run_rounds
from benchmarks.peer_networks import PeerNetwork, peer_networks
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.network.model_file import write_model_file

HERE = Path(__file__).resolve().parents[1]
_CHILD = Path(__file__).with_name("against_child.py")
_BACKENDS = ("native-fp32", "native-int8")
_SETS, _ROUNDS = 3, 14  # of processes: where one has its memory is worth 4 % by itself; and rounds with each


@dataclass(frozen=True, slots=True)
class Side:
    """A `checkout` with its own Python, and the command that starts its native runner: `program`, `kernels`."""

    checkout: Path
    program: Path
    kernels: str | None = None

    @classmethod
    def of(cls, path: Path, kernels: str | None) -> "Side":
        """`path` is a checkout, whose shipped program is taken, or a program, which this checkout's Python starts.

        NotMeasured where it is neither, or lacks the kernels.
        """
        path = path.resolve()
        side = cls(HERE, path, kernels) if path.is_file() else cls(path, program_in(path, str(this_abi())), kernels)
        if not side.program.is_file():
            raise NotMeasured(f"There is no native runner for this computer in {path}: name a checkout of mnist-bench.")
        done = subprocess.run((*side.command("native-"), "--version"), capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"{side.program}: {done.stderr.strip()}")
        return side

    def command(self, backend: str) -> tuple[str, ...]:
        """What starts its runner of `backend`; empty for one that is not native, which the checkout knows itself."""
        if not backend.startswith("native-"):
            return ()
        return (str(self.program), *(("--kernels", self.kernels) if self.kernels else ()))


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sides measured in turn, this checkout's first; the kernels of this checkout's; peak memory's ratio."""

    rounds: Rounds
    kernels: str
    memory: float

    def detail(self) -> str:
        """The spread of the ratios, and the times."""
        ratios = self.rounds.ratios(0, 1)
        low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
        return (
            f"{low:.3f} to {high:.3f} in 80 % of {len(ratios)} rounds, {self.rounds.median_us(0):.4g} and "
            f"{self.rounds.median_us(1):.4g} µs; peak memory {self.memory:.2f} x"
        )


def measure(setup: Setup) -> Iterator[Figure]:
    """Ratios to `setup.before`: for each network and precision in a hot loop, and the others for the bundled ones."""
    if setup.before is None:
        raise NotMeasured("There is nothing to compare with: --before CHECKOUT names an earlier checkout.")
    own, before = Side.of(HERE, setup.kernels), Side.of(setup.before, kernels_before(setup.kernels))
    sets, rounds = setup.times(_SETS, 1), setup.times(_ROUNDS, 2)
    networks = peer_networks()[: setup.times(3, 1)]
    for one in networks if setup.quick else chain(networks, made_networks()):
        for backend in _BACKENDS:
            yield _figure(Measure.HOT, one, backend, compare(own, before, Measure.HOT, backend, one, sets, rounds))
    for one in networks:
        for backend in _BACKENDS:
            for what in (Measure.COLD, Measure.EVALUATING):
                yield _figure(what, one, backend, compare(own, before, what, backend, one, 1, rounds))
    if setup.before.is_dir():
        yield from sizes(setup.before)
        yield from instructions(program_in(HERE, ARM64), program_in(setup.before, ARM64), networks)


def _figure(what: Measure, one: PeerNetwork, backend: str, compared: Compared) -> Figure:
    name = f"{one.title}: {backend} against before, {what}, {compared.kernels}"
    most = most_time(what, one.title, compared.kernels, int8=backend.endswith("int8"))
    return Figure(name, median(compared.rounds.ratios(0, 1)), "", at_most(most), compared.detail())


def compare(own: Side, before: Side, what: Measure, backend: str, one: PeerNetwork, sets: int, rounds: int) -> Compared:
    """Both sides in turn, `rounds` times with each of `sets` pairs of processes."""
    times: list[tuple[float, ...]] = []
    with tempfile.TemporaryDirectory(prefix="mnist-bench-against-") as folder:
        model = Path(folder) / "network"
        write_model_file(model, one.network)
        for _ in range(sets):
            with ExitStack() as stack:
                sides = [stack.enter_context(_measuring(side, what, backend, model)) for side in (own, before)]
                times += run_rounds([partial(_ns, one) for one in sides], rounds).times_ns
                last = [one.ask() for one in sides]
    return Compared(Rounds(tuple(times)), last[0]["kernels"] or backend, last[0]["peak_bytes"] / last[1]["peak_bytes"])


def _measuring(side: Side, what: Measure, backend: str, model: Path) -> AbstractContextManager[Child]:
    """A process of that side, which measures once each time it is asked; what it answers is against_child.py's."""
    environment = {**plain_environment(), "PYTHONPATH": str(side.checkout)}
    return child(_CHILD, what, backend, str(model), *side.command(backend), environment=environment)


def _ns(one: Child) -> float:
    return float(one.ask()["ns"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each network and backend that `arguments` name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("before", type=Path, help="an earlier checkout with its programs built, or a native runner")
    parser.add_argument("--own", type=Path, default=HERE, help="likewise, to be compared (default: this checkout)")
    parser.add_argument("--kernels", metavar="SET", help="the native runner's kernels (default: its own choice)")
    parser.add_argument("--network", action="append", help="MLP, CNN, digits-cnn, lenet, separable, residual")
    parser.add_argument("--backend", action="append", help=f"default: {', '.join(_BACKENDS)}")
    parser.add_argument("--what", type=Measure, choices=list(Measure), default=Measure.HOT)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"with each of {_SETS} pairs of processes")
    options = parser.parse_args(arguments)
    try:
        own, before = Side.of(options.own, options.kernels), Side.of(options.before, kernels_before(options.kernels))
    except NotMeasured as error:
        parser.error(str(error))
    for one in chain(peer_networks(), made_networks()):
        if one.title in (options.network or [one.title]):
            for backend in options.backend or _BACKENDS:
                compared = compare(own, before, options.what, backend, one, _SETS, options.rounds)
                ratio = median(compared.rounds.ratios(0, 1))
                print(f"{one.title:10} {backend:13} {ratio:.3f} x, {compared.kernels}: {compared.detail()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
