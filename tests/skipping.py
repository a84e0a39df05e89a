"""What a test does that lacks something on this computer: it skips; with MNIST_BENCH_NO_SKIPS=1, as in CI, it fails."""

import os
from typing import NoReturn

import pytest

NO_SKIPS = "MNIST_BENCH_NO_SKIPS"


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test that is running, or that wants the fixture that calls this; fail it where none may skip."""
    if os.environ.get(NO_SKIPS) == "1":
        pytest.fail(reason)
    pytest.skip(reason)
