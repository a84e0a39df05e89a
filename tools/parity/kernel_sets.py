"""The ways in which the native runner can compute, and the command that starts each one here."""

import atexit
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mnist_bench.base.locations import NATIVE_RUNNER, runner_program
from tools.build_runner import TARGETS, build, compiler_is_here, processor_features, stand_in
from tools.parity import emulated

_START_SECONDS = 60
_NATIVE = {"x86_64": ("x86_64", "x86"), "aarch64": ("arm64-v8a",)}
"""What a Linux computer of this kind runs by itself."""
TIGER_LAKE = "tiger lake"
"""A whole computer with AVX-512 VNNI, emulated: slow, but there where the processor has no such thing."""
STAND_IN = "AVX-512 stands in"
"""Not a processor with AVX-VNNI but this one, by the form of the instruction that it has, in a program built for it."""
_EMULATORS = {
    "x86_64": "qemu-x86_64-static",
    "x86": "qemu-i386-static",
    "arm64-v8a": "qemu-aarch64-static",
    "armeabi-v7a": "qemu-arm-static",
}


@dataclass(frozen=True, slots=True)
class KernelSet:
    """One build of the runner with one set of kernels; under an emulator of the processor `cpu` where one is named, or
    under what the command `launcher` starts.

    Only every `stride`-th case is run: emulation takes its time, and portable C is portable C.
    """

    abi: str
    kernels: str
    cpu: str = ""
    stride: int = 1
    launcher: tuple[str, ...] = ()
    has_fp16: bool = False

    @property
    def title(self) -> str:
        """For people: "neon · arm64-v8a · cortex-a53"."""
        return " · ".join(filter(None, (self.kernels, self.abi, self.cpu)))

    @property
    def emulator(self) -> tuple[str, ...]:
        """What its runner is started with; empty where this computer runs it by itself."""
        if self.launcher:
            return self.launcher
        if self.cpu == TIGER_LAKE:
            return (sys.executable, "-m", "tools.parity.emulated")
        if self.cpu in ("", STAND_IN) and self.abi in _NATIVE.get(platform.machine(), ()):
            return ()
        return (_EMULATORS[self.abi], *(("-cpu", self.cpu) if self.cpu else ()))

    def command(self) -> tuple[str, ...]:
        """What starts its runner: the shipped one, but for the stand-in."""
        program = _program_with_stand_in() if self.cpu == STAND_IN else runner_program(self.abi)
        return (*self.emulator, str(program), "--kernels", self.kernels)

    def absent(self) -> str | None:
        """Why it cannot run here, in a sentence; None if it can."""
        if not (compiler_is_here() if self.cpu == STAND_IN else runner_program(self.abi).is_file()):
            return "It has not been built: run `make runner`."
        command = self.command()
        if self.cpu == TIGER_LAKE and (reason := emulated.absent()) is not None:
            return reason
        if self.emulator and shutil.which(command[0]) is None:
            return f"There is no {command[0]}: sudo apt-get install qemu-user-static."
        try:
            done = subprocess.run(
                [*command, "--version"], capture_output=True, text=True, timeout=_START_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"It does not start: {error}."
        return None if done.returncode == 0 else done.stderr.strip() or f"It ended with status {done.returncode}."


@cache
def _program_with_stand_in() -> Path:
    """Built when it is first asked for, and removed when this process ends."""
    folder = tempfile.mkdtemp(prefix="mnist-bench-parity-")
    atexit.register(shutil.rmtree, folder)
    target = next(one for one in TARGETS if (one.abi, one.name) == ("x86_64", NATIVE_RUNNER))
    program = Path(folder) / NATIVE_RUNNER
    build(replace(target, options=(*target.options, *stand_in())), program)
    return program


_VNNI = KernelSet("x86_64", "avx512vnni")

KERNEL_SETS = (
    KernelSet("x86_64", "portable"),
    KernelSet("x86_64", "avx2"),
    KernelSet("x86_64", "avxvnni", cpu=STAND_IN if stand_in() else ""),
    _VNNI if "avx512_vnni" in processor_features() else replace(_VNNI, cpu=TIGER_LAKE, stride=10),
    KernelSet("arm64-v8a", "neon", "cortex-a53"),
    KernelSet("arm64-v8a", "dotprod", "cortex-a76", has_fp16=True),
    KernelSet("arm64-v8a", "i8mm", "max,sme=off", has_fp16=True),
    KernelSet("arm64-v8a", "portable", "cortex-a76", stride=10),
    KernelSet("armeabi-v7a", "portable", "cortex-a7", stride=10),
    KernelSet("x86", "portable", stride=10),
)


def split_by_presence(sets: Sequence[KernelSet]) -> tuple[tuple[KernelSet, ...], dict[KernelSet, str]]:
    """Those that run here, and why the others do not."""
    absent = {one: reason for one in sets if (reason := one.absent()) is not None}
    return tuple(one for one in sets if one not in absent), absent
