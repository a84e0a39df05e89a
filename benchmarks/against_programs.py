"""The shipped programs against an earlier checkout's, wherever they run: their sizes, and arm64 instructions."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.against_limits import SIZE, most_instructions
from benchmarks.figures import Figure, at_most
from benchmarks.instruction_count import CPUS, CPUS_WITH_FP16, instruction_counter, runner_instructions
from benchmarks.peer_networks import PeerNetwork
from mnist_bench.base.locations import LIBRARY_RUNNER, NATIVE_RUNNER, resources_dir, runner_program
from mnist_bench.engines.kinds.kind import encode_on_stream
from mnist_bench.network.network import Precision
from tools.build_runner import TARGETS

_COMPARED = {
    Precision.FP32: Precision.FP32,
    Precision.INT8: Precision.INT8,
    Precision.FP16: Precision.FP32,
}


def program_in(checkout: Path, abi: str, name: str = NATIVE_RUNNER) -> Path:
    """Where an earlier checkout has the program that `runner_program` names here."""
    return checkout / runner_program(abi, name).relative_to(resources_dir().parent)


def sizes(before: Path) -> Iterator[Figure]:
    """The program of each runner that has grown most, against the one in the checkout `before`."""
    for name in (NATIVE_RUNNER, LIBRARY_RUNNER):
        ratios = {}
        for target in (target for target in TARGETS if target.name == name):
            own, other = target.program, program_in(before, target.abi, name)
            if own.is_file() and other.is_file():
                ratios[target.abi] = own.stat().st_size / other.stat().st_size
        if ratios:
            detail = ", ".join(f"{abi} {ratio:.2f} x" for abi, ratio in ratios.items())
            yield Figure(f"{name}: size against before", max(ratios.values()), "", at_most(SIZE), detail)


def instructions(own: Path, before: Path, networks: Sequence[PeerNetwork]) -> Iterator[Figure]:
    """The ratio of two native runners for arm64, by network, precision and processor; both choose their kernels.

    What is new, fp16, is held against fp32.
    """
    with instruction_counter() as counter:
        for one in networks:
            for precision, earlier in _COMPARED.items():
                loads = [encode_on_stream(one.network, each) for each in (precision, earlier)]
                for cpu in CPUS_WITH_FP16 if precision is Precision.FP16 else CPUS:
                    sides = zip((own, before), loads, strict=True)
                    counts = [runner_instructions(counter, cpu, (str(side),), load) for side, load in sides]
                    most = most_instructions(one.title, cpu, precision)
                    name = f"{one.title} {precision}: instructions against {earlier} before, {cpu}"
                    detail = f"{counts[0]:,.0f} against {counts[1]:,.0f}"
                    yield Figure(name, counts[0] / counts[1], "", at_most(most), detail)
