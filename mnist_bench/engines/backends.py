"""The backends: what a person chooses, and the command that starts each one's runner."""

import importlib.util
import os
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from mnist_bench.engines.transport import python_command
from mnist_bench.errors import UsageError
from mnist_bench.network.network import Precision

MAX_THREADS = 64

_OPTIONS = re.compile(r"(?::(eager|torchscript))?(?::([0-9]{1,4}))?")


class Mode(StrEnum):
    """How PyTorch runs its modules: called from Python one by one, or as a frozen TorchScript program."""

    EAGER = "eager"
    TORCHSCRIPT = "torchscript"


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to execute a network: a runner, its mode and its number of threads.

    `name` is the plain id ("torch-fp32"); `id` names the mode and the threads too where they are not the default.
    """

    name: str
    plain_title: str
    precision: Precision
    runner: str
    mode: Mode = Mode.EAGER
    threads: int = 1

    @property
    def id(self) -> str:
        """What a person types for it, such as `torch-fp32`, `qnnpack-int8:torchscript` or `torch-fp32:eager:2`."""
        parts = [self.name]
        if self.mode is not Mode.EAGER or self.threads != 1:
            parts.append(str(self.mode))
        if self.threads != 1:
            parts.append(str(self.threads))
        return ":".join(parts)

    @property
    def title(self) -> str:
        """What a person reads."""
        mode = " · TorchScript" if self.mode is Mode.TORCHSCRIPT else ""
        return self.plain_title + mode + (f" · {self.threads} threads" if self.threads != 1 else "")

    def command(self) -> tuple[str, ...]:
        """The command that starts its runner."""
        return python_command(self.runner, "--mode", str(self.mode), "--threads", str(self.threads))

    def missing(self) -> str | None:
        """Why it cannot even be started, without starting it; None if it can be tried."""
        if importlib.util.find_spec("torch") is None:
            return "PyTorch is not installed: pip install torch==2.13.0"
        return None


TORCH_FP32 = Backend("torch-fp32", "PyTorch fp32", Precision.FP32, "mnist_bench.runners.torch_fp32")
QNNPACK_INT8 = Backend("qnnpack-int8", "QNNPACK int8", Precision.INT8, "mnist_bench.runners.torch_qnnpack")


def local_backends() -> tuple[Backend, ...]:
    """Every backend of this computer, in its default mode."""
    return TORCH_FP32, QNNPACK_INT8


def all_choices() -> tuple[Backend, ...]:
    """Every backend of this computer in each of its modes."""
    return tuple(replace(backend, mode=mode) for mode in Mode for backend in local_backends())


def find_backend(text: str) -> Backend:
    """The backend that `text` names: NAME[:MODE][:THREADS]; UsageError if there is none."""
    name, _, options = text.partition(":")
    known = {backend.name: backend for backend in local_backends()}
    if name not in known:
        raise UsageError(f"There is no backend {text!r}.", advice=f"Choose from: {', '.join(known)}.")
    match = _OPTIONS.fullmatch(text[len(name) :])
    if match is None:
        advice = f"Use {name}, {name}:torchscript, or {name}:eager:2 for two threads."
        raise UsageError(f"{options!r} is not a mode or a number of threads of the backend {name}.", advice=advice)
    mode, threads = match.groups()
    return with_threads(replace(known[name], mode=Mode(mode or Mode.EAGER)), int(threads or 1))


def with_threads(backend: Backend, threads: int) -> Backend:
    """The same backend with another number of threads; UsageError if that is not 1 to 64."""
    if not 1 <= threads <= MAX_THREADS:
        raise UsageError(f"{threads} threads are not possible.", advice=f"Choose 1 to {MAX_THREADS}.")
    return replace(backend, threads=threads)


def processor_count() -> int:
    """The processors that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
