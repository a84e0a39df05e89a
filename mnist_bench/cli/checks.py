"""The checks of `mnist-bench doctor`: each yields facts, and may fail or time out."""

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

from mnist_bench.base import locations, words
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.files import check_writable, reason
from mnist_bench.base.logs import last_errors
from mnist_bench.base.processors import read_limits
from mnist_bench.bench.machine import cpu_name
from mnist_bench.devices import libraries
from mnist_bench.devices.access import Fact
from mnist_bench.devices.devices import DEVICE_KINDS, DeviceKind
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import local_backends
from mnist_bench.engines.engine import Deadlines, InferenceEngine
from mnist_bench.engines.libraries.table import ABIS, ENGINE_LIBRARIES
from mnist_bench.session.choices import read_choices
from mnist_bench.version import VERSION

_QUICK_SECONDS = 10.0
_DEVICES_SECONDS = 20.0
_START_SECONDS = 60.0
_MOST_ERRORS = 10
_LONGEST_ERROR = 300  # characters

_VARIABLES = re.compile(
    r"(DISPLAY|WAYLAND_DISPLAY|XDG_SESSION_TYPE|LANG|LANGUAGE|LC_\w+|QT_\w+|OMP_\w+|MKL_\w+|PYTHON\w+|VIRTUAL_ENV"
    r"|MNIST_BENCH_\w+|ADBUTILS_\w+|ADB_LIBUSB|ADB_MDNS\w*|ANDROID_ADB_\w+)",
    re.ASCII,
)
"""What changes how this program runs; others may be nobody's business."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at, under a heading that several may share, and how long that may take.

    `subject` names it where it fails.
    """

    heading: str
    subject: str
    seconds: float
    look: Callable[[], Iterator[Fact]]


BACKENDS = "backends"
ERRORS = "last errors"


def all_checks(on_name: Callable[[str], None]) -> list[Check]:
    """Every check, in the order in which it is told, the slow ones last; `on_name` is told serials and addresses."""
    quick = (
        ("versions", _versions),
        ("computer", _computer),
        ("environment", _environment),
        ("files", _files),
        ("engines", _engines),
    )
    return [
        *(Check(heading, heading, _QUICK_SECONDS, look) for heading, look in quick),
        *(
            Check(kind.prefix, "devices", _DEVICES_SECONDS, partial(_devices, kind, on_name))
            for kind in DEVICE_KINDS.values()
        ),
        Check(ERRORS, "log", _QUICK_SECONDS, _errors),
        *(Check(BACKENDS, one.id, _START_SECONDS + 5, partial(_backend, one)) for one in local_backends()),
    ]


def _versions() -> Iterator[Fact]:
    yield Fact("mnist-bench", VERSION)
    yield Fact("Python", f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}")
    try:
        required = metadata.requires("mnist-bench") or []
    except metadata.PackageNotFoundError:
        yield Fact("packages", "unknown: mnist-bench is not installed but run from source")
        return
    for requirement in required:
        if ";" not in requirement:  # what has a condition is for developers
            yield _package(*requirement.partition("==")[::2])


def _package(name: str, wanted: str) -> Fact:
    """The version of a package that is installed, without importing it."""
    again = "Install mnist-bench again, with constraints.txt."
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Fact(name, f"not installed. {again}", is_problem=True)
    if version.partition("+")[0] != wanted:
        return Fact(name, f"{version}, but {wanted} is needed. {again}", is_problem=True)
    return Fact(name, version)


def _computer() -> Iterator[Fact]:
    yield Fact("system", platform.platform())
    yield Fact("processor", f"{cpu_name()} ({platform.machine()})")
    yield Fact("processors", str(read_limits()))
    if hasattr(os, "sysconf"):
        yield Fact("memory", words.size(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))


def _environment() -> Iterator[Fact]:
    for name in sorted(filter(_VARIABLES.fullmatch, os.environ)):
        yield Fact(name, os.environ[name])


