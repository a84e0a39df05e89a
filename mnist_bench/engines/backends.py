"""The backends that there are, and the words by which a person names them.

    ENGINE-PRECISION[:MODE][:THREADS][:coreN][@DEVICE]

such as torch-fp32, qnnpack-int8:torchscript, torch-fp32:eager:2 or native-int8:core4@android:SERIAL. An engine without
a precision, `native@android`, names its fp32 and its int8: fp16, bf16 and `original`, which runs a file as it is, are
asked for by name. What follows the first @ is the device, whatever it holds.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from mnist_bench.base.errors import UsageError
from mnist_bench.base.processors import usable_processors
from mnist_bench.devices.device import Device
from mnist_bench.devices.devices import device_forms, find_device
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.kinds.kind import EngineKind, Options
from mnist_bench.engines.kinds.table import ENGINE_KINDS
from mnist_bench.network.network import ON_STREAM, PRECISIONS, Precision

_OPTIONS = re.compile(r"(?::(?P<mode>[a-z]+))?(?::(?P<threads>[0-9]{1,4}))?(?::core(?P<core>[0-9]{1,4}))?")
_THREADS = (1, 2, 4)
_FIRST = ("torch-fp32", "qnnpack-int8", "native-int8")


def backends_on(device: Device, threads: int = 1, precisions: Container[Precision] = PRECISIONS) -> tuple[Backend, ...]:
    """Every backend that `device` may be able to run any network with, with this many threads in these precisions, each
    in its default mode; of engines that have to be installed, those that are.
    """
    return tuple(one for one in _installed_on(device, threads) if one.precision in precisions)


def not_installed_on(device: Device) -> tuple[str, ...]:
    """How each engine is installed that `device` may be able to run once it is; a sentence for each."""
    return tuple(_lacking(_imaginable(device)).values())


def _installed_on(device: Device, threads: int) -> list[Backend]:
    imaginable = _imaginable(device, threads)
    lacking = _lacking(imaginable)
    return [one for one in imaginable if one.kind.name not in lacking]


def _lacking(backends: Iterable[Backend]) -> dict[str, str]:
    """Why each engine that has to be installed, and is not, cannot run, by its name: one look on disk for each."""
    to_install = {one.kind.name: one for one in backends if one.kind.library is not None}
    reasons = {name: one.missing() for name, one in to_install.items()}
    return {name: why for name, why in reasons.items() if why is not None}


def _imaginable(device: Device, threads: int = 1) -> tuple[Backend, ...]:
    return tuple(
        Backend(kind, precision, Options(threads=threads), device)
        for kind in ENGINE_KINDS.values()
        if threads <= kind.max_threads and _can_run(kind, device)
        for precision in kind.precisions
    )


def local_backends(precisions: Container[Precision] = PRECISIONS) -> tuple[Backend, ...]:
    """Every backend of this computer in these precisions, in its default mode."""
    return backends_on(THIS_COMPUTER, precisions=precisions)


def default_backends() -> tuple[Backend, ...]:
    """Those of this computer in fp32 and int8 that come with this program: what a command uses that names none."""
    return tuple(backend for backend in local_backends() if backend.kind.library is None)


def all_choices(threads: int = 1, device: Device = THIS_COMPUTER) -> tuple[Backend, ...]:
    """Every backend of `device` that can run with this many threads, in each of its modes: the default ones first, fp32
    and int8 before other precisions, and those that run a file as it is last.
    """
    installed = sorted(_installed_on(device, threads), key=lambda one: one.precision not in PRECISIONS)
    plain = [one for one in installed if one.precision is not Precision.ORIGINAL]
    originals = [one for one in installed if one.precision is Precision.ORIGINAL]
    others = (
        replace(backend, options=replace(backend.options, mode=mode.name))
        for backend in plain
        for mode in backend.kind.modes[1:]
    )
    return *plain, *others, *originals


def offered_threads() -> tuple[int, ...]:
    """The numbers of threads that are offered: no more than can run at the same time."""
    return tuple(threads for threads in _THREADS if threads <= usable_processors()) or (1,)


def first_backends() -> tuple[Backend, ...]:
    """What is there to begin with: a float and two int8 backends of this computer, those that can be started."""
    first = tuple(find_backend(text) for text in _FIRST)
    return tuple(backend for backend in first if backend.missing() is None) or first[:1]


def quickest(precision: Precision) -> Backend:
    """The backend of this computer with this precision that starts soonest, of those that can be started."""
    fitting = [backend for backend in local_backends() if backend.precision is precision]
    return min(fitting, key=lambda backend: (backend.missing() is not None, backend.start_seconds))


def find_backends(text: str, titles: Mapping[str, str] | None = None) -> tuple[Backend, ...]:
    """The backends that `text` names: one, or fp32 and int8 of an engine that is named without a precision.

    `titles` are devices' titles by their ids, as `find_device` takes them: where they are given, no device is asked.
    Raises UsageError for words that cannot be understood, and what `find_device` raises.
    """
    described, at, device_id = text.partition("@")
    name = described.partition(":")[0]
    kind, precisions = _named(name, text)
    options = _options(kind, name, described[len(name) :])
    if at and not device_id:
        raise UsageError(f"No device follows the @ of {text!r}.", advice="Leave out @ for this computer.")
    device = find_device(device_id, titles)
    if not _can_run(kind, device):
        names = ", ".join(backend.name for backend in backends_on(device))
        raise UsageError(
            f"{kind.title} needs Python, and {device.title} does not run Python.", advice=f"Choose from: {names}."
        )
    _check_core(options.core, kind, device)
    return tuple(Backend(kind, precision, options, device) for precision in precisions)


def find_backend(text: str, titles: Mapping[str, str] | None = None) -> Backend:
    """The one backend that `text` names, as `find_backends`; UsageError where it names several."""
    backend, *others = find_backends(text, titles)
    if others:
        names = " or ".join(one.id for one in (backend, *others))
        raise UsageError(f"{text!r} names {1 + len(others)} backends.", advice=f"Choose {names}.")
    return backend


def known_backend(backend_id: str) -> Backend | None:
    """The backend of a kept result; None where this program has none of that name."""
    try:
        return find_backend(backend_id, titles={})
    except UsageError:
        return None


def title_of(backend_id: str) -> str:
    """What a person reads for the backend of a kept result; its id where this program has none of that name."""
    backend = known_backend(backend_id)
    return backend_id if backend is None else backend.title


def engine_version(backend_id: str, facts: Mapping[str, str]) -> tuple[str, str] | None:
    """The engine's title and version in what the runner of a kept result told; None where it told none, or this
    program has no backend of that name.
    """
    backend = known_backend(backend_id)
    return (backend.kind.title, facts[backend.kind.name]) if backend and backend.kind.name in facts else None


def with_threads(backend: Backend, threads: int) -> Backend:
    """The same backend with another number of threads; UsageError if it cannot have that many."""
    if not backend.can_thread and threads != 1:
        raise UsageError(f"The backend {backend.name} uses one thread.", advice="Leave out --threads for it.")
    _check_threads(threads, backend.kind)
    return replace(backend, options=replace(backend.options, threads=threads))


def device_of(backend_id: str) -> str:
    """The id of the device in a backend's id, which may be one that this computer does not know; empty: this one."""
    return backend_id.partition("@")[2]


