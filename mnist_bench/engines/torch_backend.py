"""The backends that run PyTorch on this computer, in a Python process of their own."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mnist_bench.engines.backend import never
from mnist_bench.engines.lane import THIS_COMPUTER, Lane
from mnist_bench.engines.transport import SubprocessTransport, Transport, python_command
from mnist_bench.network.network import Precision


class Mode(StrEnum):
    """How PyTorch runs its modules: called from Python one by one, or as a frozen TorchScript program."""

    EAGER = "eager"
    TORCHSCRIPT = "torchscript"

    @property
    def words(self) -> str:
        """As people write it."""
        return {Mode.EAGER: "eager", Mode.TORCHSCRIPT: "TorchScript"}[self]


@dataclass(frozen=True, slots=True)
class TorchBackend:
    """PyTorch: `runner` is the module that is started, in a mode and with a number of threads."""

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
        mode = f" · {self.mode.words}" if self.mode is not Mode.EAGER else ""
        return self.plain_title + mode + (f" · {self.threads} threads" if self.threads != 1 else "")

    @property
    def mode_words(self) -> str:
        """For example "eager · 1 thread"."""
        return f"{self.mode.words} · {self.threads} thread{'s' if self.threads != 1 else ''}"

    @property
    def lane(self) -> Lane:
        """That of this computer."""
        return THIS_COMPUTER

    @property
    def start_seconds(self) -> float:
        """Reading PyTorch from a slow disk takes its time."""
        return 120.0

    def command(self, *, awake: bool = False) -> tuple[str, ...]:
        """The command that starts its runner."""
        options = ("--mode", str(self.mode), "--threads", str(self.threads), *(("--awake",) if awake else ()))
        return python_command(self.runner, *options)

    def missing(self) -> str | None:
        """That PyTorch is not installed; None if it is."""
        if importlib.util.find_spec("torch") is None:
            return "PyTorch is not installed: pip install torch==2.13.0"
        return None

    def connect(
        self,
        given_up: Callable[[], bool] = never,  # noqa: ARG002 - it takes no time
        *,
        awake: bool = False,
    ) -> Transport:
        """Start its runner; RunnerUnavailable if the system cannot."""
        return SubprocessTransport(self.command(awake=awake), threads=self.threads)


TORCH_FP32 = TorchBackend("torch-fp32", "PyTorch fp32", Precision.FP32, "mnist_bench.runners.torch_fp32")
QNNPACK_INT8 = TorchBackend("qnnpack-int8", "QNNPACK int8", Precision.INT8, "mnist_bench.runners.torch_qnnpack")
