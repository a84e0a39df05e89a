"""What every Python runner does around its executor: options, streams, and a quick end."""

import argparse
import io
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from mnist_bench.protocol.serve import Executor, serve
from mnist_bench.protocol.tables import AWAKE_NS


def run_executor(make: Callable[[argparse.Namespace], Executor], modes: Sequence[str] = ("",)) -> NoReturn:
    """Serve on standard input and output with the executor that `make` builds from the options `mode` and `threads`.

    `modes` are the names that `--mode` takes, the default one first. Descriptor 1 is kept for frames alone: whatever a
    library prints goes to standard error.
    """
    parser = argparse.ArgumentParser(description="A runner of mnist-bench; it speaks docs/protocol.md on its pipes.")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--awake", action="store_true", help="wait for the next request without sleeping")
    options = parser.parse_args()
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the engine's to handle; its end ends the input
    frames = os.dup(1)
    os.dup2(2, 1)
    status = 1
    try:
        with open(frames, "wb") as writer:  # noqa: PTH123 - a descriptor, not a path
            reader = AwakeReader(io.FileIO(0, closefd=False)) if options.awake else sys.stdin.buffer
            status = serve(reader, writer, make(options), input_ended)
    except (BrokenPipeError, ConnectionResetError):
        status = 0  # the engine went away while it was being answered
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the tidy end of an interpreter with torch in it takes a third of a second


class AwakeReader:
    """Standard input, waited for without letting the core sleep, for AWAKE_NS at most."""

    def __init__(self, stream: io.FileIO) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, at least one; nothing at the end of the stream."""
        end = time.perf_counter_ns() + AWAKE_NS
        while not input_waits() and time.perf_counter_ns() < end:
            pass
        return self._stream.read(size) or b""


def input_waits() -> bool:
    """Whether standard input has bytes or has ended; True where the system cannot tell without waiting."""
    return sys.platform == "win32" or _input_events(select.POLLIN) != 0


def input_ended() -> bool:
    """Whether the other end of standard input is closed; False where the system cannot tell."""
    if sys.platform == "win32":
        return _windows_input_ended()
    return _input_events(0) & select.POLLHUP != 0  # hang-up is reported unasked, bytes that wait are not


def _input_events(wanted: int) -> int:
    """What poll(2) tells of standard input without waiting."""
    poll = select.poll()
    poll.register(0, wanted)
    return next((event for _, event in poll.poll(0)), 0)


def _windows_input_ended() -> bool:
    """PeekNamedPipe fails once the other end is closed."""
    if sys.platform != "win32":
        return False
    import ctypes
    import msvcrt

    return not ctypes.windll.kernel32.PeekNamedPipe(msvcrt.get_osfhandle(0), None, 0, None, None, None)


def peak_memory_bytes() -> int:
    """The largest resident set of this process so far; 0 where the system cannot tell."""
    if sys.platform == "linux":
        # Not getrusage(2): a child's ru_maxrss starts with its parent's, however little the child uses itself.
        status = Path("/proc/self/status").read_bytes()  # proc(5)
        return int(status.partition(b"VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 0
