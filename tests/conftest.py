"""What tests of every part use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cases() -> int:
    """How many hostile inputs a test generates: MNIST_BENCH_CASES, else 1,000."""
    return int(os.environ.get("MNIST_BENCH_CASES", "1000"))


@pytest.fixture(scope="session")
def mnist() -> Path:
    """The folder of the real MNIST files; a test that asks for it is marked `mnist`."""
    if not os.environ.get("MNIST_BENCH_DATA"):
        pytest.skip("MNIST_BENCH_DATA does not name the folder of the MNIST files")
    return Path(os.environ["MNIST_BENCH_DATA"])
