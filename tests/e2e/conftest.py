"""The installed command as a process of its own, in a folder and with a home that are its own too."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import pytest
from PIL import Image

COMMAND = Path(sys.executable).with_name("mnist-bench")

Run = Callable[..., subprocess.CompletedProcess[str]]


class RunAndInterrupt(Protocol):
    """Runs `mnist-bench` and sends it a signal, Ctrl+C's by default, or does something else, once its terminal shows a
    text; its status, and all that was shown.
    """

    def __call__(
        self, *arguments: str, once_shown: str, do: Callable[[], object] | None = None, number: int = signal.SIGINT
    ) -> tuple[int, str]: ...


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a process that finds no data, no settings and no display of whoever runs the tests."""
    unwanted = {"MNIST_BENCH_DATA", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONWARNINGS", "COLUMNS"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and not name.startswith("XDG_")}
    return {**kept, "HOME": str(tmp_path / "home")}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Runs `mnist-bench` with arguments in `tmp_path` to its end; there is never a traceback."""

    def start(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return start


@pytest.fixture
def run_and_interrupt(tmp_path: Path, environment: dict[str, str]) -> RunAndInterrupt:
    """Its output goes to a terminal, so that there is progress to see."""

    def start(
        *arguments: str, once_shown: str, do: Callable[[], object] | None = None, number: int = signal.SIGINT
    ) -> tuple[int, str]:
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env={**environment, "TERM": "xterm", "COLUMNS": "120"},
            stdout=theirs,
            stderr=theirs,
            preexec_fn=heed_signals,
        )
        os.close(theirs)
        with process, os.fdopen(ours, "rb", buffering=0) as terminal:
            shown = _read(terminal, once_shown)
            assert once_shown in shown, f"It ended before: {shown}"
            if do is None:
                process.send_signal(number)
            else:
                do()
            shown += _read(terminal)
        assert "Traceback" not in shown
        return process.returncode, shown

    return start


def heed_signals() -> None:
    """Tests that run in the background of a shell inherit that Ctrl+C is ignored, and under `nohup` hangups."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _read(terminal: BinaryIO, until: str | None = None) -> str:
    """What a terminal shows, to a text or to its end (which Linux tells as an error)."""
    shown = b""
    with contextlib.suppress(OSError):
        while (until is None or until.encode() not in shown) and (piece := terminal.read(4096)):
            shown += piece
    return shown.decode(errors="replace")


@pytest.fixture
def one_png(tmp_path: Path) -> Path:
    """A picture of a 1: a dark bar on light paper."""
    pixels = np.full((100, 80), 230, np.uint8)
    pixels[20:80, 36:44] = 20
    path = tmp_path / "one.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def digits_npz(tmp_path: Path) -> Path:
    """An .npz of 200 digit images without meaning."""
    chance = np.random.default_rng(1)
    path = tmp_path / "digits.npz"
    images = chance.integers(0, 256, (200, 28, 28), np.uint8)
    np.savez(path, images=images, labels=chance.integers(0, 10, 200, np.uint8))
    return path
