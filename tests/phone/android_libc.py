"""A stand-in for Android's C library on test phones: glibc under the names that Android's has.

It exists in tests alone. With it a test phone runs the shipped library runners for Android; that Android's own library
does what the runner expects of it, no test here can tell.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mnist_bench.base.locks import locked
from tests.phone.system import fetch_packages
from tests.phone.virtual_phone import VirtualPhone

ENGINE_SOURCE = Path(__file__).with_name("made_up_litert.c")
_SOURCE = Path(__file__).with_name("android_libc.c")
_SYSTEMS = {"arm64-v8a": "aarch64-linux-gnu", "x86_64": "x86_64-linux-gnu"}
_LOADERS = {"arm64-v8a": "ld-linux-aarch64.so.1", "x86_64": "ld-linux-x86-64.so.2"}
_BUILD_SECONDS = 300.0


def built_files() -> Path:
    """A folder with, for each ABI, glibc's files, the stand-ins and an engine of our own making; made where there is
    none yet.
    """
    cache = Path(os.environ.get("MNIST_BENCH_PHONE_CACHE") or Path("~/.cache/mnist-bench-test-phone").expanduser())
    cache.mkdir(parents=True, exist_ok=True)
    sources = (_SOURCE, ENGINE_SOURCE, Path(__file__))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    folder = cache / f"android-libc-{version}"
    with locked(cache / "system", _BUILD_SECONDS):  # several test runs may begin at once
        if not folder.exists():
            unpacked, part = cache / "unpacked", cache / "android-libc.part"
            for left in (unpacked, part):
                shutil.rmtree(left, ignore_errors=True)
            fetch_packages(cache, unpacked, "libc6", "arm64")
            for abi, system in _SYSTEMS.items():
                (part / abi).mkdir(parents=True)
                _build(system, part / abi)
            _copy_glibc(unpacked / "usr/lib" / _SYSTEMS["arm64-v8a"], part / "arm64-v8a")
            shutil.rmtree(unpacked)
            part.rename(folder)
    return folder


def give_android_libc(phone: VirtualPhone, files: Path, abi: str) -> Path:
    """Put what `built_files` made into a phone's system, but for the engine of our own making, which is returned."""
    there = phone.root / "usr/lib" / _SYSTEMS[abi]
    there.mkdir(parents=True, exist_ok=True)
    for file in (files / abi).glob("l*"):
        shutil.copy2(file, there / file.name)
    shutil.copy2(there / _LOADERS[abi], phone.root / "system/bin/linker64")
    return files / abi / "engine.so"


def _copy_glibc(source: Path, to: Path) -> None:
    """For arm64 alone: test phones have it for x86-64, on which their own programs run."""
    for name in (_LOADERS["arm64-v8a"], "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0"):
        shutil.copy2(source / name, to / name)


def _build(system: str, folder: Path) -> None:
    def compile_it(name: str, *words: str) -> None:
        target = ("-target", f"{system}.2.34", "-shared", "-fPIC", "-O1", "-Wl,--build-id=none")
        command = (sys.executable, "-m", "ziglang", "cc", *target, *words, "-o", str(folder / name))
        subprocess.run(command, check=True, capture_output=True, text=True)

    compile_it("libc.so", str(_SOURCE), "-Wl,-soname,libc.so")
    compile_it("libdl.so", "-xc", "/dev/null", "-Wl,-soname,libdl.so", "-Wl,--no-as-needed", "-ldl")
    compile_it("engine.so", "-w", str(ENGINE_SOURCE))
