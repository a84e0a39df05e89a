"""Compiles the native runner with the fuzzer's harness, under the address and undefined-behavior sanitizers."""

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path

from mnist_bench.base.locations import NATIVE_RUNNER
from tools.build_runner import COMMON, FOLDERS, SOURCE, stand_in

HARNESS = Path(__file__).resolve().parent
COMPILERS = ("clang", "clang-14", "clang-15", "clang-16", "clang-17", "clang-18", "clang-19")
SANITIZERS = "address,undefined"
_COMPILE = ("-std=c17", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fno-omit-frame-pointer")
_SANITIZE = (f"-fsanitize={SANITIZERS}", "-fno-sanitize-recover=all")
_FOLDERS = (SOURCE / FOLDERS[NATIVE_RUNNER], SOURCE / COMMON)
DEFINED = ('-DMNIST_BENCH_VERSION="fuzz"', "-DMAX_ACTIVATIONS=20000", "-DMAX_MULTIPLY_ADDS=1000000")
"""Limits smaller than the runner's own, so that no case takes long: lies about sizes are as large as ever."""
INCLUDES = tuple(part for folder in (*_FOLDERS, HARNESS) for part in ("-I", str(folder)))


class FuzzError(Exception):
    """The fuzzer cannot be built or run; the message says why and what to do."""


def runner_sources() -> list[Path]:
    """The runner's C files but for its system calls, which the harness stands in for. Of main.c, `main` needs another
    name.
    """
    found = (path for folder in _FOLDERS for path in sorted(folder.glob("*.c")))
    return [path for path in found if not path.name.startswith("platform_")]


def build(folder: Path) -> Path:
    """The fuzzer, compiled into `folder`.

    Raises:
        FuzzError: there is no clang with libFuzzer, or it refuses the source.
    """
    compiler = _compiler()
    sources = (*runner_sources(), *sorted(HARNESS.glob("*.c")))
    refusal = "clang refuses the source, or has no libFuzzer (libclang-rt-14-dev)"

    def compile_one(source: Path) -> Path:
        made = folder / f"{source.stem}.o"
        main = ("-Dmain=runner_main",) if source.name == "main.c" else ()
        defined = ("-DARENA_GUARDED", *DEFINED, *stand_in(), *main)
        options = (*_COMPILE, *_SANITIZE, "-fsanitize=fuzzer-no-link", *defined, *INCLUDES)
        run_compiler((compiler, *options, "-c", str(source), "-o", str(made)), refusal)
        return made

    with ThreadPoolExecutor(cpu_count()) as pool:
        objects = list(pool.map(compile_one, sources))
    program = folder / "fuzz"
    run_compiler((compiler, *_SANITIZE, "-fsanitize=fuzzer", *map(str, objects), "-lm", "-o", str(program)), refusal)
    return program


def _compiler() -> str:
    for name in COMPILERS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise FuzzError("The fuzzer needs clang and its libraries: sudo apt-get install clang-14 libclang-rt-14-dev")


def run_compiler(command: Sequence[str], refusal: str) -> None:
    """Run it; FuzzError with `refusal` and its own words where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FuzzError(f"{refusal}:\n{done.stderr.strip()}")
