"""Cross-compile the C runners with the `ziglang` wheel into resources/runner: the same bytes wherever that runs.

Usage: python -m tools.build_runner [--check] [ABI ...]

`--check` builds into a scratch folder instead, and compares with what lies in resources/runner.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base.locations import LIBRARY_RUNNER, NATIVE_RUNNER, runner_program
from mnist_bench.version import VERSION
from tools import android, environment
from tools.programs import Machine, UnfitProgram, inspect

SOURCE = environment.ROOT / "mnist_bench" / "runners"
COMMON = "common"
"""The folder of SOURCE that all runners share."""
FOLDERS = {NATIVE_RUNNER: "native", LIBRARY_RUNNER: "library"}
"""The folder of SOURCE that makes a runner, besides the common one."""
BUILD_SECONDS = 1800

ZIG = (sys.executable, "-m", "ziglang")
COMPILE = ("-std=c17", "-O3", "-Wall", "-Wextra", "-Werror")
"""As in CONTRIBUTING.md's command for a quick build with the system's own compiler."""
REPRODUCIBLE = (
    "-ffp-contract=off",  # a rounding more or less would depend on the compiler
    "-ffunction-sections",
    "-fdata-sections",
    *("-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),  # nothing throws here
)
LINK = ("-Wl,--gc-sections", "-Wl,--build-id=none", "-s")

_ARMV7 = "generic+v7a+vfp3d16-neon-d32"


def processor_features() -> frozenset[str]:
    """The words with which Linux describes this computer's processors, such as "avx2"; none elsewhere."""
    try:
        return frozenset(Path("/proc/cpuinfo").read_text(errors="replace").split())
    except OSError:
        return frozenset()


def stand_in() -> tuple[str, ...]:
    """The option with which a runner for this computer runs its kernels for AVX-VNNI on AVX-512 VNNI, by the other
    encoding of their one instruction; nothing where the processor needs no such thing, or lacks both.

    For tests and figures alone: a processor without AVX-512 could not run what is built with it.
    """
    features = processor_features()
    needed = "avx512_vnni" in features and "avx_vnni" not in features
    return ("-DMNIST_BENCH_EVEX_STANDS_IN",) if needed else ()


class BuildError(Exception):
    """A program cannot be built, or is not the one that lies in resources/runner; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A program to build: `abi` names its folder, `triple` and `options` are the compiler's.

    `linked_small`: the system's part of the program is made small rather than fast, where it is large.
    `interpreter`: what loads a program that is not static, as one that opens shared libraries cannot be.
    """

    abi: str
    triple: str
    machine: Machine
    options: tuple[str, ...] = ()
    linked_small: bool = False
    name: str = NATIVE_RUNNER
    interpreter: str = ""

    @property
    def program(self) -> Path:
        """Where it lies once it is built."""
        return runner_program(self.abi, self.name)

    @property
    def is_for_android(self) -> bool:
        """Whether Android's own linker starts it; static programs run there as well."""
        return self.interpreter == android.INTERPRETER


TARGETS = (
    Target("arm64-v8a", "aarch64-linux-musl", Machine.ELF_ARM64, ("-static",)),
    # What the ABI promises: ARMv7-A, Thumb-2, floats in 16 registers. NEON's floats would lose denormal numbers.
    Target("armeabi-v7a", "arm-linux-musleabihf", Machine.ELF_ARM, ("-static", "-mthumb", f"-mcpu={_ARMV7}")),
    # The processors of desktops are older than the ABI's (SSE 4.2): the plain x86-64 runs on all of them.
    Target("x86_64", "x86_64-linux-musl", Machine.ELF_X86_64, ("-static", "-mcpu=x86_64")),
    Target("x86", "x86-linux-musl", Machine.ELF_X86, ("-static", "-mcpu=pentium4+sse3+ssse3")),
    Target("windows-x86_64", "x86_64-windows-gnu", Machine.PE_X86_64, ("-static", "-mcpu=x86_64"), linked_small=True),
    Target("macos-arm64", "aarch64-macos", Machine.MACH_O_ARM64),
    # Engines' Python packages for Linux want glibc 2.27 or later.
    Target(
        *("arm64-v8a", "aarch64-linux-gnu.2.27", Machine.ELF_ARM64, ("-no-pie",)),
        name=LIBRARY_RUNNER,
        interpreter="/lib/ld-linux-aarch64.so.1",
    ),
    Target(
        *("x86_64", "x86_64-linux-gnu.2.27", Machine.ELF_X86_64, ("-no-pie", "-mcpu=x86_64")),
        name=LIBRARY_RUNNER,
        interpreter="/lib64/ld-linux-x86-64.so.2",
    ),
    Target(
        *("android-arm64-v8a", "aarch64-linux-android", Machine.ELF_ARM64),
        name=LIBRARY_RUNNER,
        interpreter=android.INTERPRETER,
    ),
    # What the ABI promises: SSE 4.2 and POPCNT.
    Target(
        *("android-x86_64", "x86_64-linux-android", Machine.ELF_X86_64, ("-mcpu=x86_64_v2",)),
        name=LIBRARY_RUNNER,
        interpreter=android.INTERPRETER,
    ),
    Target(
        *("windows-x86_64", "x86_64-windows-gnu", Machine.PE_X86_64, ("-static", "-mcpu=x86_64")),
        linked_small=True,
        name=LIBRARY_RUNNER,
    ),
    Target("macos-arm64", "aarch64-macos", Machine.MACH_O_ARM64, name=LIBRARY_RUNNER),
)
"""Each program that is shipped; resources/runner/README.md says which of them have ever run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or compare what `arguments` name; the exit status, after a sentence on standard error if it is not 0."""
    known = list(dict.fromkeys(target.abi for target in TARGETS))
    parser = argparse.ArgumentParser(prog="build_runner.py", description="Cross-compile the C runners.")
    parser.add_argument("--check", action="store_true", help="compare with resources/runner instead of writing there")
    parser.add_argument(
        "abis", nargs="*", choices=[*known, []], metavar="ABI", help=f"{', '.join(known)} (default: all)"
    )
    options = parser.parse_args(arguments)
    chosen = [target for target in TARGETS if not options.abis or target.abi in options.abis]
    try:
        ensure_compiler()
        for target in chosen:
            size = compare(target) if options.check else build(target, target.program)
            told = ", as committed" if options.check else ""
            print(f"{target.abi}/{target.name}: {size:,} bytes{told}", flush=True)
    except (BuildError, UnfitProgram) as error:
        sys.stderr.write(f"mnist-bench: {error}\n")
        return 1
    return 0


