"""Wine, where it is installed: one more machine for `make parity`, on which the programs for Windows run.

Wine executes a Windows program's instructions on this very processor; what it stands in for is Windows.
"""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.locations import runner_program
from mnist_bench.devices import libraries
from mnist_bench.devices.device import Launch, never
from mnist_bench.devices.this_computer import SubprocessTransport, ThisComputer
from mnist_bench.engines.libraries.archive import Archive
from mnist_bench.engines.libraries.fetch import fetch
from mnist_bench.engines.libraries.table import Package

ABI = "windows-x86_64"
PACKAGE = "wine64"
_START_SECONDS = 180.0  # the first start of all makes the folder that stands for drive C
_END_SECONDS = 30.0
_IDLE_SECONDS = 120  # after the last program has ended, should nobody be there any more to end Wine
_NOT_ON_PATH = Path("/usr/lib/wine")
"""Where Debian keeps what only Wine itself is thought to call."""

# LiteRT's library needs Microsoft's C++ library, of which Wine has all parts but this one.
_RUNTIME = Package(
    "msvc_runtime-14.44.35112-cp311-cp311-win_amd64.whl",
    "aba7fbe71897d25ed53fbb7f391e9f50289378a8a9ae218ba18530c663448391",
    1_921_911,
    "msvc_runtime-14.44.35112.data/data/vcruntime140_threads.dll",
    "14.44.35112",
)


def absent() -> str | None:
    """Why no Windows program runs here, in a sentence; None if one may."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "Wine runs them on Linux computers with an x86-64 processor only."
    if _find("wine64") is None or _find("wineserver64", "wineserver") is None:
        return f"There is no Wine: sudo apt-get install {PACKAGE}."
    return None


@dataclass(frozen=True, slots=True)
class Wine(ThisComputer):
    """Windows, as Wine has it, as a device.

    Attributes:
        launcher: what a Windows program's command begins with.
        system: the folder that stands for Windows' own libraries.
    """

    id: str = "wine"
    runs_python: bool = False
    launcher: tuple[str, ...] = ()
    system: Path = Path()

    def missing(self, launch: Launch) -> str | None:
        """That the library which the runner opens is not installed."""
        if launch.library is None or libraries.look(launch.library.name, ABI) is not None:
            return None
        return f"{launch.library.title} is not installed. {launch.library.advice(ABI)}"

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> SubprocessTransport:  # noqa: ARG002
        """Start the runner, once the library that it opens, if any, is hashed."""
        arguments = launch.arguments
        if launch.library is not None and (library := libraries.find(launch.library.name, ABI)) is not None:
            options = ("--engine-version", library.version)
            arguments = (library.name, _windows_path(library.path), *options, *arguments)
        return SubprocessTransport((*self.launcher, str(runner_program(ABI, launch.program)), *arguments))

    def add_runtime(self) -> str | None:
        """Fetch what of Microsoft's C++ library Wine lacks; where that cannot be, a sentence that says so."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                data = fetch(_RUNTIME, "try again.", Path(folder), lambda _done, _total: None)
                content = Archive(data, _RUNTIME.wheel).read(_RUNTIME.entry)
            except MnistBenchError as error:
                return f"LiteRT's library for Windows needs {Path(_RUNTIME.entry).name}. {error.message}"
        (self.system / Path(_RUNTIME.entry).name).write_bytes(content)
        return None


@contextlib.contextmanager
def started() -> Iterator[Wine]:
    """A Wine with a drive C of its own, which is gone afterwards, and nothing that it started runs on.

    Raises OSError, subprocess.SubprocessError: it does not start.
    """
    wine, server = _find("wine64") or "wine64", _find("wineserver64", "wineserver") or "wineserver"
    with tempfile.TemporaryDirectory(prefix="mnist-bench-wine-", ignore_cleanup_errors=True) as prefix:
        # Paths in UTF-8, no word of its own, no offer to fetch other packages, and nothing in the person's menus.
        settings = (f"WINEPREFIX={prefix}", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=")
        launcher = ("env", "-u", "DISPLAY", "LC_ALL=C.UTF-8", *settings)
        try:
            # In the background before anything else: the first program would start it with its own output as its own.
            _run(*launcher, server, f"-p{_IDLE_SECONDS}")
            _run(*launcher, wine, "wineboot", "--init")
            yield Wine(launcher=(*launcher, wine), system=Path(prefix, "drive_c", "windows", "system32"))
        finally:
            for option in ("-k", "-w"):  # end everything, and wait for that
                with contextlib.suppress(OSError, subprocess.SubprocessError):
                    _run(*launcher, server, option, seconds=_END_SECONDS)


def _windows_path(path: Path) -> str:
    """What a program under Wine calls a file of this computer."""
    return f"Z:{path.resolve()}".replace("/", "\\")


def _find(*names: str) -> str | None:
    search = os.pathsep.join((os.environ.get("PATH", os.defpath), str(_NOT_ON_PATH)))
    return next((found for name in names if (found := shutil.which(name, path=search)) is not None), None)


def _run(*command: str, seconds: float = _START_SECONDS) -> None:
    nowhere = subprocess.DEVNULL
    subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, timeout=seconds, check=True)
