"""What programs for arm64 find under QEMU, and the engines that are installed for it.

Engines choose kernels by the processor that Linux describes in files. QEMU opens a program's files in the folder of its
option -L where they are there: so that folder holds such files beside the C library.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.best_engine import LIBRARIES
from benchmarks.executorch.peer import Part
from benchmarks.executorch.programs import ARM64_LIBRARIES, build_arm64_runner, exported
from benchmarks.figures import NotMeasured, say
from benchmarks.instruction_count import FEW, MANY, InstructionCounter, per_inference, runner_instructions
from benchmarks.pictures import sample_digit
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.devices import libraries
from mnist_bench.engines.kinds.kind import EngineKind
from mnist_bench.engines.kinds.table import ENGINE_KINDS
from mnist_bench.network.network import Network, Precision

ABI = "arm64-v8a"

_PARTS = {"cortex-a53": 0xD03, "cortex-a76": 0xD0B}  # Arm, "MIDR_EL1", PartNum
CPUS = tuple(_PARTS)
_FEATURES = {
    "cortex-a53": "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid",
    "cortex-a76": "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
}


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor that QEMU is to be, with its options for what programs find there (`make_system`)."""

    counter: InstructionCounter
    cpu: str
    options: tuple[str, ...]


def make_system(cpu: str, folder: Path) -> tuple[str, ...]:
    """One core of `cpu` as Linux describes it, and Debian's C library for arm64, in `folder`, which is made; QEMU's
    options for that. NotMeasured where that library is not installed.
    """
    if not ARM64_LIBRARIES.is_dir():
        packages = "libc6-arm64-cross libstdc++6-arm64-cross"
        raise NotMeasured(f"There is no C library for arm64 here. On Debian or Ubuntu: sudo apt-get install {packages}")
    files = {
        "proc/cpuinfo": f"processor\t: 0\nBogoMIPS\t: 38.40\nFeatures\t: {_FEATURES[cpu]}\nCPU implementer\t: 0x41\n"
        f"CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: {_PARTS[cpu]:#x}\nCPU revision\t: 4\n",
        **{f"sys/devices/system/cpu/{name}": "0\n" for name in ("possible", "present", "kernel_max")},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "lib").symlink_to(ARM64_LIBRARIES / "lib")
    return "-L", str(folder)


class Rival(Protocol):
    """An engine for arm64."""

    @property
    def title(self) -> str:
        """What people call it."""

    def instructions(self, processor: Processor, network: Network, precision: Precision) -> float:
        """Of one inference, pixels to logits. Raises NotMeasured, or MnistBenchError where it does not run that."""


@dataclass(frozen=True, slots=True)
class InstalledEngine:
    """An engine that is installed for arm64, and the command that starts its runner."""

    kind: EngineKind
    command: tuple[str, ...]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.kind.title

    def instructions(self, processor: Processor, network: Network, precision: Precision) -> float:
        """As every rival's."""
        load = self.kind.encode(network, precision)
        return runner_instructions(processor.counter, processor.cpu, self.command, load, processor.options)


@dataclass(frozen=True, slots=True)
class ExecuTorch:
    """Its runner in C++, and a file with the image that it reads."""

    program: Path
    image: Path
    title: str = "ExecuTorch"

    def instructions(
        self, processor: Processor, network: Network, precision: Precision, part: Part = Part.ALL
    ) -> float:
        """As every rival's; or of a part of it."""
        command = (str(self.program), str(exported(network, precision)), str(self.image), part)
        counter, cpu, options = processor.counter, processor.cpu, processor.options
        counts = {runs: counter.count(cpu, (*command, str(runs)), options=options)[0] for runs in (FEW, MANY)}
        return per_inference(counts)


def built_executorch(folder: Path) -> ExecuTorch | None:
    """ExecuTorch, built in `folder`; None where it cannot be, which is told."""
    image = folder / "image"
    image.write_bytes(sample_digit().tobytes())
    try:
        return ExecuTorch(build_arm64_runner(folder), image)
    except NotMeasured as error:
        say(f"  {error}")
        return None


def installed_engines() -> list[InstalledEngine]:
    """Those that can be run; what keeps the others away is told."""
    program = runner_program(ABI, LIBRARY_RUNNER)
    if not program.is_file():
        say("  The library runner for arm64 has not been built. In a checkout, run: make runner")
        return []
    engines = []
    for kind in (ENGINE_KINDS[name] for name in LIBRARIES):
        try:
            library = libraries.find(kind.name, ABI)
        except MnistBenchError as error:
            say(f"  {error}")
            continue
        if library is None:
            say(f"  {kind.title} is not installed for arm64: mnist-bench engines install {kind.name} --for {ABI}")
        else:
            version = ("--engine-version", library.version)
            engines.append(InstalledEngine(kind, (str(program), library.name, str(library.path), *version)))
    return engines
