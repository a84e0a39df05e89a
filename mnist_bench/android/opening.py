"""A runner on a phone, ready to be asked, in one call."""

from collections.abc import Callable

from mnist_bench.android.adb import Adb, this_adb
from mnist_bench.android.deploy import deploy
from mnist_bench.android.transport import AdbTransport


def open_runner(
    serial: str,
    title: str,
    core: int | None = None,
    adb: Adb | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> AdbTransport:
    """Bring the runner to the phone if it is not there, and start it, pinned to `core` if given.

    Raises PhoneError: what the phone's state tells, or why it cannot run it; Cancelled once `cancelled` is true.
    """
    adb = adb or this_adb()
    deployed = deploy(adb, serial, cancelled=cancelled)
    options = () if core is None else ("--core", str(core))
    return AdbTransport(adb, serial, title, deployed.program, options)
