"""The backends that there are, and the words by which a person names them."""

import os
import re
from dataclasses import replace

from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.native import NATIVE_FP32, NATIVE_INT8, NativeBackend
from mnist_bench.engines.phones import MAX_CORE, PREFIX, find_phone_backends
from mnist_bench.engines.torch_backend import QNNPACK_INT8, TORCH_FP32, Mode, TorchBackend

MAX_THREADS = 64

_TORCH_OPTIONS = re.compile(r"(?::(eager|torchscript))?(?::([0-9]{1,4}))?")
_CORE = re.compile(r":core([0-9]{1,4})")


def local_backends() -> tuple[Backend, ...]:
    """Every backend of this computer, in its default mode."""
    return TORCH_FP32, QNNPACK_INT8, NATIVE_FP32, NATIVE_INT8


def all_choices(threads: int = 1) -> tuple[Backend, ...]:
    """Every backend of this computer that can run with this many threads, in each of its modes."""
    torch = (replace(one, mode=mode, threads=threads) for mode in Mode for one in (TORCH_FP32, QNNPACK_INT8))
    return *torch, *((NATIVE_FP32, NATIVE_INT8) if threads == 1 else ())


def find_backends(text: str) -> tuple[Backend, ...]:
    """The backends that `text` names: one of this computer, or one or both of a phone, `android[:SERIAL][:int8]`.

    Raises UsageError for words that cannot be understood, and what `the_phone` raises where it has to look for one.
    """
    if text == PREFIX or text.startswith(f"{PREFIX}:"):
        return find_phone_backends(text)
    return (_find_local(text),)


def find_backend(text: str) -> Backend:
    """The one backend that `text` names; UsageError where it names none, or both of a phone."""
    backend, *others = find_backends(text)
    if others:
        names = " or ".join(one.id for one in (backend, *others))
        raise UsageError(f"{text!r} names two backends.", advice=f"Choose {names}.")
    return backend


def _find_local(text: str) -> Backend:
    """The backend NAME[:MODE][:THREADS] or NAME[:coreN] of this computer."""
    name, _, options = text.partition(":")
    known = {backend.name: backend for backend in local_backends()}
    backend = known.get(name)
    rest = text[len(name) :]
    if isinstance(backend, TorchBackend):
        match = _TORCH_OPTIONS.fullmatch(rest)
        if match is not None:
            mode, threads = match.groups()
            return with_threads(replace(backend, mode=Mode(mode or Mode.EAGER)), int(threads or 1))
        advice = f"Use {name}, {name}:torchscript, or {name}:eager:2 for two threads."
        raise UsageError(f"{options!r} is not a mode or a number of threads of the backend {name}.", advice=advice)
    if isinstance(backend, NativeBackend):
        return replace(backend, core=_core(name, rest))
    raise UsageError(f"There is no backend {text!r}.", advice=f"Choose from: {', '.join(known)}, {PREFIX}.")


def with_threads(backend: Backend, threads: int) -> Backend:
    """The same backend with another number of threads; UsageError if it cannot have that many."""
    if not 1 <= threads <= MAX_THREADS:
        raise UsageError(f"{threads} threads are not possible.", advice=f"Choose 1 to {MAX_THREADS}.")
    if isinstance(backend, TorchBackend):
        return replace(backend, threads=threads)
    if threads != 1:
        raise UsageError(f"The backend {backend.name} computes with one thread.", advice="Leave --threads out for it.")
    return backend


def processor_count() -> int:
    """The processors that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _core(name: str, options: str) -> int | None:
    """The core in ":core3", None in ""."""
    if not options:
        return None
    match = _CORE.fullmatch(options)
    if match is None or int(match[1]) > MAX_CORE:
        advice = f"Use {name}, or {name}:core0 for its core 0."
        raise UsageError(f"{options[1:]!r} is not a core of the backend {name}.", advice=advice)
    return int(match[1])
