"""A session's parts over odd runners: the inbox is drained by hand, and there is no window."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_bench.engines.backends import find_backend
from mnist_bench.session.backend_state import BackendState, Question, Status
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.live import Live
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, image_of

LIMIT_S = 20.0

MakeLive = Callable[..., Live]


class Waiting:
    """Drains an inbox until something is true."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def until(self, condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        assert self.inbox.wait_until(condition, limit_s)


def question(digit: int | None) -> Question | None:
    return None if digit is None else Question(0, image_of(digit), time.perf_counter_ns())


def state_of(live: Live, backend_id: str) -> BackendState:
    state = live.find(backend_id)
    assert state is not None
    return state


def ask(live: Live, wait: Waiting, digit: int | None) -> str:
    """Put it on the pad; what the backends say together once all that can have answered."""
    live.ask(question(digit))
    if digit is not None:
        image = live.image
        wait.until(lambda: all(s.answer is not None and s.answer.image == image for s in live.backends if s.can_answer))
    return live.said


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test away from the person's choices, kept drawings and results, cache and log."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name.lower()))
    monkeypatch.delenv("MNIST_BENCH_DATA", raising=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def wait(inbox: Inbox) -> Waiting:
    return Waiting(inbox)


@pytest.fixture
def make_live(inbox: Inbox, wait: Waiting) -> Iterator[MakeLive]:
    made: list[Live] = []

    def make(engines: OddEngines, *, ready: bool = True, network: bool = True) -> Live:
        live = Live(inbox, engines)
        made.append(live)
        live.choose([find_backend("torch-fp32"), find_backend("qnnpack-int8")])
        if network:
            live.use_network(tiny_network())
        if ready and network:
            wait.until(lambda: all(state.status is Status.READY for state in live.backends))
        return live

    yield make
    for live in made:
        assert live.close(2.0)
