"""The program: without arguments the window, else the command line."""

import ctypes
import gc
import os
import sys
from collections.abc import Callable

from mnist_bench.base.streams import open_closed_streams
from mnist_bench.base.trouble import is_no_memory, save_memory, trouble_of

_LEAST_BYTES = 110_000_000  # of address space, for the libraries that every command loads
_WINDOW_BYTES = 1_300_000_000  # most of it for the stacks and heaps of threads


def main() -> int:
    """What `mnist-bench` and `python -m mnist_bench` run; returns the exit status."""
    open_closed_streams()
    try:
        save_memory(_LEAST_BYTES)
        return _run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are still being read: afterwards the command line tells it itself
        return 130
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if (trouble := trouble_of(error)) is None:
            raise
        sys.stderr.write(f"mnist-bench: {trouble}\n")
        return 1


def _run(arguments: list[str]) -> int:
    # Imported where they are used: the window starts without the command line, and the other way round.
    if arguments:
        from mnist_bench import cli

        return cli.main(arguments)
    if not has_display():
        from mnist_bench import cli

        return cli.compare_samples()
    try:
        run_window = read_window()
    except ImportError as error:
        if is_no_memory(error):
            raise
        sys.stderr.write(f"mnist-bench: The window needs a library that is missing ({error}). `make run` names it.\n")
        return 1
    return run_window()


def read_window() -> Callable[[], int]:
    """Imports the window, and returns what runs it."""
    save_memory(_WINDOW_BYTES)
    gc.disable()  # there is no garbage while modules are read, only time spent; the window collects its own later
    from mnist_bench.gui.app import run_window

    return run_window


def has_display() -> bool:
    """Whether a window can be shown: always but on a Unix without Wayland or an X server that answers."""
    if sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        return True
    return bool(os.environ.get("DISPLAY")) and _x_server_answers()


def _x_server_answers() -> bool:
    """Whether the server that DISPLAY names can be reached; where it cannot, Qt would end the process."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # not known: Qt brings a message of its own
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


if __name__ == "__main__":
    sys.exit(main())
