"""A window with a card whose runner is hostile in one field after the other: it lives on, and so do the other cards."""

import random
import resource
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from mnist_bench.digits.pictures import DigitImage
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import BackendState, Status
from tests.gui.conftest import MakeWindow
from tests.gui.heartbeat import BUSY_S, Heartbeat
from tests.hostile_kind import BACKEND, HostileKind
from tests.hostile_runner import Case
from tests.hostile_runner import cases as all_cases
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, image_of

OTHER = "torch-fp32"
LONGEST = 1000  # characters of what went wrong
WARM = 3  # cases until everything was shown once
LIMIT_MS = 20_000


class Engines(OddEngines):
    """Odd runners, and the hostile one as it is."""

    def __call__(self, backend: Backend) -> InferenceEngine:
        return InferenceEngine(backend) if backend.id == BACKEND else super().__call__(backend)


class Trial:
    """One window, in which a hostile card is put beside another again and again."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self._session, self._qtbot = window.session, qtbot
        self._backends = [find_backend(OTHER), find_backend(BACKEND)]

    def state(self, backend_id: str) -> BackendState:
        found = self._session.live.find(backend_id)
        assert found is not None
        return found

    def take(self, case: Case, digit: int) -> None:
        """Everything that a runner can be asked for, until it fails; the other card answers all the same."""
        live = self._session.live
        live.choose(self._backends[:1])
        live.choose(self._backends)
        self._until(lambda: self._has_failed() or self.state(BACKEND).status is Status.READY)
        self._session.pad.put_image(DigitImage(image_of(digit), None, None, ""))
        self._until(lambda: self._says(digit))
        self._until(lambda: self._has_failed() or self.state(BACKEND).answer is not None)
        if case.request == "time":
            live.repeat()
            self._until(lambda: self._has_failed() or self.state(BACKEND).repeated is not None)
        if case.request == "trace":
            self._session.measuring.analyse_layers(pad=True)
            self._until(lambda: not self._session.jobs.is_busy)
        self._until(lambda: self.state(OTHER).status is Status.READY)
        failure = self.state(BACKEND).failure
        assert self._says(digit)
        assert failure is None or (failure.sentence.isprintable() and len(failure.sentence) < LONGEST)

    def _has_failed(self) -> bool:
        return self.state(BACKEND).status is Status.FAILED

    def _says(self, digit: int) -> bool:
        answer = self.state(OTHER).answer
        return answer is not None and answer.digit == digit

    def _until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=LIMIT_MS)


def test_whatever_a_runner_answers_the_window_lives_on(
    hostile: HostileKind, make_window: MakeWindow, qtbot: QtBot, cases: int
) -> None:
    window = make_window(Engines(), backends=(OTHER,))
    window.session.live.use_network(tiny_network())
    trial = Trial(window, qtbot)
    heartbeat = Heartbeat(window)
    before = 0
    known = list(all_cases())
    chosen = random.Random(61).sample(known, min(max(cases // 8, 2 * WARM), len(known)))  # noqa: S311 - nothing secret
    for number, hostile.case in enumerate(chosen):
        trial.take(hostile.case, number % 10)
        if number == WARM:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            heartbeat.begin()
    print(f"longest stall {heartbeat.longest_s:.3f} s, most work {heartbeat.busiest_s:.3f} s")
    assert heartbeat.busiest_s < BUSY_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= 1.5 * before
