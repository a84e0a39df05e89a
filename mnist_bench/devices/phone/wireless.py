"""Phones without a cable: addresses and codes as a person types them, and adb's answers turned into sentences."""

import ipaddress
import re

from mnist_bench.base.errors import UsageError
from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.errors import CannotConnect, CannotPair

_DEFAULT_PORT = 5555
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.%]+\])(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*")


def full_address(text: str) -> str:
    """HOST[:PORT] as HOST:PORT, with 5555 where no port is given; UsageError where it is no address.

    HOST is a name, an IPv4 address or an IPv6 address in brackets.
    """
    host, port = _parts(text)
    return f"{host}:{port or _DEFAULT_PORT}"


def pairing_address(text: str) -> str:
    """HOST:PORT, both needed; UsageError where it is no such address."""
    host, port = _parts(text)
    if not port:
        raise UsageError(f"“{host}” has no port: a phone shows HOST:PORT beside its pairing code.")
    return f"{host}:{port}"


def pairing_code(text: str) -> str:
    """The code that a phone shows, without spaces; UsageError where it is none."""
    code = "".join(text.split())
    if not re.fullmatch(r"[0-9]{6}", code):
        raise UsageError("A pairing code is six digits, as the phone shows them.")
    return code


def _parts(text: str) -> tuple[str, int]:
    """The host and the port, 0 where none is given."""
    match = _ADDRESS.fullmatch(text.strip())
    port = int((match["port"] if match else None) or 0)
    if not match or not _is_host(match["host"]) or port > 65535 or (match["port"] and port == 0):
        raise UsageError(
            f"“{one_line(text, 60)}” isn't a phone's address: type HOST or HOST:PORT, such as 192.168.1.23:37251."
        )
    return match["host"], port


def _is_host(host: str) -> bool:
    """Whether this means one host to everybody: a resolver takes "1.2.3" for 1.2.0.3, unlike whoever typed it."""
    try:
        if host.startswith("["):
            ipaddress.IPv6Address(host.strip("[]"))
        elif not host.strip("0123456789."):
            ipaddress.IPv4Address(host)
        else:
            return _NAME.fullmatch(host) is not None
    except ValueError:
        return False
    return True


def check_connected(address: str, answer: str) -> None:
    """CannotConnect unless adb says that it is connected (or was already)."""
    said = one_line(answer)
    if said.startswith(("connected to", "already connected to")):
        return
    low = said.lower()
    if "refused" in low:
        raise CannotConnect(f"{address} refuses the connection: no phone listens for adb there.")
    if "timed out" in low or "no route" in low or "unreachable" in low or low == f"failed to connect to {address}":
        raise CannotConnect(f"{address} does not answer.")
    if "resolve" in low or "not known" in low:
        raise CannotConnect(f"There is no host named {address.rpartition(':')[0]}.")
    if "authenticate" in low:
        raise CannotConnect(
            f"{address} has not authorized this computer.",
            advice="Unlock the phone and tap Allow in its “Allow USB debugging?” dialog. Pair with a phone with"
            " Android 11 or later first.",
        )
    raise CannotConnect(f"adb cannot connect to {address}. It says: {said or 'nothing'}.")


def check_paired(address: str, answer: str) -> None:
    """CannotPair unless adb says that it is paired."""
    said = one_line(answer)
    if said.startswith("Successfully paired"):
        return
    low = said.lower()
    if "password" in low or "connection was dropped" in low:
        raise CannotPair(f"{address} rejected the code.")
    if "unable to start pairing client" in low or "refused" in low or "timed out" in low:
        raise CannotPair(f"{address} does not answer: no phone is waiting to be paired there.")
    if "unknown host service" in low:
        raise CannotPair(
            "This version of adb cannot pair.", advice="Install version 30 or later of Android's platform tools."
        )
    raise CannotPair(f"adb cannot pair with {address}. It says: {said or 'nothing'}.")
