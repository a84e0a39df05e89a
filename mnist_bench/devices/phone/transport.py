"""A runner on a phone, copied there and started, at the end of an adb stream."""

import contextlib
import logging
import os
import shlex
import socket
import time
from collections.abc import Callable, Sequence

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.base.processes import killed_by
from mnist_bench.base.text import lines, whole_number
from mnist_bench.devices.device import NeededLibrary, never
from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.deploy import deploy
from mnist_bench.devices.phone.engine_library import options_for
from mnist_bench.devices.phone.errors import PhoneError, state_error
from mnist_bench.devices.phone.folder import CLOSED
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.protocol.ends import RunnerEnd

_log = logging.getLogger(__name__)

_ASK_SECONDS = 0.9  # a person who cancels may have to wait for it
_SIGNALLED = 128  # a shell's status of a program that signal N ended is 128 + N
_AT_ONCE = 1 << 18  # bytes
_MAX_WORDS = 4000  # bytes of last words

# `exec:` mixes standard error into the output and tells no exit status: both go to files beside the runner, whose names
# have the run's and the shell's number. The stream is a raw terminal: where it breaks, the shell and the runner get
# SIGHUP, and no status is written; the last words may still be asked for, then nobody needs them. The folder is looked
# at again: what was checked in it is what starts.
_START = (
    "umask 077; cd {folder} 2>/dev/null && {closed} && [ -O {program} ] &&"
    " {{ trap 'sleep 3; rm -f {run}.$$.*; exit' HUP;"
    " {program} {options} 2>{run}.$$.err; echo $? >{run}.$$.status; }}"
)
# $1: the folder, $2: the run. One shell alone has its files there. Android 5 has no `tail`.
_TELL = f"""
cd "$1" || exit
echo "status=$(cat "$2".*.status 2>/dev/null)"
for file in "$2".*.err; do
  tail -c {_MAX_WORDS} "$file" 2>/dev/null || dd if="$file" bs={_MAX_WORDS} count=1 2>/dev/null
done
"""
# A phone hangs up a second or two after the stream broke. Whoever bears the shell's number by now is looked at first.
_CLEAN = """
cd "$1" || exit
for file in "$2".*.err; do
  run=${file%.*}
  shell=${run##*.}
  grep -qs -e "$2" "/proc/$shell/cmdline" && kill -9 -- "-$shell"
done
rm -f "$2".*
"""

# A phone's own numbers: this computer may have others.
_SIGNALS = {
    1: "Hangup",
    4: "Illegal instruction",
    6: "Aborted",
    7: "Bus error",
    9: "Killed",
    11: "Segmentation fault",
    15: "Terminated",
}

_QUICK_ACK: int | None = getattr(
    socket, "TCP_QUICKACK", None
)  # Linux alone has it, and it has to be asked for each time


