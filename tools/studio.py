"""What pictures of the window are taken in: the application, windows that are ready, and drawings on their pads."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from mnist_bench.devices.access import DeviceAccess, OnSeen, OnTrouble
from mnist_bench.devices.phone.access import PhoneAccess, as_seen
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.app import make_application
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import Status
from mnist_bench.session.live import MakeEngine
from mnist_bench.session.session import Session

SIZES = ((1280, 800), (1920, 1080))
LIMIT_S = 180.0


class NoPhones(PhoneAccess):
    """A computer without any phone, whatever is plugged in; or with those that are said to be there."""

    def __init__(self, *phones: Phone) -> None:
        self.phones = phones
        self._on_seen: OnSeen = _nobody

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> "NoPhones":  # noqa: ARG002
        """Follows nothing."""
        self._on_seen = on_seen
        return self

    def start(self) -> None:
        """Tells of the phones."""
        self.see(*self.phones)

    def see(self, *phones: Phone) -> None:
        """From now on these are there."""
        self.phones = phones
        self._on_seen(tuple(map(as_seen, phones)))

    def close(self, _limit_s: float) -> None:
        """Nothing runs."""


def _nobody(_seen: object) -> None:
    """Nobody listens yet."""


class Studio:
    """The application, and the window of each scene."""

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder = folder
        self.data = data
        self.home = tempfile.TemporaryDirectory(prefix="mnist-bench-pictures-")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = self.home.name
        self.app = make_application()
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        theme.apply(self.app, SchemeChoice.LIGHT)

    def window(
        self,
        backends: Sequence[str],
        model: str = "",
        make_engine: MakeEngine = InferenceEngine,
        phones: DeviceAccess | None = None,
    ) -> MainWindow:
        """A window whose backends are ready, or cannot be; without phones unless there are some."""
        access = {"android": phones or NoPhones()}
        session = Session(data=self.data, make_engine=make_engine, access=access)
        session.live.choose([find_backend(text, {}) for text in backends])
        if model:
            session.networks.chosen = model
        window = MainWindow(session)
        window.painted.connect(window.begin)
        window.show()
        settled = (Status.READY, Status.FAILED, Status.WAITING)
        self.wait(lambda: window.is_complete and all(state.status in settled for state in session.live.backends))
        return window

    def draw(self, window: MainWindow, times: int = 60) -> None:
        """Puts sample drawings on the pad one by one, a 7 last, and waits for every answer."""
        samples = [sample for sample in bundled_samples() if sample.drawing is not None]
        seven = next(sample for sample in samples if sample.label == 7)
        for sample in [*(samples[number % len(samples)] for number in range(times)), seven]:
            assert sample.drawing is not None
            window.session.pad.clear()
            self.wait(lambda: not _has_answers(window))
            window.session.pad.put_drawing(replace(sample.drawing, label=sample.label))
            self.wait(lambda: _has_answers(window))
        self.rest(1.0)

    def shoot(self, window: MainWindow, name: str, sizes: Sequence[tuple[int, int]] = SIZES) -> None:
        """Takes the window's picture in all sizes and both looks, which take the place of {} in the file's name."""
        for width, height in sizes:
            window.resize(width, height)
            for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
                theme.apply(self.app, scheme)
                self.rest(0.7)
                path = self.folder / f"{name.format(f'{width}x{height}-{scheme}')}.png"
                save(window, path)
        theme.apply(self.app, SchemeChoice.LIGHT)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Lets the application run until `condition` holds."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit("It takes too long; what is shown is not what it should be.")
            self.rest(0.01)

    def rest(self, seconds: float) -> None:
        """Lets the application run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.002)


def view(window: MainWindow, name: str) -> Any:
    """A tab's view by the tab's name; each scene knows what it is."""
    return window.tabs.views[name]


def show_tab(window: MainWindow, name: str) -> None:
    """Brings a tab to the front."""
    window.tabs.show_view(window.tabs.views[name])


def _has_answers(window: MainWindow) -> bool:
    """Whether the backends have answered together."""
    return bool(window.session.live.said)


def save(widget: QWidget, path: Path) -> None:
    """Writes what a widget shows as a PNG of 256 colours, a third of the size that all of them would take.

    Chosen for coverage, they keep the rare colours of small marks too: no pixel is off by more than about 10 of 255.
    """
    widget.grab().save(str(path))
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path)
