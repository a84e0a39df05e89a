"""A runner on a phone, ready to be asked, in one call."""

from collections.abc import Callable, Sequence

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.deploy import deploy
from mnist_bench.devices.phone.transport import AdbTransport


def open_runner(
    serial: str,
    title: str,
    options: Sequence[str] = (),
    adb: Adb | None = None,
    *,
    program: str = NATIVE_RUNNER,
    cancelled: Callable[[], bool] = lambda: False,
) -> AdbTransport:
    """Bring the runner `program` to the phone if it is not there, and start it with its `options`.

    Raises PhoneError: what the phone's state tells, or why it cannot run it; Cancelled once `cancelled` is true.
    """
    adb = adb or this_adb()
    deployed = deploy(adb.cancelled_by(cancelled), serial, name=program)
    return AdbTransport(adb, serial, title, deployed.program, options, cancelled=cancelled)
