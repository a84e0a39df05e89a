"""Runs the fuzzer's inputs with every arm64 kernel set, under QEMU, between pages that nobody may touch.

There is no libFuzzer for arm64 here, and QEMU is slow: what was found to be of interest on x86 is only repeated.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.build_runner import ZIG, compiler_is_here
from tools.fuzz.building import DEFINED, HARNESS, INCLUDES, run_compiler, runner_sources

QEMU = ("qemu-aarch64-static", "-cpu", "max,sme=off")  # it has what every set needs; of SME, QEMU 7.2 gets sums wrong
_COMPILE = ("-target", "aarch64-linux-musl", "-static", "-std=c17", "-O1", "-Wall", "-Wextra", "-Werror")
_TRAPS = ("-fsanitize=undefined", "-fsanitize-trap=undefined", "-fno-sanitize-recover=all")
_ALLOCATORS = tuple(f"-D{name}=guarded_{name}" for name in ("malloc", "calloc", "realloc", "free"))
_FILES_AT_ONCE = 200
_SECONDS = 600


def absent() -> str | None:
    """Why this cannot be done here, in a sentence; None if it can."""
    if shutil.which(QEMU[0]) is None:
        return f"There is no {QEMU[0]}: sudo apt-get install qemu-user-static."
    return None if compiler_is_here() else "There is no compiler for arm64: run `make runner`."


def build_guarded(folder: Path) -> Path:
    """The program that runs inputs, compiled into `folder`; FuzzError where the compiler refuses the source."""
    options = (*_COMPILE, *_TRAPS, "-DARENA_GUARDED_BY_PAGES", *DEFINED, *INCLUDES)
    main, program = folder / "arm64-main.o", folder / "fuzz-arm64"
    sources = {path.name: str(path) for path in runner_sources()}
    own = (str(HARNESS / "harness.c"), str(HARNESS / "guarded.c"))
    refusal = "The compiler for arm64 refuses the source"
    run_compiler((*ZIG, "cc", *options, "-Dmain=runner_main", "-c", sources.pop("main.c"), "-o", str(main)), refusal)
    files = (*sources.values(), *own, str(main))
    run_compiler((*ZIG, "cc", *options, *_ALLOCATORS, *files, "-lm", "-o", str(program)), refusal)
    return program


def repeat_all(program: Path, inputs: Sequence[Path]) -> tuple[int, str]:
    """Run `inputs` with every kernel set; how many runs there were, and which one ended the program, if one did."""
    runs = 0
    for start in range(0, len(inputs), _FILES_AT_ONCE):
        command = (*QEMU, str(program), *map(str, inputs[start : start + _FILES_AT_ONCE]))
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        *told, last = done.stdout.splitlines() or [""]
        if done.returncode or last != "end":
            return runs + len(told), f"{last or 'no input'}: ended with status {done.returncode}. {done.stderr[-2000:]}"
        runs += len(told)
    return runs, ""
