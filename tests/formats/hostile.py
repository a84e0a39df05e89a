"""Damaged files, and the memory that reading one may take."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


def damaged(good: bytes, random: np.random.Generator) -> bytes:
    """`good` with eight bytes changed near its ends, where structure stands (the middle is weights), or cut off."""
    data = bytearray(good)
    for at in random.integers(0, min(4_000, len(data)), 8):
        data[at if random.random() < 0.7 else -at - 1] = random.integers(256)
    return bytes(data[: random.integers(len(data))] if random.random() < 0.2 else data)


def pick(choices: Sequence[Any], random: np.random.Generator) -> Any:
    """One of them."""
    return choices[int(random.integers(len(choices)))]


@contextmanager
def at_most_more_memory(more_bytes: int) -> Iterator[None]:
    """Let this process have that much more memory than now, as the process that reads foreign files is limited.

    A library that believes a damaged length then fails at once. On other systems than Linux there is no limit.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
