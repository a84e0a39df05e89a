"""A runner is compiled to the same bytes anywhere, and is what its target asks for; CI compares it with its source."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.version import VERSION
from tools import android, build_runner
from tools.build_runner import TARGETS, BuildError
from tools.programs import LIMIT_BYTES, Machine, UnfitProgram, inspect

HELLO = '#include <stdio.h>\nint main(void) { puts(__FILE__ " " MNIST_BENCH_VERSION); return 0; }\n'

pytestmark = pytest.mark.skipif(
    not build_runner.compiler_is_here(), reason=f"{build_runner.compiler_pin()} is not installed: `make runner` does it"
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "somewhere" / "runners"
    (folder / "native").mkdir(parents=True)
    (folder / "native" / "main.c").write_text(HELLO)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="the program is for Linux")
def test_another_folder_gives_the_same_program_and_it_runs(source: Path, tmp_path: Path) -> None:
    target = next(target for target in TARGETS if target.abi == "x86_64")
    elsewhere = shutil.copytree(source, tmp_path / "else" / "where")
    programs = [tmp_path / name / "runner" for name in ("first", "second")]
    for program, folder in zip(programs, (source, elsewhere), strict=True):
        build_runner.build(target, program, folder)
    assert programs[0].read_bytes() == programs[1].read_bytes()
    assert [path.name for path in programs[0].parent.iterdir()] == ["runner"]
    done = subprocess.run([programs[0]], capture_output=True, text=True, check=True)
    assert done.stdout == f"native/main.c {VERSION}\n"


def test_a_source_with_a_mistake_leaves_the_old_program(source: Path, tmp_path: Path) -> None:
    (source / "native" / "main.c").write_text("int main(void) { return x; }")
    program = tmp_path / "runner"
    program.write_bytes(b"old")
    with pytest.raises(BuildError, match="does not compile"):
        build_runner.build(TARGETS[0], program, source)
    assert program.read_bytes() == b"old"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.abi}-{target.name}")
def test_what_is_shipped_is_for_its_machine_and_small(target: build_runner.Target) -> None:
    size = inspect(target.program, target.machine, str(build_runner.SOURCE.parent), target.interpreter)
    assert size == target.program.stat().st_size


def test_another_machines_program_is_refused() -> None:
    with pytest.raises(UnfitProgram, match="for machine 183"):
        inspect(runner_program("arm64-v8a"), Machine.ELF_X86_64, unwanted="/nowhere")
    with pytest.raises(UnfitProgram, match="no 32-bit ELF"):
        inspect(runner_program("arm64-v8a"), Machine.ELF_ARM, unwanted="/nowhere")
    with pytest.raises(UnfitProgram, match="not a MACH_O_ARM64"):
        inspect(runner_program("windows-x86_64"), Machine.MACH_O_ARM64, unwanted="/nowhere")


def test_a_program_for_windows_that_needs_more_than_every_windows_has_is_refused(tmp_path: Path) -> None:
    changed = tmp_path / "changed.exe"
    shipped = runner_program("windows-x86_64", LIBRARY_RUNNER).read_bytes()
    changed.write_bytes(shipped.replace(b"KERNEL32.dll", b"msvcrt99.dll"))
    with pytest.raises(UnfitProgram, match=r"not every Windows has: msvcrt99\.dll"):
        inspect(changed, Machine.PE_X86_64, unwanted="/nowhere")


@pytest.mark.skipif(sys.platform != "linux", reason="the interpreter is a Linux program there")
def test_a_program_that_is_large_dynamic_or_tells_its_folder_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(LIMIT_BYTES))
    with pytest.raises(UnfitProgram, match="the limit is 230,000"):
        inspect(large, Machine.ELF_X86_64, unwanted="/nowhere")
    shipped = runner_program("x86_64")
    with pytest.raises(UnfitProgram, match="name of the folder"):
        inspect(shipped, Machine.ELF_X86_64, unwanted=VERSION)
    dynamic = tmp_path / "dynamic"
    data = bytearray(shipped.read_bytes())
    data[64] = 3  # the first program header: an interpreter
    dynamic.write_bytes(data)
    with pytest.raises(UnfitProgram, match="not static"):
        inspect(dynamic, Machine.ELF_X86_64, unwanted="/nowhere")
    with pytest.raises(UnfitProgram, match="does not run with /lib/other"):
        inspect(dynamic, Machine.ELF_X86_64, unwanted="/nowhere", interpreter="/lib/other.so")


def test_a_program_for_android_that_asks_for_more_than_every_android_has_is_refused(tmp_path: Path) -> None:
    shipped = runner_program("android-arm64-v8a", LIBRARY_RUNNER).read_bytes()
    loaded = struct.pack("<II", 1, 5)  # a segment that is loaded, to be executed
    at = shipped.index(loaded, 64) + 48
    for before, after, words in (
        (b"\0sigaction\0", b"\0sigqction\0", "has: sigqction"),
        (b"\0libdl.so\0", b"\0liblo.so\0", "has: liblo.so"),
        (b"/linker64\0", b"/linker\0\0\0", "started by /system/bin/linker, not"),
        (shipped[at - 48 : at + 8], shipped[at - 48 : at] + struct.pack("<Q", 4096), "where pages have 16,384 bytes"),
        (struct.pack("<HH", 3, 183), struct.pack("<HH", 2, 183), "of type 2"),
    ):
        changed = tmp_path / "changed"
        changed.write_bytes(shipped.replace(before, after))
        with pytest.raises(UnfitProgram, match=words):
            inspect(changed, Machine.ELF_ARM64, unwanted="/nowhere", interpreter=android.INTERPRETER)
    with pytest.raises(UnfitProgram, match="of type 2"):
        inspect(runner_program("arm64-v8a"), Machine.ELF_ARM64, unwanted="/nowhere", interpreter=android.INTERPRETER)
