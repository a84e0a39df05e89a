"""How many instructions an arm64 program executes, counted by QEMU; and how many an inference takes.

Alone, for whoever writes kernels: `python -m benchmarks.instruction_count RUNNER [--cpu cortex-a53] [--kernels NAME]`.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from pathlib import Path

from benchmarks.figures import NotMeasured
from benchmarks.needed import needed_program
from benchmarks.peer_networks import peer_networks
from benchmarks.pictures import sample_digit
from mnist_bench.engines.kinds.kind import LoadRequest, encode_on_stream
from mnist_bench.network.network import PRECISIONS, Precision
from mnist_bench.protocol.frames import Frame, encode_frame, read_frame
from mnist_bench.protocol.messages import ErrorAnswer, TimeRequest
from mnist_bench.protocol.tables import KIND_ERROR, MAX_ANSWER, Kind

CPUS = ("cortex-a53", "cortex-a76", "max,sme=off")
"""Without and with the dot product, and with int8 matrix products; of SME, QEMU 7.2 gets the sums wrong."""
CPUS_WITH_FP16 = CPUS[1:]
FEW, MANY = 3, 13
"""Inferences of two runs, whose difference counts."""

_SOURCE = Path(__file__).with_name("instruction_count.c")
_QEMU = "qemu-aarch64"
_SECONDS = 600


class InstructionCounter:
    """Runs arm64 programs under QEMU with the plugin that counts; `folder` is for its files."""

    def __init__(self, folder: Path) -> None:
        """Build the plugin; NotMeasured where QEMU or a C compiler is missing."""
        self._qemu = needed_program(_QEMU, "qemu-user")
        self._plugin = folder / "libinstruction_count.so"
        self._counted, self._given = folder / "instructions", folder / "input"
        compiler = needed_program("cc", "gcc")
        flags = ("-std=c17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
        subprocess.run((compiler, *flags, str(_SOURCE), "-o", str(self._plugin)), check=True)

    def count(
        self, cpu: str, command: Sequence[str], given: bytes = b"", options: Sequence[str] = ()
    ) -> tuple[int, bytes]:
        """Instructions that `command` executes on `cpu`, and its output; `options` are QEMU's own.

        NotMeasured where it fails: with what it said.
        """
        self._counted.unlink(missing_ok=True)
        self._given.write_bytes(given)
        plugin = ("-plugin", f"{self._plugin},out={self._counted}")
        with self._given.open("rb") as stream:  # a file: from a pipe that has ended, a runner would learn to end
            done = subprocess.run(
                (self._qemu, "-cpu", cpu, *options, *plugin, *command),
                stdin=stream,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        if done.returncode or not self._counted.is_file():
            words = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise NotMeasured(f"{Path(command[0]).name} ended with status {done.returncode} under QEMU: {words}")
        return int(self._counted.read_text()), done.stdout


@contextmanager
def instruction_counter() -> Iterator[InstructionCounter]:
    """A counter for the length of a `with` block; NotMeasured where something it needs is missing."""
    with tempfile.TemporaryDirectory(prefix="mnist-bench-count-") as folder:
        yield InstructionCounter(Path(folder))


def per_inference(counts: dict[int, int]) -> float:
    """Instructions of one inference, from the instructions of runs of two lengths: what both have in common cancels."""
    (few, at_few), (many, at_many) = sorted(counts.items())
    return (at_many - at_few) / (many - few)


def runner_instructions(
    counter: InstructionCounter, cpu: str, command: Sequence[str], load: LoadRequest, options: Sequence[str] = ()
) -> float:
    """Instructions that the runner `command` executes for one inference of what it loads, pixels to logits, in its hot
    loop; `options` are QEMU's own.
    """
    counts = {}
    for runs in (FEW, MANY):
        counts[runs], answers = counter.count(cpu, command, _conversation(load, runs), options)
        _check(answers)
    return per_inference(counts)


def _conversation(load: LoadRequest, runs: int) -> bytes:
    """What an engine sends: a network, and to time one image."""
    time_request = TimeRequest(sample_digit(), 0, runs).encode()
    requests = ((load.kind, load.payload), (Kind.TIME, time_request), (Kind.CLOSE, b""))
    return b"".join(encode_frame(Frame(kind, number, body)) for number, (kind, body) in enumerate(requests, 1))


def _check(answers: bytes) -> None:
    """NotMeasured where the runner refused something: what it executed then is no inference."""
    stream = BytesIO(answers)
    while (frame := read_frame(stream, MAX_ANSWER)) is not None:
        if frame.kind == KIND_ERROR:
            raise NotMeasured(f"The runner refused to be counted: {ErrorAnswer.decode(frame.payload).sentence}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print instructions per inference of one runner program, for each network, precision and processor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instruction_count", description=__doc__)
    parser.add_argument("runner", help="the native runner, built for arm64")
    parser.add_argument("--cpu", choices=CPUS, action="append", help="a processor (default: all)")
    parser.add_argument("--against", metavar="RUNNER", help="another one: the ratio to its instructions, too")
    parser.add_argument("--kernels", help="the runner's set of kernels (default: its own choice)")
    parser.add_argument("--network", action="append", help="MLP, CNN or digits-cnn (default: all)")
    options = parser.parse_args(arguments)
    try:
        for line in _lines(options):
            print(line, flush=True)
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _lines(options: argparse.Namespace) -> Iterator[str]:
    kernels = ("--kernels", options.kernels) if options.kernels else ()
    commands = [(runner, *kernels) for runner in (options.runner, options.against) if runner]
    networks = [one for one in peer_networks() if one.title in (options.network or [one.title])]
    with instruction_counter() as counter:
        for one, precision in product(networks, PRECISIONS if options.against else (*PRECISIONS, Precision.FP16)):
            load = encode_on_stream(one.network, precision)
            able = CPUS_WITH_FP16 if precision is Precision.FP16 else CPUS
            for cpu in (cpu for cpu in able if cpu in (options.cpu or CPUS)):
                counts = [runner_instructions(counter, cpu, command, load) for command in commands]
                ratio = f" ({counts[0] / counts[1]:.3f} x)" if options.against else ""
                yield f"{one.title:10} {precision:4} {cpu:11}: {counts[0]:12,.0f}{ratio}"


if __name__ == "__main__":
    sys.exit(main())
