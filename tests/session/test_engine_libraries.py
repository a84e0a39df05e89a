"""Engines are installed as long work; what lacked one is started then."""

from pathlib import Path

import pytest

from mnist_bench.devices import libraries
from mnist_bench.engines.libraries.install import choice_of
from mnist_bench.engines.libraries.table import ENGINE_LIBRARIES
from mnist_bench.session import engine_libraries
from tests.engine_packages import ABI, WHEEL, of_python, only_from, tiny, wheel
from tests.sessions import MakeSession, heard, until


@pytest.fixture(autouse=True)
def own_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only engine that there is; where pip looks for it."""
    monkeypatch.setattr(engine_libraries, "this_abi", lambda: ABI)
    for name in reversed(tuple(ENGINE_LIBRARIES)):  # they come back the other way round, in their order
        monkeypatch.delitem(ENGINE_LIBRARIES, name)
    monkeypatch.setitem(ENGINE_LIBRARIES, "tiny", tiny(wheel()).engine)
    only_from(monkeypatch, tmp_path)
    return tmp_path / WHEEL


def test_one_that_is_missing_is_installed_with_its_licence_shown(make_session: MakeSession, own_engine: Path) -> None:
    own_engine.write_bytes(wheel())
    session = make_session()
    said, progress, done = heard(session.message), heard(session.progressed), heard(session.jobs.done)
    (choice,) = session.engines.missing()
    session.engines.install(choice)
    until(session, lambda: bool(done))
    assert libraries.find("tiny", ABI) is not None
    assert session.engines.missing() == ()
    assert said[-1].startswith("Installed Tiny Engine 1.5, licence MIT.")
    assert any(one is not None and one.title == "Installing Tiny Engine 1.5, licence MIT" for one in progress)


def test_none_is_offered_where_no_runner_would_open_it(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session(ready=False)
    assert session.engines.missing()
    monkeypatch.setattr(engine_libraries, "runner_program", lambda abi, name: Path(abi, name))
    assert session.engines.missing() == ()
    snake, _ = of_python()
    monkeypatch.setitem(ENGINE_LIBRARIES, "snake", snake.engine)
    assert session.engines.missing() == (snake,)  # whose runner is a module


def test_one_that_cannot_be_fetched_is_told_and_stays_missing(make_session: MakeSession) -> None:
    session = make_session(ready=False)
    failed = heard(session.failed)
    session.engines.install(choice_of("tiny", ABI))
    until(session, lambda: bool(failed))
    assert "pip could not download" in str(failed[0])
    assert session.engines.missing() == (choice_of("tiny", ABI),)