def ensure_compiler() -> None:
    """Install the pinned compiler where this environment has it not: `make run` does without its 400 MB.

    Raises:
        BuildError: pip could not.
    """
    if compiler_is_here():
        return
    pin = compiler_pin()
    sys.stderr.write(f"Installing {pin}: 100 MB.\n")
    python = Path(sys.executable)
    if environment.has_hashes():
        done = environment.pip_hashed(python, environment.RUNNER)
    else:
        done = environment.pip(python, pin)
    if not done:
        raise BuildError(f"pip could not install {pin}; its own words are above. Is there a network?")


def compiler_is_here() -> bool:
    """Whether the pinned compiler is installed."""
    if importlib.util.find_spec("ziglang") is None:
        return False
    return f"ziglang=={importlib.metadata.version('ziglang')}" == compiler_pin()


def compiler_pin() -> str:
    """The compiler's package and version, as pyproject.toml pins it."""
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text())["project"]
    pin: str = project["optional-dependencies"]["runner"][0]
    return pin


def build(target: Target, program: Path, source: Path = SOURCE) -> int:
    """Compile the *.c files of the target's folders in `source` to `program`, which is replaced in one step; its size
    in bytes.

    Raises:
        BuildError: the compiler refused.
        UnfitProgram: what it made is not what `target` asks for.
    """
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent, prefix=".build-") as scratch:
        made = Path(scratch) / program.name
        _compile(target, source, made)
        size = inspect(made, target.machine, unwanted=str(source.parent), interpreter=target.interpreter)
        made.chmod(0o755)
        made.replace(program)
    return size


def compare(target: Target) -> int:
    """Build `target` elsewhere: its size if it is, byte for byte, the committed one; BuildError if not."""
    committed = target.program
    if not committed.is_file():
        raise BuildError(f"There is no {committed}: run `make runner`, and commit what it makes.")
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / committed.name
        size = build(target, made)
        if made.read_bytes() != committed.read_bytes():
            raise BuildError(f"{committed} is not what the source gives: run `make runner`, and commit what it makes.")
    return size


def _compile(target: Target, source: Path, made: Path) -> None:
    folders = (FOLDERS[target.name], COMMON, *((android.FOLDER,) if target.is_for_android else ()))
    names = [path.relative_to(source).as_posix() for folder in folders for path in sorted(source.glob(f"{folder}/*.c"))]
    if not names:
        raise BuildError(f"There is no C source in {source}.")
    compiler = (*ZIG, "cc", "-target", target.triple, *target.options)
    compiling = (*compiler, *COMPILE, *REPRODUCIBLE, "-I", COMMON, f'-DMNIST_BENCH_VERSION="{VERSION}"')
    if target.is_for_android:  # no `-s` where objects are compiled: it would take their symbols away
        objects = _compile_each(target, source, made, (*compiling, *android.COMPILE), names)
        _link_for_android(target, source, made, compiler, objects)
    elif target.linked_small:
        objects = _compile_each(target, source, made, (*compiling, *LINK), names)
        _run(target, source, made, (*compiler, "-Os", *LINK, *objects, "-lm", "-o", str(made)))
    else:
        libraries = ("-lm", "-ldl") if target.interpreter else ("-lm",)
        _run(target, source, made, (*compiling, *LINK, *names, *libraries, "-o", str(made)))


def _compile_each(
    target: Target, source: Path, made: Path, compiling: Sequence[str], names: Sequence[str]
) -> list[str]:
    """Compile every file by itself, beside `made`; the objects."""
    objects = [str(made.with_name(f"{Path(name).name}.o")) for name in names]
    for name, compiled in zip(names, objects, strict=True):
        _run(target, source, made, (*compiling, "-c", name, "-o", compiled))
    return objects


def _link_for_android(
    target: Target, source: Path, made: Path, compiler: Sequence[str], objects: Sequence[str]
) -> None:
    for library in android.LIBRARIES:
        stub = made.with_name(f"{library}.c")
        stub.write_text(android.stub_source(library))
        _run(target, source, made, android.stub_command(compiler, library, str(stub), made.with_name(library)))
    _run(target, source, made, android.link_command((*ZIG, "ld.lld"), objects, made.parent, made))


def _run(target: Target, source: Path, made: Path, command: Sequence[str]) -> None:
    # Paths relative to the source, and a cache of its own for objects: nothing tells where it was built.
    surroundings = {**os.environ, "ZIG_LOCAL_CACHE_DIR": str(made.parent / "cache"), "SOURCE_DATE_EPOCH": "0"}
    try:
        status = subprocess.call(command, cwd=source, env=surroundings, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"Compiling for {target.abi} took longer than {BUILD_SECONDS} s.") from error
    if status != 0:
        raise BuildError(f"The source does not compile for {target.abi}; the compiler's words are above.")


if __name__ == "__main__":
    sys.exit(main())
