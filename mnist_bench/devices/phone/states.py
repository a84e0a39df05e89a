"""The states that adb gives a phone, each with a word or two for a person and the next step."""

import enum


class PhoneState(enum.StrEnum):
    """A phone's state as adb names it; OTHER for names not known here, GONE for a phone that adb does not list."""

    DEVICE = "device"
    UNAUTHORIZED = "unauthorized"
    AUTHORIZING = "authorizing"
    OFFLINE = "offline"
    CONNECTING = "connecting"
    NO_PERMISSIONS = "no permissions"
    RECOVERY = "recovery"
    SIDELOAD = "sideload"
    BOOTLOADER = "bootloader"
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
        "not accessible",
        "Allow this user to access USB phones: install android-sdk-platform-tools-common or other udev rules, join the"
        " group plugdev, and plug the phone in again.",
    ),
    PhoneState.RECOVERY: ("in recovery mode", _RESTART),
    PhoneState.SIDELOAD: ("waiting for an update", _RESTART),
    PhoneState.BOOTLOADER: ("in its bootloader", _RESTART),
    PhoneState.OTHER: ("in an unknown state", "Plug the phone in again. If that doesn't help, restart it."),
    PhoneState.GONE: ("not connected", "Plug the phone in again, or reconnect it if it is used without a cable."),
}
