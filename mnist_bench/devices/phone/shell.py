"""One command on a phone's shell, run to its end: its output, its errors and its exit status."""

import shlex
from dataclasses import dataclass

from mnist_bench.devices.phone.errors import AdbRefused, AdbTrouble
from mnist_bench.devices.phone.link import AdbLink

_V2 = "shell,v2,raw:"  # Android 7 and later: output, errors and status come apart
_V1 = "shell:"
_OUTPUT, _ERRORS, _STATUS = 1, 2, 3
_MAX_OUTPUT = 4 << 20  # bytes; nothing that is asked for here says as much
_MARK = "mnist-bench-status:"


@dataclass(frozen=True, slots=True)
class ShellResult:
    """What a command wrote and its exit status, 128 + N where signal N ended it."""

    output: str
    errors: str
    status: int


def run_v2(link: AdbLink, words: tuple[str, ...]) -> ShellResult:
    """Run a command over a link that stands at the phone; AdbRefused where the phone does not know this service."""
    link.ask(_V2 + shlex.join(words))
    texts = {_OUTPUT: bytearray(), _ERRORS: bytearray()}
    total = 0
    while True:
        kind, size = (header := link.exactly(5))[0], int.from_bytes(header[1:], "little")
        total += size
        if total > _MAX_OUTPUT:
            raise AdbTrouble("The phone's shell said more than could be meant.")
        data = link.exactly(size)
        if kind == _STATUS and data:
            return ShellResult(_text(texts[_OUTPUT]), _text(texts[_ERRORS]), data[0])
        if kind in texts:
            texts[kind] += data


def run_v1(link: AdbLink, words: tuple[str, ...]) -> ShellResult:
    """The same on older phones, where errors stand among the output."""
    try:
        link.ask(f"{_V1}{shlex.join(words)}; echo {_MARK}$?")
    except AdbRefused as error:
        raise AdbTrouble(f"The phone has no shell for adb: {error.message}.") from error
    output = bytearray()
    while part := link.some():
        output += part
        if len(output) > _MAX_OUTPUT:
            raise AdbTrouble("The phone's shell said more than could be meant.")
    said, mark, status = _text(output).replace("\r\n", "\n").rpartition(_MARK)
    if not mark or not status.strip().isdecimal():
        raise EOFError
    return ShellResult(said, "", int(status))


def _text(data: bytearray) -> str:
    return data.decode(errors="replace")
