"""What tests of every part use."""

import os

import pytest


@pytest.fixture(scope="session")
def cases() -> int:
    """How many hostile inputs a test generates: MNIST_BENCH_CASES, else 1,000."""
    return int(os.environ.get("MNIST_BENCH_CASES", "1000"))
