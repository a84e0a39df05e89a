"""A phone to test against: AOSP's adbd on 127.0.0.1, with a system of its own; arm64 programs run through qemu."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.phone.system import SHELL_USER, write_program

_BOOT = Path(__file__).with_name("boot.py")
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_ARM64 = (
    r":qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
)
_PORTS = range(20000, 30000)  # below those that a system gives to outgoing connections
_TMP = "data/local/tmp"


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that tells nobody when it happens."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        threading.Event().wait(0.005)


def free_port() -> int:
    """A port on which nobody listens."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - nothing secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class VirtualPhone:
    """One phone; its files stay from boot to boot until it is thrown away.

    Attributes:
        port, serial: where its adbd listens, and the name by which adb knows it then.
        root: the folder of its files on this computer.
    """

    def __init__(self, system: Path, *, secure: bool = False, abi: str = "arm64-v8a", cpu: str = "cortex-a76") -> None:
        self._secure, self._cpu = secure, cpu
        self.port = free_port()
        self.serial = f"127.0.0.1:{self.port}"
        self.root = Path(tempfile.mkdtemp(prefix="phone-"))
        subprocess.run(("cp", "-a", f"{system}/.", str(self.root)), check=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.properties = {
            "ro.product.manufacturer": "Google",
            "ro.product.model": "Pixel 7",
            "ro.product.name": "panther",
            "ro.product.device": "panther",
            "ro.soc.model": "GS201",
            "ro.build.version.release": "14",
            "ro.build.version.sdk": "34",
            "ro.product.cpu.abi": abi,
            "ro.product.cpu.abilist": abi,
            "ro.adb.secure": str(int(secure)),
            "service.adb.listen_addrs": f"tcp:{self.port}",
        }

    def boot(self) -> None:
        """Switch it on, or plug it in again; returns when adb can connect to it."""
        _let_arm64_programs_run()
        lines = "".join(f"{name}={value}\n" for name, value in self.properties.items())
        (self.root / "system/build.prop").write_text(lines)
        program = "adbd-secure" if self._secure else "adbd"
        namespaces = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
        with (self.root / "boot.log").open("wb") as log:
            self._process = subprocess.Popen(
                (*namespaces, sys.executable, str(_BOOT), str(self.root), self._cpu, program),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._listens)

    def unplug(self) -> None:
        """Gone at once, with everything that ran on it; its files stay."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.kill()
            self._process.wait()
            wait_until(lambda: not self._is_reachable())
            self._process = None

    def throw_away(self) -> None:
        """Unplug it and delete its files."""
        self.unplug()
        shutil.rmtree(self.root)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Out of reach, but not hung up: as when its Wi-Fi is lost."""
        adbd = self._adbd()
        os.kill(adbd, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(adbd, signal.SIGCONT)

    def allow(self, seconds: float = 20) -> None:
        """Tap Allow where the phone asks whether this computer may connect; returns once it has asked."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
            control.settimeout(seconds)
            control.connect(str(Path("/proc", str(self._adbd()), "root", "dev/socket/adbd")))
            while not control.recv(8192).startswith(b"PK"):  # others tell of connections
                pass
            control.send(b"OK")
            with contextlib.suppress(TimeoutError):  # it tells that it took the answer, or nothing
                control.settimeout(0.5)
                control.recv(8192)

    @contextlib.contextmanager
    def with_storage(self, options: str) -> Iterator[None]:
        """Its folder for programs is another disk meanwhile: "size=64k" (soon full), "ro" or "noexec"."""
        options = f"mode=771,uid={SHELL_USER},gid={SHELL_USER},{options}"
        folder = str(self.root / _TMP)
        self._within("mount", "-t", "tmpfs", "-o", options, "none", folder)
        try:
            yield
        finally:
            if self._process is not None:
                self._within("umount", "-l", folder)

    def install(self, name: str, script: str) -> None:
        """Put a shell script into its system's programs."""
        write_program(self.root / "system/bin" / name, f"#!/system/bin/sh\n{script}\n".encode())

    def files(self, folder: str = "mnist-bench") -> list[str]:
        """The names in a folder of /data/local/tmp, sorted; another disk that is mounted there is not seen."""
        path = self.root / _TMP / folder
        return sorted(each.name for each in path.iterdir()) if path.is_dir() else []

    def commands(self) -> list[str]:
        """The command lines of what runs on it, but adbd and the shells that it started."""
        root = Path("/proc", str(self._first()), f"root{self.root}/proc")
        lines = (" ".join(_words(entry)).strip() for entry in root.iterdir() if entry.name.isdecimal())
        return [
            line for line in lines if line and not line.startswith(("adbd", "/system/bin/sh", "sh", sys.executable))
        ]

    def end_programs(self, name: str) -> None:
        """Kill (SIGKILL) whatever runs on it under this name, as the phone itself does where memory is short."""
        ended = [pid for pid in _descendants(self._first()) if _program_of(pid) == name]
        assert ended, f"No {name} runs on the phone."
        for pid in ended:
            os.kill(pid, signal.SIGKILL)

    def _within(self, *command: str) -> None:
        subprocess.run(("nsenter", f"--target={self._first()}", "--mount", *command), check=True)

    def _first(self) -> int:
        """The number of the phone's first process, as this computer counts."""
        assert self._process is not None, "The phone is not plugged in."
        return _children(self._process.pid)[0]

    def _adbd(self) -> int:
        return next(
            child for child in _children(self._first()) if Path(f"/proc/{child}/comm").read_text().startswith("adbd")
        )

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.root / "boot.log").read_text()
        return self._is_reachable()

    def _is_reachable(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _words(entry: Path) -> list[str]:
    """The command line of a process, by its folder in /proc; one empty word if it has ended meanwhile."""
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return []


def _descendants(pid: int) -> list[int]:
    return [each for child in _children(pid) for each in (child, *_descendants(child))]


def _program_of(pid: int) -> str:
    """The file name of the program that a process runs; through qemu its own, not qemu's."""
    names = [Path(word).name for word in _words(Path(f"/proc/{pid}"))[:2]]
    return names[1] if names[0].startswith("qemu-") else names[0]


def _let_arm64_programs_run() -> None:
    """Tell the kernel to run them through qemu, which it opens now (F), so that a phone need not have it."""
    if not (_BINFMT / "register").exists():
        subprocess.run(("mount", "-t", "binfmt_misc", "none", str(_BINFMT)), check=True)
    if not (_BINFMT / "qemu-aarch64").exists():
        qemu = shutil.which("qemu-aarch64-static")
        with contextlib.suppress(FileExistsError):  # another test run was faster
            (_BINFMT / "register").write_text(f"{_ARM64}:{qemu}:F")
