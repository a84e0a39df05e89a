"""A runner on a phone, ready to be asked, in one call."""

from collections.abc import Callable, Sequence

from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.deploy import deploy
from mnist_bench.devices.phone.transport import AdbTransport


def open_runner(
    serial: str,
    title: str,
    options: Sequence[str] = (),
    adb: Adb | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> AdbTransport:
    """Bring the runner to the phone if it is not there, and start it with its `options`.

    Raises PhoneError: what the phone's state tells, or why it cannot run it; Cancelled once `cancelled` is true.
    """
    adb = adb or this_adb()
    deployed = deploy(adb, serial, cancelled=cancelled)
    return AdbTransport(adb, serial, title, deployed.program, options)
