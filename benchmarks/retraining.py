"""Training again: `mnist-bench train` twice with a card's recipe, compared byte by byte. It takes minutes."""

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, ChildFailed, plain_environment
from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.mnist import find_mnist

_EPOCHS = 2


def measure(setup: Setup) -> Iterator[Figure]:
    """How many bytes of the two files differ, for each recipe."""
    try:
        data = find_mnist(setup.data).resolve()
        load_digits(data, "train")
    except InputError as error:
        raise NotMeasured(str(error)) from error
    for recipe in ("digits-mlp", "digits-cnn"):
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
            first, second = (_train(recipe, data, setup, Path(folder) / f"{name}.safetensors") for name in "ab")
        differing = sum(a != b for a, b in zip(first, second, strict=False)) + abs(len(first) - len(second))
        names = " and ".join(hashlib.sha256(content).hexdigest()[:16] for content in (first, second))
        detail = f"sha256 {names}; {_epochs(setup)} epochs, {time.monotonic() - start:.0f} s for both"
        yield Figure(f"{recipe}: trained twice, bytes that differ", differing, "bytes", at_most(0), detail)


def _epochs(setup: Setup) -> int:
    return setup.times(_EPOCHS, 1)


def _train(recipe: str, data: Path, setup: Setup, out: Path) -> bytes:
    command = [sys.executable, "-P", "-m", "mnist_bench", "train", recipe]
    command += ["--data", str(data), "--epochs", str(_epochs(setup)), "--out", str(out)]
    if setup.pen_digits is not None:
        command += ["--pen-digits", str(setup.pen_digits.resolve())]
    done = subprocess.run(command, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ChildFailed(f"mnist-bench train ended with status {done.returncode}: {done.stderr.strip()}")
    return out.read_bytes()
