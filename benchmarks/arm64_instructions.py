"""Instructions of one inference on two arm64 processors: the native runner against ExecuTorch's XNNPACK in C++, and
against the best of it, LiteRT and ONNX Runtime.

All from pixel bytes to logits, under QEMU, which counts exactly; how long they take is another matter.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.arm64_engines import ABI, CPUS, Processor, Rival, built_executorch, installed_engines, make_system
from benchmarks.best_engine import against_best
from benchmarks.executorch.peer import Part
from benchmarks.figures import Figure, NotMeasured, Setup, at_most, say
from benchmarks.instruction_count import instruction_counter, runner_instructions
from benchmarks.peer_networks import peer_networks
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.locations import runner_program
from mnist_bench.engines.kinds.kind import encode_on_stream
from mnist_bench.network.network import PRECISIONS, Network, Precision

MOST = {
    ("MLP", Precision.FP32): (0.8, 0.8),
    ("MLP", Precision.INT8): (0.8, 0.7),
    ("CNN", Precision.FP32): (0.95, 0.95),
    ("CNN", Precision.INT8): (0.85, 1.0),
    ("digits-cnn", Precision.FP32): (1.0, 1.0),
    ("digits-cnn", Precision.INT8): (1.0, 1.0),
}


def measure(setup: Setup) -> Iterator[Figure]:
    """For each network, precision and processor: one ratio to ExecuTorch, and one to the best engine."""
    own = runner_program(ABI)
    if not own.is_file():
        raise NotMeasured("The native runner for arm64 has not been built. In a checkout, run: make runner")
    with instruction_counter() as counter, tempfile.TemporaryDirectory(prefix="mnist-bench-peer-") as folder:
        processors = [Processor(counter, cpu, make_system(cpu, Path(folder) / cpu)) for cpu in CPUS]
        executorch = built_executorch(Path(folder))
        rivals: list[Rival] = [*([] if executorch is None else [executorch]), *installed_engines()]
        if not rivals:
            raise NotMeasured(f"No other engine is here: mnist-bench engines install litert --for {ABI}")
        for one in peer_networks()[: setup.times(3, 1)]:
            for precision in PRECISIONS:
                load = encode_on_stream(one.network, precision)
                for place, processor in enumerate(processors):
                    ours = runner_instructions(counter, processor.cpu, (str(own),), load)
                    counts = _counts(rivals, processor, one.network, precision)
                    if executorch is not None and executorch.title in counts:
                        execute = executorch.instructions(processor, one.network, precision, Part.EXECUTE)
                        name = f"{one.title} {precision}: instructions against ExecuTorch's, {processor.cpu}"
                        most = MOST[one.title, precision][place]
                        yield _against_executorch(name, ours, counts[executorch.title], execute, most)
                    if counts:
                        yield figure(f"{one.title} {precision}, instructions on {processor.cpu}", ours, counts)


def _against_executorch(name: str, ours: float, every: float, execute: float, most: float) -> Figure:
    detail = f"{ours:,.0f} against {every:,.0f}; against its execute() alone, {execute:,.0f}: {ours / execute:.2f} x"
    return Figure(name, ours / every, "", at_most(most), detail)


def _counts(rivals: Sequence[Rival], processor: Processor, network: Network, precision: Precision) -> dict[str, float]:
    """Instructions of the rivals that run the network, by title; why the others do not is told."""
    counts = {}
    for rival in rivals:
        try:
            counts[rival.title] = rival.instructions(processor, network, precision)
        except (NotMeasured, MnistBenchError) as error:
            say(f"  {network.name} {precision} without {rival.title}: {error}")
    return counts


def figure(what: str, ours: float, counts: Mapping[str, float]) -> Figure:
    """What native executes, `ours`, against the fewest of the engines' `counts`."""
    ratios = {title: ours / count for title, count in counts.items()}
    every = ", ".join(f"{title} {count:,.0f} ({ratios[title]:.2f} x)" for title, count in counts.items())
    return against_best(what, ratios, f"{ours:,.0f} against {every}")
