"""Tells a phone that is away for a while from a failure that wants a person."""

from typing import Final

from mnist_bench.devices.phone.errors import (
    AdbTrouble,
    NoAdb,
    NoPhone,
    PhoneGone,
    PhoneNotPermitted,
    PhoneNotReady,
    PhoneOffline,
    PhoneTimedOut,
    PhoneUnauthorized,
)
from mnist_bench.engines.errors import RunnerUnreachable

_AWAY: Final = (
    RunnerUnreachable,
    NoAdb,
    AdbTrouble,
    NoPhone,
    PhoneGone,
    PhoneNotPermitted,
    PhoneNotReady,
    PhoneOffline,
    PhoneTimedOut,
    PhoneUnauthorized,
)


def is_phone_away(error: Exception) -> bool:
    """Whether this ends by itself once the phone can be reached again."""
    return isinstance(error, _AWAY)
