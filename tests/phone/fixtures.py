"""Phones and an adb server for tests; a test that uses one is marked `phone`.

Where there can be no test phone, tests skip and say what is missing; with MNIST_BENCH_NO_SKIPS=1 they fail instead.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.phone.adb_server import AdbServer
from tests.phone.system import CannotBuild, built_system, missing
from tests.phone.virtual_phone import VirtualPhone
from tests.skipping import skip_or_fail

MakePhone = Callable[..., VirtualPhone]


@pytest.fixture(scope="session")
def phone_system() -> Path:
    """The system that test phones run."""
    if reason := missing():
        skip_or_fail(reason)
    try:
        return built_system()
    except CannotBuild as error:
        skip_or_fail(str(error))


@pytest.fixture(scope="session")
def adb_server(phone_system: Path) -> Iterator[AdbServer]:
    """One adb server for all tests of a run; each test finds it running and without phones."""
    server = AdbServer()
    yield server
    server.throw_away()


@pytest.fixture
def adb(adb_server: AdbServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AdbServer]:
    """The adb server, running, which this process and those that it starts use; no address is remembered yet."""
    for name, value in {**adb_server.environment, "XDG_DATA_HOME": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)
    adb_server.start()
    yield adb_server
    adb_server("disconnect")


@pytest.fixture
def make_phone(phone_system: Path, adb: AdbServer) -> Iterator[MakePhone]:
    """Makes phones that are booted but not connected yet; they are thrown away at the end."""
    made: list[VirtualPhone] = []

    def make(*, connected: bool = False, **options: bool | str) -> VirtualPhone:
        phone = VirtualPhone(phone_system, **options)  # type: ignore[arg-type]  # its own options, passed on
        made.append(phone)
        phone.boot()
        if connected:
            assert "connected to" in adb("connect", phone.serial)
        return phone

    yield make
    for phone in made:
        phone.throw_away()


@pytest.fixture
def phone(make_phone: MakePhone) -> VirtualPhone:
    """A phone that adb is connected to."""
    return make_phone(connected=True)


@pytest.fixture
def second_phone(make_phone: MakePhone) -> VirtualPhone:
    """Another one."""
    return make_phone(connected=True)


@pytest.fixture
def secure_phone(make_phone: MakePhone) -> VirtualPhone:
    """A phone that asks before a computer may connect; adb is not connected to it yet."""
    return make_phone(secure=True)
