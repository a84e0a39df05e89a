"""An adb server for tests alone: the adb that adbutils brings, on a port and with a home of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import adbutils  # type: ignore[import-untyped]

from tests.phone.virtual_phone import free_port


class AdbServer:
    """Attributes:
    environment: what a process needs in its environment to use this server.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="adb-home-"))
        self._program = str(Path(adbutils.__file__).parent / "binaries/adb")
        self.environment = {
            "ADBUTILS_ADB_PATH": self._program,
            "ANDROID_ADB_SERVER_PORT": str(free_port()),
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "5554",  # looks for no emulators
            "ADB_LIBUSB": "0",  # nor for USB, where it would wait 3 s for what is not there
            "ADB_MDNS": "0",  # nor for anything in the network
            "ADB_VENDOR_KEYS": "",
            "HOME": str(self._home),
        }

    def __call__(self, *words: str) -> str:
        """Run an adb command; its output."""
        environment = {**os.environ, **self.environment}
        command = (self._program, *words)
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        return done.stdout

    def start(self) -> None:
        """Run it (not through `__call__`: the server would hold the pipes open)."""
        subprocess.run(
            (self._program, "start-server"),
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )

    def kill(self) -> None:
        """End the server, as `adb kill-server` does; it forgets the phones that were connected by address."""
        self("kill-server")

    def throw_away(self) -> None:
        """End it and delete its home."""
        self.kill()
        shutil.rmtree(self._home)
