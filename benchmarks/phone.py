"""What a phone's runner costs on the way there and back, and how soon a phone that is plugged in answers.

On a test phone (tests/phone): AOSP's own adbd on this computer, with the shipped arm64 runner under QEMU. No USB and no
radio are in it; real phones add theirs to the runner and to the echo alike.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

import numpy as np

from benchmarks.figures import Figure, NotMeasured, Setup, at_least, at_most
from benchmarks.pictures import sample_digit
from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import this_adb
from mnist_bench.devices.phone.deploy import remove
from mnist_bench.devices.phone.folder import FOLDER
from mnist_bench.devices.phone.transport import AdbTransport
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import DEFAULT_MODEL, load_network
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, encode_frame
from mnist_bench.protocol.messages import ClassifyRequest
from mnist_bench.protocol.tables import Kind
from tests.phone.adb_server import AdbServer
from tests.phone.system import CannotBuild, built_system, missing
from tests.phone.virtual_phone import VirtualPhone, wait_until

_MOST_OF_ECHO = 1.5
_TIMES_FASTER = 20
_NEW_S, _DEPLOYED_S = 3.0, 1.0
_MODEL = "digits-mlp"  # the less there is to compute, the less QEMU's work varies


def measure(setup: Setup) -> Iterator[Figure]:
    """The way over adb against an echo and against `adb shell`; the time to the first answer, new and deployed."""
    with _test_phone() as (phone, server):
        backend = find_backend(f"native-int8@android:{phone.serial}", {})
        yield from _way(setup, phone, server, backend)
        new = [_first_answer_s(phone, server, backend, is_new=True) for _ in range(setup.times(9, 1))]
        yield _start("a new phone", new, _NEW_S)
        deployed = [_first_answer_s(phone, server, backend, is_new=False) for _ in range(setup.times(9, 1))]
        yield _start("a phone that has the runner", deployed, _DEPLOYED_S)


@contextmanager
def _test_phone() -> Iterator[tuple[VirtualPhone, AdbServer]]:
    """A phone and an adb server of the benchmark's own, which this process uses meanwhile."""
    if reason := missing():
        raise NotMeasured(f"Here {reason}.")
    with ExitStack() as stack:
        try:
            phone = VirtualPhone(built_system())
        except CannotBuild as error:
            raise NotMeasured(f"Here {error}.") from error
        stack.callback(phone.throw_away)
        server = AdbServer()
        stack.callback(server.throw_away)
        before = dict(os.environ)
        stack.callback(os.environ.update, before)
        stack.callback(os.environ.clear)  # called before the one above
        os.environ.update(server.environment)
        server.start()
        _plug_in(phone, server)
        yield phone, server


def _plug_in(phone: VirtualPhone, server: AdbServer) -> None:
    """Boot the phone; returns when adb says "device"."""
    phone.boot()
    server("connect", phone.serial)
    wait_until(lambda: any(each.is_ready for each in this_adb().phones()))


