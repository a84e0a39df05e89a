"""The states that adb gives a phone, each with a word or two for a person and the next step."""

import enum


class PhoneState(enum.StrEnum):
    """A phone's state as adb names it.

    NOT_IN_GROUP is adb's "no permissions" where it says that this user is not in the group plugdev, SAME_SERIAL its
    "device" where another ready phone has the same serial, OTHER a name not known here, and GONE is not listed by adb.
    """

    DEVICE = "device"
    UNAUTHORIZED = "unauthorized"
    AUTHORIZING = "authorizing"
    OFFLINE = "offline"
    CONNECTING = "connecting"
    NO_PERMISSIONS = "no permissions"
    NOT_IN_GROUP = "no permissions (plugdev)"
    RECOVERY = "recovery"
    SIDELOAD = "sideload"
    RESCUE = "rescue"
    BOOTLOADER = "bootloader"
    DETACHED = "detached"
    HOST = "host"
    SAME_SERIAL = "same serial"
    OTHER = "other"
    GONE = "gone"

    @property
    def words(self) -> str:
        """The state in a word or two."""
        return _WORDS[self][0]

    @property
    def next_step(self) -> str:
        """What a person does next, as a sentence; empty for DEVICE."""
        return _WORDS[self][1]


_RESTART = "Restart the phone normally."
_NOT_PERMITTED = "not permitted"

_WORDS = {
    PhoneState.DEVICE: ("ready", ""),
    PhoneState.UNAUTHORIZED: (
        "not authorized yet",
        "Unlock the phone and tap Allow in its “Allow USB debugging?” dialog. If there is none, plug it in again.",
    ),
    PhoneState.AUTHORIZING: (
        "authorizing",
        "Wait a moment. If nothing happens, unlock the phone and look for its dialog.",
    ),
    PhoneState.OFFLINE: (
        "offline",
        "Unlock the phone and plug it in again, or turn its Wi-Fi off and on. If that doesn't help, restart it.",
    ),
    PhoneState.CONNECTING: ("connecting", "Wait a moment. If nothing happens, plug the phone in again."),
    PhoneState.NO_PERMISSIONS: (
        _NOT_PERMITTED,
        "Install the udev rules that let you open USB phones (package android-sdk-platform-tools-common on Debian and"
        " Ubuntu, android-tools on Fedora, android-udev on Arch), and plug the phone in again.",
    ),
    PhoneState.NOT_IN_GROUP: (
        _NOT_PERMITTED,
        "Run `sudo usermod -aG plugdev $USER`, log out and in again, and plug the phone in again.",
    ),
    PhoneState.RECOVERY: ("in recovery mode", _RESTART),
    PhoneState.SIDELOAD: ("waiting for an update", _RESTART),
    PhoneState.RESCUE: ("in rescue mode", _RESTART),
    PhoneState.BOOTLOADER: ("in its bootloader", _RESTART),
    PhoneState.DETACHED: ("detached from adb", "Run `adb attach`, or plug the phone in again."),
    PhoneState.HOST: ("a computer, not a phone", "Connect to a phone's address instead."),
    PhoneState.SAME_SERIAL: (
        "one of several phones with the same serial",
        "Unplug all but one of them: adb cannot tell them apart.",
    ),
    PhoneState.OTHER: ("in an unknown state", "Plug the phone in again. If that doesn't help, restart it."),
    PhoneState.GONE: ("not connected", "Plug the phone in again, or reconnect it if it is used without a cable."),
}