def _can_run(kind: EngineKind, device: Device) -> bool:
    return device.runs_python or not kind.needs_python


def _named(name: str, text: str) -> tuple[EngineKind, tuple[Precision, ...]]:
    """The engine kind and the precision of ENGINE-PRECISION, or those that ENGINE alone names."""
    for kind in ENGINE_KINDS.values():
        if name == kind.name:
            return kind, tuple(one for one in kind.precisions if one in PRECISIONS)
        for precision in kind.precisions:
            if name == f"{kind.name}-{precision}":
                return kind, (precision,)
    names = ", ".join(backend.name for backend in local_backends(ON_STREAM))
    raise UsageError(
        f"There is no backend {text!r}.", advice=f"Choose from: {names}; on another device with {device_forms()}."
    )


def _options(kind: EngineKind, name: str, text: str) -> Options:
    """The options in ":torchscript:2" or ":core3"; UsageError for those that this kind does not take."""
    match = _OPTIONS.fullmatch(text)
    advice = _advice(kind, name)
    if match is None:
        raise UsageError(f"{text[1:]!r} is not an option of the backend {name}.", advice=advice)
    mode, threads, core = match.group("mode", "threads", "core")
    if mode is not None and mode not in [one.name for one in kind.modes]:
        raise UsageError(f"{mode!r} is not a mode of the backend {name}.", advice=advice)
    if threads is not None and kind.max_threads == 1 and int(threads) != 1:
        raise UsageError(f"The backend {name} uses one thread.", advice=advice)
    if core is not None and not kind.can_pin:
        raise UsageError(f"The backend {name} cannot be pinned to a core.", advice=advice)
    _check_threads(int(threads or 1), kind)
    is_default = mode is None or mode == kind.modes[0].name
    return Options("" if is_default else str(mode), int(threads or 1), None if core is None else int(core))


def _advice(kind: EngineKind, name: str) -> str:
    """What can be written for a backend of this kind."""
    forms = [name, *(f"{name}:{mode.name}" for mode in kind.modes[1:])]
    if kind.max_threads > 1:
        forms.append(":".join(filter(None, (name, kind.modes[0].name, "2"))) + " for two threads")
    if kind.can_pin:
        forms.append(f"{name}:core0 for its core 0")
    return f"Use {', '.join(forms[:-1])} or {forms[-1]}." if len(forms) > 1 else f"Use {name}."


def _check_threads(threads: int, kind: EngineKind) -> None:
    if not 1 <= threads <= kind.max_threads:
        raise UsageError(f"{threads} threads is out of range.", advice=f"Choose 1 to {kind.max_threads}.")


def _check_core(core: int | None, kind: EngineKind, device: Device) -> None:
    """UsageError where the device has no such core, whatever it is."""
    if core is None:
        return
    if device.max_core is None:
        raise UsageError(f"{kind.title} cannot be pinned to a core on {device.title}.", advice="Leave out :core.")
    if core > device.max_core:
        raise UsageError(f"{core} is not a core of {device.title}.", advice=f"Choose 0 to {device.max_core}.")
