"""What every Python runner does around its executor: options, streams, and a quick end."""

import argparse
import io
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn

from mnist_bench.protocol.serve import Executor, serve
from mnist_bench.protocol.tables import ABANDONED_NS, AWAKE_NS

_WINDOWS_LOOKS_S = 0.1
_ENDED = getattr(select, "POLLRDHUP", 0)  # of a socket, on Linux; of a pipe the system tells it unasked
_ERROR_BROKEN_PIPE = 109


def run_executor(
    make: Callable[[argparse.Namespace], Executor],
    modes: Sequence[str] = ("",),
    precisions: Sequence[str] = (),
    *,
    opens_library: bool = False,
) -> NoReturn:
    """Serve on standard input and output with the executor that `make` builds from the options `mode` and `threads`.

    `modes` and `precisions` are the names that `--mode` and `--precision` take, the default one first. A runner that
    `opens_library` is told an engine's name, its folder of packages and its version, as the options `library`,
    `packages` and `engine_version`. Descriptor 1 is kept for frames alone: whatever a library prints goes to standard
    error.
    """
    parser = argparse.ArgumentParser(description="A runner of mnist-bench; it speaks docs/protocol.md on its pipes.")
    if opens_library:
        parser.add_argument("library")
        parser.add_argument("packages", type=Path)
        parser.add_argument("--engine-version", required=True)
    parser.add_argument("--mode", choices=modes, default=modes[0])
    if precisions:
        parser.add_argument("--precision", choices=precisions, default=precisions[0])
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
            stream = io.FileIO(0, closefd=False) if options.awake else sys.stdin.buffer
            reader = Input(stream, awake=options.awake)
            threading.Thread(target=end_with_input, args=(reader,), name="end of input", daemon=True).start()
            status = serve(reader, writer, make(options), input_ended)
    except (BrokenPipeError, ConnectionResetError):
        status = 0  # the engine went away while it was being answered
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the tidy end of an interpreter with torch in it takes a third of a second


class Input:
    """Standard input; where it is `awake`, it is waited for without letting the core sleep, for AWAKE_NS at most.

    Attributes:
        reads: how often it was read, or was going to be.
    """

    def __init__(self, stream: BinaryIO | io.FileIO, *, awake: bool) -> None:
        self.reads = 0
        self._stream = stream
        self._awake = awake

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, at least one; nothing at the end of the stream."""
        self.reads += 1
        if self._awake:
            end = time.perf_counter_ns() + AWAKE_NS
            while not input_waits() and time.perf_counter_ns() < end:
                pass
        return self._stream.read(size) or b""


def end_with_input(reader: Input) -> None:
    """End this process once its input has ended and no more of that is read for ABANDONED_NS: whoever asked has gone.

    For a thread of its own. Libraries compute without Python's lock, so that it comes to its turn meanwhile.
    """
    wait_for_end_of_input()
    reads = -1
    while reads != reader.reads:
        reads = reader.reads
        time.sleep(ABANDONED_NS / 1e9)
    os._exit(0)


def wait_for_end_of_input() -> None:
    """Return once the other end of standard input is closed, however much of it is still to be read."""
    if sys.platform == "win32":
        while not _windows_input_ended():
            time.sleep(_WINDOWS_LOOKS_S)
    else:
        poll = select.poll()
        poll.register(0, _ENDED)
        poll.poll()


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

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    is_open = kernel.PeekNamedPipe(msvcrt.get_osfhandle(0), None, 0, None, None, None)
    return not is_open and ctypes.get_last_error() == _ERROR_BROKEN_PIPE  # it fails on what is no pipe, too


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
