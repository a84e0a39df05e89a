"""Child processes that somebody has stopped (SIGSTOP): whether one is, and how to have it go on."""

import os
import signal
import sys


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
