"""What can go wrong on the way to a phone, in words for a person."""

import sys

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.phone.states import PhoneState


class PhoneError(MnistBenchError):
    """A phone, or adb, did not do what was asked of it."""


class PhoneAway(PhoneError):
    """A phone cannot be reached for now; once it can, it can be used without anybody's doing."""


def _how_to_get_adb() -> str:
    install = {
        "linux": "Install it (sudo apt-get install adb, or your system's package of Android's platform tools)",
        "darwin": "Install it (brew install android-platform-tools)",
    }.get(sys.platform, "Install Android's SDK Platform Tools and put their folder into PATH")
    return f"{install}, or name the program in ADBUTILS_ADB_PATH."


class NoAdb(PhoneAway):
    """There is no adb on this computer that runs."""

    advice = _how_to_get_adb()


class AdbTrouble(PhoneAway):
    """The adb server cannot be started, does not answer, or ended while it was asked."""

    advice = "Try again. If that doesn't help, run `adb kill-server` and plug the phone in again."


class NoServer(AdbTrouble):
    """Nobody listens at the adb server's port."""


class AdbRefused(PhoneError):
    """adb, or the phone through it, refused; the message is its own words."""


class NoPhone(PhoneAway):
    """There is no phone, or not the one that was named."""

    advice = "Plug one in and allow USB debugging on it (docs/phones.md), or run `mnist-bench connect HOST:PORT`."


class SeveralPhones(PhoneError):
    """There are several phones, and none was named."""

    advice = "Name one of them."


class PhoneUnauthorized(PhoneAway):
    """The phone has not allowed this computer."""

    advice = PhoneState.UNAUTHORIZED.next_step


class PhoneNotReady(PhoneAway):
    """The phone is in a state in which it runs no programs; the advice is that state's."""


class PhoneGone(PhoneAway):
    """adb does not list the phone any more."""

    advice = PhoneState.GONE.next_step


class PhoneTimedOut(PhoneAway):
    """The phone did not answer in time."""

    advice = "Unlock the phone, check its cable or Wi-Fi, and try again."


class PhoneTooOld(PhoneError):
    """The phone cannot hold a program's stream open (adb service `exec:`, Android 5 and later)."""

    advice = "Use a phone with Android 5 or later."


class PhoneFull(PhoneError):
    """There is no room for the runner on the phone."""

    advice = "Free some space on the phone: the runner needs less than 1 MB, an engine's library up to 50 MB."


class PhoneReadOnly(PhoneError):
    """The phone's folder for such programs cannot be written to."""

    advice = "Restart the phone. If that doesn't help, its storage is damaged, or locked by the manufacturer."


class NotDeployable(PhoneError):
    """The runner cannot be brought to this phone, or does not run there."""

    advice = "This phone can't be used; docs/phones.md says what a phone needs."


class DoesNotStart(NotDeployable):
    """The runner lies on the phone whole, and does not run there."""


class CannotConnect(PhoneError):
    """A phone's address does not answer, or does not let this computer in."""

    advice = (
        "Check the address on the phone (Developer options > Wireless debugging). The phone and this computer must be"
        " on the same network."
    )


class CannotPair(PhoneError):
    """Pairing with a phone failed."""

    advice = (
        "On the phone, open Developer options > Wireless debugging > Pair device with pairing code, and use the address"
        " and the code that it shows now: both change each time."
    )


def refused_state(words: str) -> PhoneState:
    """The state of a phone that adb does not connect to, by adb's words ("device offline", "device 'X' not found").

    Source: AOSP, packages/modules/adb, transport.cpp (acquire_one_transport).
    """
    clues = {
        "more than one": PhoneState.SAME_SERIAL,
        "not found": PhoneState.GONE,
        "no device": PhoneState.GONE,
        "unauthorized": PhoneState.UNAUTHORIZED,
        "authorizing": PhoneState.AUTHORIZING,
        "offline": PhoneState.OFFLINE,
        "connecting": PhoneState.CONNECTING,
        "permissions": PhoneState.NO_PERMISSIONS,
    }
    return next((clues[clue] for clue in clues if clue in words), PhoneState.OTHER)


def state_error(state: PhoneState, title: str) -> PhoneError:
    """Why the phone called `title` cannot be used while it is in `state`."""
    kinds: dict[PhoneState, type[PhoneError]] = {
        PhoneState.UNAUTHORIZED: PhoneUnauthorized,
        PhoneState.GONE: PhoneGone,
    }
    return kinds.get(state, PhoneNotReady)(f"{title} is {state.words}.", advice=state.next_step)
