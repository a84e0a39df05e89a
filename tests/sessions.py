"""Whole sessions over odd runners, for tests with a window and without."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mnist_bench.engines.backends import find_backend
from mnist_bench.session.backend_state import Status
from mnist_bench.session.folder_rows import FolderRows
from mnist_bench.session.live import MakeEngine
from mnist_bench.session.session import Session
from tests.networks import tiny_network
from tests.odd_engines import OddEngines

LIMIT_S = 20.0

MakeSession = Callable[..., Session]


@pytest.fixture
def make_session() -> Iterator[MakeSession]:
    """Makes sessions without other devices, by default with two backends that are ready, and closes them."""
    made: list[Session] = []

    def make(
        engines: MakeEngine | None = None,
        *,
        backends: tuple[str, ...] = ("torch-fp32", "qnnpack-int8"),
        ready: bool = True,
    ) -> Session:
        session = Session(make_engine=engines or OddEngines(), access={})
        made.append(session)
        if ready:
            session.live.choose([find_backend(text) for text in backends])
            session.live.use_network(tiny_network())
            until(session, lambda: all(state.status is Status.READY for state in session.live.backends))
        return session

    yield make
    for session in made:
        session.close()


def until(session: Session, condition: Callable[[], bool]) -> None:
    """Drain the inbox until this is true."""
    assert session.inbox.wait_until(condition, LIMIT_S)


def settle(session: Session, rows: FolderRows[Any, Any]) -> None:
    """Wait until all that was asked of a folder, and what followed from it, is done and told."""
    until(session, lambda: not rows._worker.is_busy)


def heard(topic: Any) -> list[Any]:
    """A list to which all that a topic brings is added."""
    told: list[Any] = []
    topic.subscribe(told.append)
    return told
