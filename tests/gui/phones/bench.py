"""A window over the test phones, which lives on while a test waits for something."""

import threading
import time
from collections.abc import Callable

from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.settings import Settings
from pytestqt.qtbot import QtBot

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.answers.view import AnswersView
from mnist_bench.gui.window import MainWindow
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

    def __init__(self, qtbot: QtBot, backends: tuple[str, ...], access: PhoneAccess) -> None:
        self._qtbot = qtbot
        self._background: list[threading.Thread] = []
        self._seen_at: dict[str, float] = {}
        drawn = ((sample.label, sample.drawing) for sample in bundled_samples())
        self._samples = {label: drawing for label, drawing in drawn if drawing is not None}
        odd = OddEngines()

        def make_engine(backend: Backend) -> InferenceEngine:
            return InferenceEngine(backend) if backend.device.id else odd(backend)

        settings = Settings()
        settings.put("backends", ("torch-fp32", *backends))
        self.window = MainWindow(settings, make_engine=make_engine, phone_access=access)
        self.window.tabs.setCurrentWidget(self.window.phones.tab)
        self.window.phones.watch.changed.connect(self._phones_changed)
        qtbot.addWidget(self.window)
        self.heartbeat = Heartbeat(self.window)
        self.window.painted.connect(self.window.begin)
        self.window.show()
        self.wait(lambda: self.place("torch-fp32").state is CardState.READY)
        self.wait(lambda: self.window.tabs.view(AnswersView).chart.frame is not None and self.window.is_complete)

    def place(self, backend_id: str) -> Place:
        """The place of a backend."""
        return next(place for place in self.window.live.places if place.backend.id == backend_id)

    def words(self, backend_id: str) -> str:
        """What a card says in place of an answer."""
        return self.place(backend_id).card.message.text()

    def wait(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Lets the window live until this is so."""
        self._qtbot.waitUntil(condition, timeout=round(seconds * 1000))

    def wait_for(self, backend_id: str, state: CardState) -> None:
        """Lets the window live until a card is in this state."""
        self.wait(lambda: self.place(backend_id).state is state)

    def draw(self, digit: int = 7) -> None:
        """Puts a sample on the pad."""
        self.window.pad.clear_action.trigger()
        self.window.pad.put_drawing(self._samples[digit])

    def answers(self, backend_id: str, digit: int = 7) -> bool:
        """Whether the card shows this digit."""
        newest = self.place(backend_id).newest
        return newest is not None and newest.digit == digit

    def meanwhile(self, action: Callable[[], object]) -> None:
        """Does what happens to the phone on another thread, while the window lives on."""
        thread = threading.Thread(target=action)
        self._background.append(thread)
        thread.start()
        self.wait(lambda: not thread.is_alive())
        thread.join()

    def right_again(self, backend_id: str, serial: str) -> float:
        """Waits until the card is ready again; how long that took from when adb saw the phone, in s."""
        self.wait_for(backend_id, CardState.READY)
        return time.monotonic() - self._seen_at[serial]

    def check_live(self) -> None:
        """The window has never been busy for long with one thing."""
        print(f"longest stall {self.heartbeat.longest_s:.3f} s")
        assert self.heartbeat.longest_s < LIVE_S

    def _phones_changed(self) -> None:
        for phone in self.window.phones.watch.phones:
            if phone.is_ready:
                self._seen_at.setdefault(phone.serial, time.monotonic())
            else:
                self._seen_at.pop(phone.serial, None)
        there = {phone.serial for phone in self.window.phones.watch.phones}
        for serial in set(self._seen_at) - there:
            del self._seen_at[serial]


MakeBench = Callable[..., Bench]
