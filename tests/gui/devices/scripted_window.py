"""Windows over phones that a test scripts: their engines, and what is looked for in them."""

from collections.abc import Callable
from typing import Any

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.gui.devices.view import DevicesView
from mnist_bench.gui.window import MainWindow
from mnist_bench.protocol.ends import RunnerEnd
from mnist_bench.session.backend_state import BackendState
from tests.gui.scripted_phones import PIXEL
from tests.odd_engines import OddEngines

INT8 = f"native-int8@android:{PIXEL.serial}"
FP32 = f"native-fp32@android:{PIXEL.serial}"
LOCKED = Phone(PIXEL.serial, PhoneState.UNAUTHORIZED)
OTHER = Phone("10.0.0.7:5555", PhoneState.DEVICE, "Galaxy S24")


class PhoneStream(SubprocessTransport):
    """A stream of which only the way is known to be gone when it breaks."""

    def end(self) -> RunnerEnd:
        ended = super().end()
        return RunnerEnd("cannot be reached", unreachable=True) if "signal" in ended.words else ended


class PhoneEngines(OddEngines):
    """Odd runners for phones too, where `away` does not say why there can be none."""

    def __init__(self) -> None:
        super().__init__()
        self.away: MnistBenchError | None = None
        self.starts = 0
        self._streams: list[PhoneStream] = []

    def __call__(self, backend: Backend) -> InferenceEngine:
        if not backend.device.id:
            return super().__call__(backend)

        def connect() -> SubprocessTransport:
            self.starts += 1
            if self.away is not None:
                raise self.away
            self._streams.append(PhoneStream(self.command(backend)))
            return self._streams[-1]

        return InferenceEngine(backend, connect=connect)

    def break_all(self) -> None:
        """As when the phones are unplugged."""
        for stream in self._streams:
            stream.abort()


MakeWindow = Callable[..., MainWindow]


def state(window: MainWindow, backend_id: str) -> BackendState:
    found = window.session.live.find(backend_id)
    assert found is not None
    return found


def view(window: MainWindow, name: str) -> Any:
    """A tab's view by the tab's name; each test knows what it is."""
    return window.tabs.views[name]


def card(window: MainWindow, backend_id: str) -> BackendCard:
    found: BackendCard = view(window, "Answers").cards[backend_id]
    return found


def devices_view(window: MainWindow) -> DevicesView:
    found: DevicesView = view(window, "Devices")
    return found


def devices_button(window: MainWindow) -> DevicesButton:
    (button,) = window.findChildren(DevicesButton)
    return button


def ids(window: MainWindow) -> list[str]:
    return [state.id for state in window.session.live.backends]


def choose(window: MainWindow, words: str) -> None:
    """Triggers an entry of the Devices menu."""
    next(action for action in devices_button(window).menu().actions() if action.text() == words).trigger()
