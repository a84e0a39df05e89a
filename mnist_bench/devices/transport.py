"""How bytes reach a runner, wherever it runs."""

from typing import Protocol

from mnist_bench.protocol.ends import RunnerEnd


class Transport(Protocol):
    """A stream to and from one runner. Reads and writes block; `abort`, from any thread, ends them."""

    def read(self, size: int, /) -> bytes:
        """`size` bytes, fewer only where the stream ends."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`; OSError where nobody reads any more."""

    def flush(self) -> None:
        """Send what was written."""

    def abort(self) -> None:
        """End the runner at once, and with it whatever read or write is blocked."""

    def close(self, grace_seconds: float) -> None:
        """End the stream, give the runner `grace_seconds` to end by itself, then end it."""

    def end(self) -> RunnerEnd:
        """How the runner ended, or that it is out of reach; asked once the stream is broken."""

    def is_stopped(self) -> bool:
        """Whether the runner is known to be stopped by a signal, and won't answer before somebody has it go on."""

    def last_words(self) -> str:
        """The last lines that the runner wrote to standard error."""
