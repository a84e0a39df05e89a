"""What tests of every part use."""

import logging
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.digits.mnist import find_mnist
from tests.skipping import NO_SKIPS, skip_or_fail

pytest_plugins = [
    "tests.hostile_kind",
    "tests.library.engines",
    "tests.made_up",
    "tests.mirrors",
    "tests.phone.fixtures",
    "tests.sessions",
]


NEVER_SKIPPED = ("phone", "qemu", "mnist", "locale")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With MNIST_BENCH_NO_SKIPS=1 a test that lacks what its marker names fails: CI has it all."""
    report = yield
    if report.skipped and os.environ.get(NO_SKIPS) == "1" and any(map(item.get_closest_marker, NEVER_SKIPPED)):
        report.outcome = "failed"
        report.longrepr = f"Skipped, though {NO_SKIPS}=1: {call.excinfo and call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def cases() -> int:
    """How many hostile inputs a test generates: MNIST_BENCH_CASES, else 1,000."""
    return int(os.environ.get("MNIST_BENCH_CASES", "1000"))


@pytest.fixture(scope="session")
def compiler() -> str:
    """This computer's C compiler: $CC, else cc; a test that asks for it skips without one, but fails in CI."""
    found = shutil.which(os.environ.get("CC", "cc"))
    if found is None:
        skip_or_fail("There is no C compiler.")
    return found


@pytest.fixture(scope="session")
def mnist() -> Path:
    """The folder of the real MNIST files; a test that asks for it is marked `mnist`."""
    try:
        return find_mnist(None)
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def log_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The log lies in a folder that does not exist yet; afterwards logging is as it was."""
    path = tmp_path / "log" / "mnist-bench.log"
    monkeypatch.setattr(locations, "log_file", lambda: path)
    logger = logging.getLogger("mnist_bench")
    before = logger.level, logger.propagate, logger.handlers, logging.raiseExceptions
    yield path
    for handler in logger.handlers:
        handler.close()
    logger.level, logger.propagate, logger.handlers, logging.raiseExceptions = before
