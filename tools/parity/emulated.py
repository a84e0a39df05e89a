"""Runs the shipped x86_64 program on an emulated computer that has AVX-512 VNNI, for those that have not.

    python -m tools.parity.emulated PROGRAM [OPTION ...]

Bochs emulates a Tiger Lake; computer/ is what it boots in place of Linux. Standard input and output are those of the
program, byte for byte, so that it can stand wherever a runner is started.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGES = ("bochs", "bochs-term", "bochsbios", "vgabios", "isolinux", "syslinux-common", "xorriso", "gcc")
_COMPUTER = Path(__file__).parent / "computer"
_ISOLINUX = Path("/usr/lib/ISOLINUX/isolinux.bin")
_MODULES = Path("/usr/lib/syslinux/modules/bios")
_START_SECONDS = 120.0
_END_SECONDS = 10.0  # that a program may go on without input
_COMPILE = (
    *("gcc", "-O2", "-ffreestanding", "-fno-pic", "-fno-builtin", "-mgeneral-regs-only", "-mfsgsbase"),
    *("-fno-stack-protector", "-mno-red-zone", "-fno-asynchronous-unwind-tables", "-Wall", "-Werror", "-nostdlib"),
    *("-static", "-no-pie", "-Wl,-n", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-Wl,--oformat=binary"),
)
# Few instructions to a second of the emulated clock: its delays, and the serial ports' speed, cost next to nothing.
_SETTINGS = """\
cpu: model=tigerlake, count=1, ips=1000000, reset_on_triple_fault=0
megs: 512
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path={disc}, status=inserted
boot: cdrom
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
com2: enabled=1, mode=file, dev={words}
log: {log}
panic: action=fatal
display_library: term
clock: sync=none
"""


def absent() -> str | None:
    """Why nothing can be emulated here, in a sentence; None if it can."""
    there = _ISOLINUX.is_file() and (_MODULES / "mboot.c32").is_file()
    if there and all(shutil.which(name) for name in ("bochs", "xorriso", "gcc")):
        return None
    return f"There is no emulator: sudo apt-get install {' '.join(PACKAGES)}."


def main(program: str, *options: str) -> int:
    """Run `program`; its exit status, or 1 where the emulator ended before it did."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        home = Path(folder)
        words = home / "words"
        _make_disc(home, Path(program), options)
        port: int = server.getsockname()[1]
        settings = _SETTINGS.format(disc=home / "disc.iso", port=port, words=words, log=home / "log")
        (home / "settings").write_text(settings)
        # Debian's Bochs stands in its debugger first, and may again: "continue", as often as it asks.
        (home / "start").write_text("c\n" * 1000)
        server.settimeout(_START_SECONDS)
        with _emulator(home) as emulator, server.accept()[0] as stream:
            _carry(stream)
            _wait(emulator)
        said = words.read_bytes() if words.is_file() else b""
    if not said:
        sys.stderr.write("The emulator ended before its program did.\n")
        return 1
    sys.stderr.write(said[:-1].decode(errors="replace"))
    return said[-1]


def _make_disc(home: Path, program: Path, options: Sequence[str]) -> None:
    files = home / "disc"
    files.mkdir()
    shutil.copy(program, files / "runner")
    shutil.copy(_ISOLINUX, files)
    for name in ("ldlinux.c32", "mboot.c32", "libcom32.c32"):
        shutil.copy(_MODULES / name, files)
    image = (*_COMPILE, "-T", "link.ld", "start.S", "system.c", "-o", str(files / "system.bin"))
    subprocess.run(image, cwd=_COMPUTER, check=True)
    words = " ".join(("/runner", *options))
    (files / "isolinux.cfg").write_text(
        f"DEFAULT run\nPROMPT 0\nLABEL run\nKERNEL mboot.c32\nAPPEND /system.bin --- {words}\n"
    )
    disc = ("xorriso", "-as", "mkisofs", "-quiet", "-o", str(home / "disc.iso"), "-b", "isolinux.bin", "-c", "boot.cat")
    how = ("-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", str(files))
    subprocess.run((*disc, *how), check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def _emulator(home: Path) -> Iterator[int]:
    """Bochs on a terminal of its own, which it insists on, and which ends it when this process does; its process id."""
    import pty  # there is none on Windows

    process, screen = pty.fork()
    if process == 0:
        os.chdir(home)
        os.execvpe("bochs", ("bochs", "-q", "-f", "settings", "-rc", "start"), {**os.environ, "TERM": "xterm"})
    threading.Thread(target=_drain, args=(screen,), daemon=True).start()
    try:
        yield process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _drain(screen: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(screen, 4096):
            pass


def _carry(stream: socket.socket) -> None:
    """Bytes both ways until the program ends, or a while after nobody asks any more."""

    def ask() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(0, 1 << 16):
                stream.sendall(data)
            stream.settimeout(_END_SECONDS)

    threading.Thread(target=ask, daemon=True).start()
    with contextlib.suppress(OSError):
        while data := stream.recv(1 << 16):
            while data:
                data = data[os.write(1, data) :]


def _wait(process: int) -> None:
    """Let the emulator write down the last of it, but not for ever."""
    for _ in range(100):
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
