"""The native runner as a backend of this computer: the same C program that is pushed to phones."""

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, make_folder, read_limited, write_atomically
from mnist_bench.base.locations import cache_dir, runner_program
from mnist_bench.engines.backend import never
from mnist_bench.engines.errors import RunnerUnavailable
from mnist_bench.engines.lane import THIS_COMPUTER, Lane
from mnist_bench.engines.transport import SubprocessTransport, Transport
from mnist_bench.network.network import Precision

_MAX_PROGRAM_BYTES = 64 * MEGABYTE

_ABIS = {
    ("linux", "x86_64"): "x86_64",
    ("linux", "aarch64"): "arm64-v8a",
    ("linux", "armv7l"): "armeabi-v7a",
    ("linux", "armv8l"): "armeabi-v7a",
    ("linux", "i686"): "x86",
    ("linux", "i586"): "x86",
    ("win32", "amd64"): "windows-x86_64",
    ("darwin", "arm64"): "macos-arm64",
}

_NEVER_RUN = ("windows-x86_64", "macos-arm64")
"""Programs that are built for a system on which nobody has run them yet."""


def this_abi() -> str | None:
    """The name of the native program that this computer runs, as `locations.runner_program` takes it; None: none."""
    return _ABIS.get((sys.platform, platform.machine().lower()))


@dataclass(frozen=True, slots=True)
class NativeBackend:
    """The C runner on this computer, on one thread; pinned to the processor `core`, or to none."""

    precision: Precision
    core: int | None = None

    @property
    def name(self) -> str:
        """`native-fp32` or `native-int8`."""
        return f"native-{self.precision}"

    @property
    def id(self) -> str:
        """What a person types for it: `native-int8`, `native-int8:core3`."""
        return self.name if self.core is None else f"{self.name}:core{self.core}"

    @property
    def plain_title(self) -> str:
        """What a person reads, without the core."""
        return f"Native {self.precision}"

    @property
    def title(self) -> str:
        """What a person reads."""
        return self.plain_title if self.core is None else f"{self.plain_title} · core {self.core}"

    @property
    def threads(self) -> int:
        """Always one."""
        return 1

    @property
    def mode_words(self) -> str:
        """For example "C · 1 thread", "C · core 3"; with a word of warning where the program has never been run."""
        words = "C · 1 thread" if self.core is None else f"C · core {self.core}"
        return f"{words} · untested" if this_abi() in _NEVER_RUN else words

    @property
    def lane(self) -> Lane:
        """That of this computer."""
        return THIS_COMPUTER

    @property
    def start_seconds(self) -> float:
        """It has nothing to read."""
        return 10.0

    def missing(self) -> str | None:
        """That there is no program for this computer, and what can be done; None if there is one."""
        abi = this_abi()
        where = f"{platform.system()} on {platform.machine()}"
        if abi is None:
            return f"There is no native runner for this computer ({where}). Choose another backend."
        if not runner_program(abi).is_file():
            return f"The native runner for this computer ({where}) has not been built. In a checkout, run: make runner"
        return None

    def connect(
        self,
        given_up: Callable[[], bool] = never,  # noqa: ARG002 - it takes no time
        *,
        awake: bool = False,
    ) -> Transport:
        """Start its runner; RunnerUnavailable where the system cannot."""
        abi = this_abi()
        if abi is None:
            raise RunnerUnavailable(str(self.missing()))
        program = executable(runner_program(abi))
        try:
            return SubprocessTransport((str(program), *runner_options(self.core, awake=awake)))
        except RunnerUnavailable as error:
            advice = "Choose another backend, or build it anew in a checkout: make runner"
            raise RunnerUnavailable(error.message, advice=advice) from error


NATIVE_FP32 = NativeBackend(Precision.FP32)
NATIVE_INT8 = NativeBackend(Precision.INT8)


def runner_options(core: int | None, *, awake: bool = False) -> tuple[str, ...]:
    """The native runner's options: the core to run on, and whether to keep it awake."""
    return (*(() if core is None else ("--core", str(core))), *(("--awake",) if awake else ()))


def executable(program: Path) -> Path:
    """`program` itself, or where it may not be executed (a wheel forgets that bit, a disk forbids it) a copy that may.

    The copy lies in the cache under a name that tells its content, so that a new version never runs an old program.
    """
    if os.access(program, os.X_OK):
        return program
    try:
        content = read_limited(program, _MAX_PROGRAM_BYTES, "program")
        folder = cache_dir() / "runner"
        copy = folder / f"{program.stem}-{hashlib.sha256(content).hexdigest()[:16]}{program.suffix}"
        if not (os.access(copy, os.X_OK) and read_limited(copy, _MAX_PROGRAM_BYTES, "program") == content):
            make_folder(folder)
            write_atomically(copy, content, mode=0o755)
    except InputError as error:
        advice = f"Mark {program} as executable (chmod +x)."
        raise RunnerUnavailable(f"The native runner is not executable. {error.message}", advice=advice) from error
    return copy
