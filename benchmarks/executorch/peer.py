"""A program that times a network, such as ExecuTorch's runner: a process that takes orders on its input."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.children import ChildFailed


class Part(StrEnum):
    """What of an inference is measured."""

    ALL = "all"  # from pixel bytes to logits: the pixels' conversion, set_input() and execute()
    EXECUTE = "execute"  # execute() alone


class Peer:
    """A running `program` with the exported network `network`, which sees one image, uint8 (28, 28)."""

    def __init__(self, program: Path, network: Path, pixels: NDArray[np.uint8], *arguments: str) -> None:
        # What it logs goes to a file: nobody reads beside it, and a full pipe would stop it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._image = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by `end`
        self._image.write(pixels.tobytes())
        self._image.flush()
        self._name = program.name
        self._process = subprocess.Popen(
            (program, network, self._image.name, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def times_ns(self, part: Part, warm_up: int, runs: int) -> list[int]:
        """The times of `runs` inferences after `warm_up` that are not timed."""
        return [int(word) for word in self._ask(f"time-{part} {warm_up} {runs}")]

    def logits(self) -> NDArray[np.float32]:
        """What the network says of the image: float32 (10,)."""
        return np.array([float(word) for word in self._ask("output")], np.float32)

    def end(self) -> None:
        """Close its input and wait; a process that does not end is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()
        self._image.close()

    def _ask(self, question: str) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            status = self._process.wait(20)
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise ChildFailed(f"{self._name} ended with status {status}: {words or 'no words'}")
        return line.split()


@contextmanager
def peer(program: Path, network: Path, pixels: NDArray[np.uint8], *arguments: str) -> Iterator[Peer]:
    """A peer for the length of a `with` block."""
    process = Peer(program, network, pixels, *arguments)
    try:
        yield process
    finally:
        process.end()
