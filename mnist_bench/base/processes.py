"""Child processes: how one ended, whether somebody has stopped it (SIGSTOP), and how to have it go on."""

import os
import signal
import sys

_KILL = 9  # SIGKILL, which Windows does not have


def end_of(status: int) -> str:
    """How a process ended, by its status as `subprocess` gives it: "ended with status 1"."""
    return f"ended with status {status}" if status >= 0 else killed_by(-status, signal.strsignal(-status))


def killed_by(number: int, name: str | None) -> str:
    """That a process was killed by this signal, and what that may mean; `name` is the signal's."""
    words = f"was killed by signal {number} ({name or 'unknown'})"
    return f"{words}, as a system does that runs out of memory" if number == _KILL else words


def is_stopped(pid: int) -> bool:
    """Whether this child is stopped by a signal just now; False where it has ended, or the system doesn't tell."""
    if sys.platform == "win32":
        return False
    try:
        # WNOWAIT: only looked at, so that whoever waits for it still gets to know how it ended.
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def resume(pid: int) -> None:
    """Have this child, which is stopped and so has not ended, go on."""
    if sys.platform != "win32":
        os.kill(pid, signal.SIGCONT)
