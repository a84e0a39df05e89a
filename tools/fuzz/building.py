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
LIMITS = ("-DMAX_ACTIVATIONS=20000", "-DMAX_MULTIPLY_ADDS=1000000")
"""Smaller than the runner's own, so that no case takes long: lies about sizes are as large as ever."""


class FuzzError(Exception):
    """The fuzzer cannot be built or run; the message says why and what to do."""


def build(folder: Path) -> Path:
    """The fuzzer, compiled into `folder`.

    Raises:
        FuzzError: there is no clang with libFuzzer, or it refuses the source.
    """
    compiler = _compiler()
    folders = [SOURCE / FOLDERS[NATIVE_RUNNER], SOURCE / COMMON]
    found = (path for folder in (*folders, HARNESS) for path in sorted(folder.glob("*.c")))
    sources = [path for path in found if not path.name.startswith("platform_")]

    def compile_one(source: Path) -> Path:
        made = folder / f"{source.stem}.o"
        main = ("-Dmain=runner_main",) if source.name == "main.c" else ()
        defined = ("-DARENA_GUARDED", '-DMNIST_BENCH_VERSION="fuzz"', *LIMITS, *stand_in(), *main)
        includes = [part for folder in folders for part in ("-I", str(folder))]
        options = (*_COMPILE, *_SANITIZE, "-fsanitize=fuzzer-no-link", *defined, *includes)
        _run((compiler, *options, "-c", str(source), "-o", str(made)))
        return made

    with ThreadPoolExecutor(cpu_count()) as pool:
        objects = list(pool.map(compile_one, sources))
    program = folder / "fuzz"
    _run((compiler, *_SANITIZE, "-fsanitize=fuzzer", *map(str, objects), "-lm", "-o", str(program)))
    return program


def _compiler() -> str:
    for name in COMPILERS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise FuzzError("The fuzzer needs clang and its libraries: sudo apt-get install clang-14 libclang-rt-14-dev")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FuzzError(f"clang refuses the source, or has no libFuzzer (libclang-rt-14-dev):\n{done.stderr.strip()}")
