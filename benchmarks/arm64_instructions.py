"""Instructions of one inference on two arm64 processors: the native runner against ExecuTorch's XNNPACK in C++.

Both from pixel bytes to logits, under QEMU, which counts exactly; how long they take is another matter.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.executorch.peer import Part
from benchmarks.executorch.programs import ARM64_LIBRARIES, build_arm64_runner, exported
from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.instruction_count import (
    CPUS,
    InstructionCounter,
    instruction_counter,
    per_inference,
    runner_instructions,
)
from benchmarks.peer_networks import peer_networks
from benchmarks.pictures import sample_digit
from mnist_bench.base.locations import runner_program
from mnist_bench.network.network import PRECISIONS, Precision

MOST = {
    ("MLP", Precision.FP32): (0.8, 0.8),
    ("MLP", Precision.INT8): (0.8, 0.7),
    ("CNN", Precision.FP32): (0.95, 0.95),
    ("CNN", Precision.INT8): (0.85, 1.0),
    ("digits-cnn", Precision.FP32): (1.0, 1.0),
    ("digits-cnn", Precision.INT8): (1.0, 1.0),
}
_FEW, _MANY = 3, 13


def measure(setup: Setup) -> Iterator[Figure]:
    """One ratio for each network, precision and processor."""
    own = runner_program("arm64-v8a")
    if not own.is_file():
        raise NotMeasured("The native runner for arm64 has not been built. In a checkout, run: make runner")
    with instruction_counter() as counter, tempfile.TemporaryDirectory(prefix="mnist-bench-peer-") as folder:
        image = Path(folder) / "image"
        image.write_bytes(sample_digit().tobytes())
        program = build_arm64_runner(Path(folder))
        for one in peer_networks()[: setup.times(3, 1)]:
            for precision in PRECISIONS:
                command = (str(program), str(exported(one.network, precision)), str(image))
                for cpu, most in zip(CPUS, MOST[one.title, precision], strict=True):
                    ours = runner_instructions(counter, cpu, (str(own),), one.network, precision)
                    every, execute = (_peer_instructions(counter, cpu, command, part) for part in Part)
                    detail = (
                        f"{ours:,.0f} against {every:,.0f}; against its execute() alone, {execute:,.0f}: "
                        f"{ours / execute:.2f} x"
                    )
                    name = f"{one.title} {precision}: instructions against ExecuTorch's, {cpu}"
                    yield Figure(name, ours / every, "", at_most(most), detail)


def _peer_instructions(counter: InstructionCounter, cpu: str, command: tuple[str, ...], part: Part) -> float:
    libraries = ("-L", str(ARM64_LIBRARIES))
    counts = {runs: counter.count(cpu, (*command, part, str(runs)), options=libraries)[0] for runs in (_FEW, _MANY)}
    return per_inference(counts)
