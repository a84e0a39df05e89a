"""MNIST on demand: what is here is used, what is not is fetched once the person agrees."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mnist_bench.base.progress import Progress
from mnist_bench.digits.mnist import default_folder, fetch_mnist
from mnist_bench.session import data as session_data
from tests.mirrors import FILES, Mirrors
from tests.sessions import MakeSession, heard, until


@pytest.fixture
def fetch_from(mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has MNIST fetched from one of the stand-ins."""

    def choose(mirror: str) -> None:
        fetch = partial(fetch_mnist, mirrors=[mirrors.address(mirror)], files=FILES, timeout_s=5)
        monkeypatch.setattr(session_data, "fetch_mnist", fetch)

    return choose


def test_where_mnist_is_missing_it_is_offered_and_nothing_runs(make_session: MakeSession) -> None:
    session = make_session()
    wanted, failed = heard(session.data.wanted), heard(session.failed)
    session.evaluations.evaluate_mnist()
    session.quantizing.quantize()
    session.data.put_random_image()
    until(session, lambda: len(wanted) == 3)
    assert not failed
    assert not session.jobs.is_busy


def test_once_the_person_agrees_it_is_fetched_with_progress_and_used(
    make_session: MakeSession, fetch_from: Callable[[str], None], mirrors: Mirrors
) -> None:
    fetch_from("good")
    session = make_session(ready=False)
    wanted, came = heard(session.data.wanted), list[Path]()
    progressed: list[Progress | None] = heard(session.jobs.progressed)
    session.data.with_mnist(came.append)
    until(session, lambda: bool(wanted))
    assert not mirrors.requests
    wanted[0]()
    until(session, lambda: not session.jobs.is_busy)
    assert came == [default_folder()]
    assert {path.name for path in default_folder().iterdir()} == {file.name for file in FILES}
    assert {one.title for one in progressed if one is not None} >= {f"Fetching {file.name}" for file in FILES}


def test_a_mirror_that_fails_is_told_in_a_sentence(
    make_session: MakeSession, fetch_from: Callable[[str], None]
) -> None:
    fetch_from("missing")
    session = make_session(ready=False)
    wanted, failed, came = heard(session.data.wanted), heard(session.failed), list[Path]()
    session.data.with_mnist(came.append)
    until(session, lambda: bool(wanted))
    wanted[0]()
    until(session, lambda: not session.jobs.is_busy)
    assert "could not be downloaded" in str(failed[0])
    assert not came


def test_a_fetch_that_waits_for_a_silent_mirror_is_cancelled_at_once(
    make_session: MakeSession, fetch_from: Callable[[str], None], mirrors: Mirrors
) -> None:
    fetch_from("silent")
    session = make_session(ready=False)
    wanted, said, came = heard(session.data.wanted), heard(session.message), list[Path]()
    session.data.with_mnist(came.append)
    until(session, lambda: bool(wanted))
    wanted[0]()
    until(session, lambda: bool(mirrors.requests))
    session.cancel()
    assert not session.jobs.is_busy
    assert said == ["Cancelled."]
    mirrors.release.set()
    assert session.jobs.close(10)
    assert not came


def test_a_folder_that_was_named_wrongly_is_told_and_nothing_is_offered(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_BENCH_DATA", "/there/is/none")
    session = make_session()
    wanted, failed = heard(session.data.wanted), heard(session.failed)
    session.evaluations.evaluate_mnist()
    session.quantizing.quantize()
    until(session, lambda: len(failed) == 2)
    assert all("There is no file or folder /there/is/none." in str(error) for error in failed)
    assert not wanted
