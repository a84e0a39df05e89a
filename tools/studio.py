"""What pictures of the window are taken in: the application, windows that are ready, and drawings on their pads."""

import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QToolButton

from mnist_bench.devices.access import About, OnSeen, OnTrouble
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.access import PhoneAccess, as_seen
from mnist_bench.devices.phone.facts import Core, PhoneCondition, PhoneFacts
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.app import make_application
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import Status
from mnist_bench.session.session import Session

LIMIT_S = 600.0
DOCS_SIZE = (1180, 720)
PIXEL = Phone("2A111FDH2003XY", PhoneState.DEVICE, "Pixel 7")
_CORES = (
    *(Core(number, 1803, 574, "Cortex-A55") for number in range(4)),
    *(Core(number, 2348, 1197, "Cortex-A78") for number in (4, 5)),
    *(Core(number, 2850, 2850, "Cortex-X1") for number in (6, 7)),
)
_FACTS = PhoneFacts("Google", "Pixel 7", "GS201", "14", 34, ("arm64-v8a", "armeabi-v7a"), _CORES, ("asimd", "asimddp"))
_CONDITION = PhoneCondition(81, 31.5, True, 0, 33.2, _CORES)


class StandIn(PhoneAccess):
    """Phones that are not there, whatever is plugged in: their facts are made up, and this computer runs for them."""

    def __init__(self, *phones: Phone) -> None:
        self.phones = phones
        self._on_seen: OnSeen = lambda _seen: None

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> "StandIn":  # noqa: ARG002
        """Follows nothing."""
        self._on_seen = on_seen
        return self

    def start(self) -> None:
        """Tells of the phones."""
        self._on_seen(tuple(map(as_seen, self.phones)))

    def close(self, _limit_s: float) -> None:
        """Nothing runs."""

    def read(self, device: Device, known: About | None = None) -> About:  # noqa: ARG002
        """What such a phone could tell."""
        return PhoneAbout(_FACTS, _CONDITION, is_deployed=True)


def _engine(backend: Backend) -> InferenceEngine:
    """An engine over this computer's own runner, whatever its device."""
    here = replace(backend, device=THIS_COMPUTER)
    return InferenceEngine(backend, connect=here.connect if backend.device.id else None)


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
        theme.apply(self.app)
        logging.getLogger("mnist_bench").addHandler(logging.NullHandler())

    def window(self, backends: Sequence[str], phones: StandIn | None = None) -> MainWindow:
        """A window whose backends are ready; without phones unless there are some."""
        session = Session(data=self.data, make_engine=_engine, access={"android": phones or StandIn()})
        session.live.choose([find_backend(text, {}) for text in backends])
        window = MainWindow(session)
        window.painted.connect(window.begin)
        window.show()
        self.wait(lambda: window.tabs.is_complete and all(one.status is Status.READY for one in session.live.backends))
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

    def shoot(
        self,
        window: MainWindow,
        tab: str,
        name: str,
        size: tuple[int, int] = DOCS_SIZE,
        scheme: SchemeChoice = SchemeChoice.LIGHT,
        text_percent: int = 100,
    ) -> None:
        """Takes the picture of a tab, to NAME.png."""
        theme.apply(self.app, scheme, text_percent)
        window.resize(*size)
        window.tabs.setCurrentWidget(window.tabs.views[tab])
        for button in window.findChildren(QToolButton):
            button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # no pointer is in the picture
        self.rest(0.7)
        path = self.folder / f"{name}.png"
        window.grab().save(str(path))
        print(path)

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


def _has_answers(window: MainWindow) -> bool:
    """Whether the backends have answered together."""
    return bool(window.session.live.said)
