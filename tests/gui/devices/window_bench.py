"""A window over the test phones, which lives on while a test waits for something."""

import threading
import time
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from mnist_bench.devices.access import DeviceAccess
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.answers.view import AnswersView
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.gui.devices.view import DevicesView
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import BackendState, Status
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.session import Session
from tests.gui.devices import scripted_window
from tests.gui.heartbeat import Heartbeat
from tests.odd_engines import OddEngines

RIGHT_AGAIN_S = 3.0
"""The time that a card has from adb's seeing its phone until it is ready again."""
LIVE_S = 0.5
"""The longest that the window may be busy with one thing, on a machine that emulates a phone's processor meanwhile."""


class Bench:
    """A window with one card for this computer and those of the phones that a test asks for.

    Attributes:
        window: itself.
        heartbeat: how live it is.
    """

    def __init__(self, qtbot: QtBot, backends: tuple[str, ...], access: DeviceAccess) -> None:
        self._qtbot = qtbot
        self._background: list[threading.Thread] = []
        self._seen_at: dict[str, float] = {}
        drawn = ((sample.label, sample.drawing) for sample in bundled_samples())
        self._samples = {label: drawing for label, drawing in drawn if drawing is not None}
        odd = OddEngines()

        def make_engine(backend: Backend) -> InferenceEngine:
            return InferenceEngine(backend) if backend.device.id else odd(backend)

        self.session = Session(make_engine=make_engine, access={"android": access})
        self.session.live.choose([find_backend(text, {}) for text in ("torch-fp32", *backends)])
        self.session.devices.changed.subscribe(self._devices_changed)
        self.window = MainWindow(self.session)
        qtbot.addWidget(self.window)
        self.heartbeat = Heartbeat(self.window)
        self.window.painted.connect(self.window.begin)
        self.window.show()
        self.wait(lambda: self.window.tabs.is_complete and self.state("torch-fp32").status is Status.READY)
        self.wait(lambda: self.answers_view.chart.frame is not None)
        self.window.tabs.setCurrentWidget(self.devices)

    @property
    def answers_view(self) -> AnswersView:
        view = self.window.tabs.views["Answers"]
        assert isinstance(view, AnswersView)
        return view

    @property
    def devices(self) -> DevicesView:
        """The Devices tab's view."""
        return scripted_window.devices_view(self.window)

    @property
    def button(self) -> DevicesButton:
        """The Devices button."""
        return scripted_window.devices_button(self.window)

    def state(self, backend_id: str) -> BackendState:
        """How a backend is."""
        return scripted_window.state(self.window, backend_id)

    def card(self, backend_id: str) -> BackendCard:
        """The card of a backend."""
        return scripted_window.card(self.window, backend_id)

    def words(self, backend_id: str) -> str:
        """What a card says in place of an answer."""
        return self.card(backend_id).message.text()

    def wait(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Lets the window live until this is so; where it never is, the failure tells how the backends are."""
        try:
            self._qtbot.waitUntil(condition, timeout=round(seconds * 1000))
        except QtBot.TimeoutError as error:
            found = (
                f"{one.id}: {one.status}, {one.answer}, {one.failure or one.waiting}"
                for one in self.session.live.backends
            )
            raise QtBot.TimeoutError("\n".join((str(error), *found))) from error

    def wait_for(self, backend_id: str, status: Status) -> None:
        """Lets the window live until a backend is in this state."""
        self.wait(lambda: self.state(backend_id).status is status)

    def draw(self, digit: int = 7) -> None:
        """Puts a sample on the pad."""
        self.session.pad.clear()
        self.session.pad.put_drawing(self._samples[digit])

    def answers(self, backend_id: str, digit: int = 7) -> bool:
        """Whether the backend says that it is this digit."""
        answer = self.state(backend_id).answer
        return answer is not None and answer.digit == digit

    def meanwhile(self, action: Callable[[], object]) -> None:
        """Does what happens to the phone on another thread, while the window lives on."""
        thread = threading.Thread(target=action)
        self._background.append(thread)
        thread.start()
        self.wait(lambda: not thread.is_alive())
        thread.join()

    def pass_ms(self, milliseconds: int) -> None:
        """Lets the window live for so long: a random moment for something to happen in."""
        self._qtbot.wait(milliseconds)

    def right_again(self, backend_id: str, device_id: str) -> float:
        """Waits until the backend is ready again; how long that took from when adb saw the phone, in s."""
        self.wait_for(backend_id, Status.READY)
        return time.monotonic() - self._seen_at[device_id]

    def check_live(self) -> None:
        """The window has never been busy for long with one thing."""
        print(f"longest stall {self.heartbeat.longest_s:.3f} s")
        assert self.heartbeat.longest_s < LIVE_S

    def _devices_changed(self, states: tuple[DeviceState, ...]) -> None:
        ready = {state.id for state in states if state.seen.is_ready}
        for device_id in ready:
            self._seen_at.setdefault(device_id, time.monotonic())
        for device_id in set(self._seen_at) - ready:
            del self._seen_at[device_id]


MakeBench = Callable[..., Bench]