class AdbTransport:
    """A runner on a phone. Reads and writes block; `abort`, from any thread, ends them, and the runner with them."""

    def __init__(
        self,
        adb: Adb,
        serial: str,
        title: str,
        program: str,
        options: Sequence[str] = (),
        *,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Start `program`, a path on the phone; raises PhoneError where the phone cannot be reached, and Cancelled."""
        self._adb, self._serial, self._title = adb, serial, title
        self._folder, _, name = program.rpartition("/")
        self._run = f".run-{os.urandom(4).hex()}"
        self._aborted = self._closed = False
        self._told: tuple[str, str] | None = None
        self._failure: PhoneError | None = None
        line = _START.format(
            folder=shlex.quote(self._folder),
            closed=CLOSED,
            program=shlex.quote(f"./{name}"),
            options=shlex.join(options),
            run=self._run,
        )
        self._stream = adb.cancelled_by(cancelled).open_exec(serial, line)

    def read(self, size: int, /) -> bytes:
        """`size` bytes, fewer only where the stream ends."""
        data = self._some(size)
        if len(data) == size or not data:
            return data
        whole = bytearray(data)
        while len(whole) < size and (data := self._some(size - len(whole))):
            whole += data
        return bytes(whole)

    def write(self, data: bytes, /) -> object:
        """Write all of `data`; OSError where nobody reads any more."""
        self._stream.sendall(data)
        return None

    def flush(self) -> None:
        """Nothing is held back."""

    def abort(self) -> None:
        """End the stream at once, and what is blocked on it; the runner ends with it, at the latest in `close`."""
        self._aborted = True
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    def close(self, grace_seconds: float) -> None:
        """Give the runner `grace_seconds` to end by itself, end the stream, leave no files on a phone that is there."""
        if self._closed:
            return
        self._closed = True
        if grace_seconds > 0 and not self._aborted:
            self._wait_for_end(grace_seconds)
        self.abort()
        self._stream.close()
        with contextlib.suppress(PhoneError):
            self._ask(_CLEAN)

    def end(self) -> RunnerEnd:
        """How the runner ended, as the end of a sentence, or that its phone cannot be reached."""
        try:
            status = whole_number(self._last_told()[0], range(256))
        except PhoneError as error:
            return RunnerEnd(f"cannot be reached: {error.message.rstrip('.')}", unreachable=True)
        if status is not None:
            return RunnerEnd(_words_of(status))
        if self._aborted:
            return RunnerEnd("was ended")
        return RunnerEnd("was cut off: the connection to the phone broke", unreachable=True)

    def is_stopped(self) -> bool:
        """Never known: nobody asks a phone while it computes."""
        return False

    def last_words(self) -> str:
        """The last lines that the runner wrote to standard error; nothing where the phone does not tell."""
        try:
            return lines(self._last_told()[1])
        except PhoneError as error:
            _log.warning("What %s's runner wrote cannot be read: %s", self._title, error)
        return ""

    def _some(self, size: int) -> bytes:
        # The adb server holds every second packet back until the first is acknowledged: 40 ms where that is put off.
        if _QUICK_ACK is not None:
            self._stream.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        return self._stream.recv(min(size, _AT_ONCE))

    def _wait_for_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with contextlib.suppress(OSError):  # TimeoutError too
            while (left := deadline - time.monotonic()) > 0:
                self._stream.settimeout(left)
                if not self._stream.recv(_AT_ONCE):
                    return

    def _last_told(self) -> tuple[str, str]:
        """The runner's exit status, empty where there is none, and its last words."""
        if self._told is None:
            before, found, after = self._ask(_TELL).partition("status=")
            status, _, words = after.partition("\n") if found else ("", "", before)
            self._told = status.strip(), words
        return self._told

    def _ask(self, script: str) -> str:
        """The output of a script about this run; a phone that has not answered once is not asked again."""
        if self._failure is not None:
            raise self._failure
        deadline = time.monotonic() + _ASK_SECONDS
        words = ("sh", "-c", script, "sh", self._folder, self._run)
        try:
            state = self._adb.state(self._serial, start=False, seconds=_ASK_SECONDS)
            if state is not PhoneState.DEVICE:
                raise state_error(state, "the phone")
            left = deadline - time.monotonic()
            note = "looked after the runner"
            return self._adb.shell(self._serial, *words, seconds=left, note=note, start=False).output
        except PhoneError as error:
            self._failure = error
            raise


def open_runner(
    serial: str,
    title: str,
    options: Sequence[str] = (),
    adb: Adb | None = None,
    *,
    program: str = NATIVE_RUNNER,
    library: NeededLibrary | None = None,
    cancelled: Callable[[], bool] = never,
) -> AdbTransport:
    """Bring the runner `program`, and the `library` that it opens, to the phone where they are not there, and start it
    with its `options`.

    Raises PhoneError: what the phone's state tells, or why it cannot run it; RunnerUnavailable where the library is not
    installed; Cancelled once `cancelled` is true.
    """
    adb = adb or this_adb()
    deployed = deploy(adb.cancelled_by(cancelled), serial, name=program, library=library)
    if deployed.library is not None:
        options = (*options_for(deployed.library), *options)
    return AdbTransport(adb, serial, title, deployed.program, options, cancelled=cancelled)


def _words_of(status: int) -> str:
    """How a program ended, by the status that the phone's shell wrote down."""
    number = status - _SIGNALLED
    if number <= 0:
        return f"ended with status {status}"
    return killed_by(number, _SIGNALS.get(number))
