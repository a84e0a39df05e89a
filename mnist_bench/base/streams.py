"""The standard streams as they may be: closed, on a full disk, or read by nobody any more."""

import os
import sys


def open_closed_streams() -> None:
    """Put the null device where a standard stream is closed, before anything else gets its number.

    The next file or socket that is opened would be taken for it, by this program and by those that it starts.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            os.set_inheritable(null, True)
        if getattr(sys, name) is None:
            stream = open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def output_failure(seen: BaseException | None = None) -> OSError | None:
    """Why standard output cannot be written, where that is so; what it still holds is dropped then.

    `seen`: what ended the command, if anything did. A print that failed may have left nothing to be written again.
    """
    try:
        if isinstance(seen, OSError) and seen.filename is None:
            sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def silence_broken_streams() -> None:
    """Have what cannot be written go nowhere: Python would complain of it once more when the program ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