def _way(setup: Setup, phone: VirtualPhone, server: AdbServer, backend: Backend) -> Iterator[Figure]:
    digit = sample_digit()
    request = encode_frame(Frame(Kind.CLASSIFY, 1, ClassifyRequest(digit[None]).encode()))
    with ExitStack() as stack:
        engine = stack.enter_context(InferenceEngine(backend))
        echo = _open_echo(phone)
        stack.callback(echo.close, 0)
        engine.load(load_network(_MODEL))

        def way_us() -> float:
            return engine.classify(digit).timings[0].transport_ns / 1000

        def echo_us() -> float:
            start = time.perf_counter_ns()
            echo.write(request)
            echo.read(len(request))
            return (time.perf_counter_ns() - start) / 1000

        ways, echoes = _in_turns(setup.times(40, 2), way_us, echo_us)
        compute_us = float(np.median(engine.time(digit, 5, 20))) / 1000
        inference = _inference_for_shell(phone, request)
        pairs = [(_shell_us(server, phone.serial, inference), _shell_us(server, phone.serial, "true")) for _ in ways]
    ratios = [way / bare for way, bare in zip(ways, echoes, strict=True)]
    detail = (
        f"medians: {median(ways):.0f} µs, an echo of {len(request)} bytes {median(echoes):.0f} µs; "
        f"{len(ratios)} pairs of blocks, ratios {min(ratios):.2f} to {max(ratios):.2f}; {_MODEL} int8"
    )
    yield Figure(
        "round trip over adb minus compute, against an echo", median(ratios), "", at_most(_MOST_OF_ECHO), detail
    )
    shells = median(inferred for inferred, _ in pairs) - compute_us
    nothing = median(idle for _, idle in pairs)
    detail = (
        f"the runner started for one inference: {shells / 1000:.1f} ms less its compute, {compute_us / 1000:.2f} ms; "
        f"`adb shell true`, which infers nothing: {nothing / 1000:.1f} ms; medians of {len(pairs)}"
    )
    faster = shells / median(ways)
    yield Figure(
        "an `adb shell` for each inference against the held stream", faster, "", at_least(_TIMES_FASTER), detail
    )


def _open_echo(phone: VirtualPhone) -> AdbTransport:
    """The phone's own `cat` at the end of a stream like a runner's, in a folder that it may write to."""
    adb = this_adb()
    adb.shell(phone.serial, "cp", "/system/bin/toybox", f"{FOLDER}/cat")
    return AdbTransport(adb, phone.serial, "Echo", f"{FOLDER}/cat")


def _in_turns(
    blocks: int, first: Callable[[], float], second: Callable[[], float], size: int = 50
) -> tuple[list[float], list[float]]:
    """The medians of blocks of both, which alternate: a change of the machine's speed meets neighbours alike."""
    medians: tuple[list[float], list[float]] = [], []
    for once in (first, second):
        for _ in range(size):
            once()
    for _ in range(blocks):
        for once, into in zip((first, second), medians, strict=True):
            into.append(float(np.median([once() for _ in range(size)])))
    return medians


def _inference_for_shell(phone: VirtualPhone, request: bytes) -> str:
    """The command that starts the runner on the phone for one inference, with what it is asked in a file there."""
    load = encode_frame(Frame(Kind.LOAD, 1, encode_network(load_network(_MODEL), Precision.INT8)))
    this_adb().push(phone.serial, load + request, f"{FOLDER}/asked")
    return f"{FOLDER}/{NATIVE_RUNNER} <{FOLDER}/asked >/dev/null"


def _shell_us(server: AdbServer, serial: str, command: str) -> float:
    """One command on the phone's shell, by the adb program."""
    program = server.environment["ADBUTILS_ADB_PATH"]
    start = time.perf_counter_ns()
    subprocess.run((program, "-s", serial, "shell", command), check=True, stdin=subprocess.DEVNULL)
    return (time.perf_counter_ns() - start) / 1000


def _first_answer_s(phone: VirtualPhone, server: AdbServer, backend: Backend, *, is_new: bool) -> float:
    """From adb's "device" to the first answer of digits-cnn, on a phone that has just been plugged in."""
    if is_new:
        remove(this_adb(), phone.serial)
    phone.unplug()
    server("disconnect", phone.serial)
    network, digit = load_network(DEFAULT_MODEL), sample_digit()
    _plug_in(phone, server)
    start = time.perf_counter()
    with InferenceEngine(backend) as engine:
        engine.load(network)
        engine.classify(digit)
        return time.perf_counter() - start


def _start(what: str, seconds: list[float], most_s: float) -> Figure:
    detail = f"median of {len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f} s; {DEFAULT_MODEL} int8 loaded"
    return Figure(f'from "device" to the first answer, {what}', median(seconds), "s", at_most(most_s), detail)