def _files() -> Iterator[Fact]:
    yield Fact("program", str(locations.package_home()))
    yield _folder("data", locations.data_dir())
    yield _folder("cache", locations.cache_dir())
    yield _folder("log", locations.log_file().parent)
    settings = locations.choices_file()
    yield _folder("settings", settings.parent)
    try:
        yield Fact(settings.name, words.plural(len(read_choices(settings)), "value"))
    except InputError as error:
        if settings.exists():
            said = f"{error} It is ignored, and replaced when you choose something."
            yield Fact(settings.name, said, is_problem=True)
        else:
            yield Fact(settings.name, "not there yet")
    try:
        yield Fact("MNIST", str(find_mnist()))
    except InputError:
        yield Fact("MNIST", "not there; `mnist-bench fetch-mnist` gets it")


def _folder(name: str, folder: Path) -> Fact:
    """A folder: whether it is there, can be written, and how much room it has."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        check_writable(there)
        state = "writable" if there == folder else "not there yet"
        return Fact(name, f"{folder}: {state}, {words.size(shutil.disk_usage(there).free)} free")
    except InputError as error:
        return Fact(name, f"{folder}: {error}", is_problem=True)
    except OSError as error:
        return Fact(name, f"{folder}: {reason(error)}", is_problem=True)


def _engines() -> Iterator[Fact]:
    """The installed libraries of engines, and whether each is what was installed."""
    found = libraries.installed()
    if not found:
        yield Fact("installed", "none")
    for library in found:
        engine = ENGINE_LIBRARIES.get(library.name)
        name = f"{engine.title if engine else library.name} {library.version}"
        try:
            libraries.find(library.name, library.abi)
        except MnistBenchError as error:
            yield Fact(name, str(error), is_problem=True)
        else:
            yield Fact(name, f"for {ABIS.get(library.abi, library.abi)}, {library.licence}, {library.path}")


def _devices(kind: DeviceKind, on_name: Callable[[str], None]) -> Iterator[Fact]:
    """What devices of a kind need, those that are there with their states, and what the ready ones are."""
    yield from kind.access().needs()
    seen = list(kind.seen())
    for device, _ in seen:
        on_name(device.id.partition(":")[2])
    if not seen:
        yield Fact("devices", "none")
    for device, trouble in seen:
        named = "" if device.id.endswith(f":{device.title}") else f"{device.title}, "
        said = f"{named}ready" if trouble is None else str(trouble)
        yield Fact(device.id, said, is_problem=trouble is not None)
    for device, trouble in seen:
        facts = {} if trouble is not None else device.read_facts()
        if facts:
            yield Fact(f"{device.id} says", ", ".join(f"{name}: {value}" for name, value in facts.items()))


def _errors() -> Iterator[Fact]:
    path = locations.log_file()
    try:
        errors = last_errors(path, _MOST_ERRORS)
    except OSError as error:
        yield Fact(path.name, f"cannot be read: {reason(error)}")
        return
    if not errors:
        yield Fact(path.name, "has none")
    for logged in errors:
        kind, _, rest = logged.cause.partition(": ")
        # What a person was told stands in the traceback too.
        cause = kind.rpartition(".")[2] if rest.strip() in logged.message else logged.cause
        said = f"{_shortened(logged.message)}{f' ({_shortened(cause)})' if cause else ''}"
        yield Fact(logged.time, f"{logged.topic}: {said}")


def _shortened(text: str) -> str:
    """The text, cut after a word where it is too long."""
    start = text[:_LONGEST_ERROR]
    return text if start == text else f"{start.rpartition(' ')[0] or start} …"


def _backend(backend: Backend) -> Iterator[Fact]:
    """Whether a backend of this computer starts, and what its runner says of itself."""
    deadlines = Deadlines(start=min(backend.start_seconds, _START_SECONDS))
    began = time.monotonic()
    try:
        with InferenceEngine(backend, deadlines=deadlines) as engine:
            info = engine.info
    except MnistBenchError as error:
        yield Fact(backend.id, str(error), is_problem=True)
        return
    took = words.duration(1e9 * (time.monotonic() - began))
    facts = ", ".join(f"{name}: {value}" for name, value in info.facts.items())
    yield Fact(backend.id, f"starts in {took}; {info.program} {info.version}, {facts}")
