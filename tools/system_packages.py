"""The system's part of the set-up: which libraries of Qt are missing, and apt-get to install them."""

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What the Qt of the PySide6 wheel loads from the system, and the Debian package that holds each."""


def missing_libraries(names: Iterable[str] = tuple(QT_LIBRARIES)) -> list[str]:
    """Those of `names` that the system's loader does not find."""
    return [name for name in names if not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install(packages: Sequence[str]) -> bool:
    """Install Debian packages if this user may without a password; False if that cannot be done."""
    apt = _apt_get()
    if apt is None:
        return False
    sys.stderr.write(f"Installing with apt-get: {' '.join(packages)}\n")
    command = [*apt, "install", "--quiet", "--yes", "--no-install-recommends", *packages]
    if _quietly(command):
        return True
    # A new machine has no package lists yet.
    return _quietly([*apt, "update", "--quiet"]) and _quietly(command)


def _apt_get() -> list[str] | None:
    """How apt-get is started here as root without a question; None where it cannot be."""
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    if os.geteuid() == 0:
        return apt
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"]):
        return ["sudo", "-n", *apt]
    return None


def _quietly(command: Sequence[str]) -> bool:
    nowhere = subprocess.DEVNULL
    return subprocess.call(command, stdin=nowhere, stdout=nowhere, stderr=nowhere) == 0


def advice(packages: Sequence[str]) -> str:
    """The command that a person types to install `packages`."""
    return shlex.join(["sudo", "apt-get", "install", *packages])


def ensure_qt_libraries() -> None:
    """Install what Qt misses on Linux, or name it in one sentence: the command line works without."""
    if sys.platform != "linux":
        return
    missing = missing_libraries()
    if missing:
        install([QT_LIBRARIES[name] for name in missing])
        missing = missing_libraries(missing)
    if missing:
        packages = [QT_LIBRARIES[name] for name in missing]
        sys.stderr.write(f"The window needs libraries that this system does not have yet: {advice(packages)}\n")
