"""A backend: an engine kind, a precision, options and a device, and all that is known of it before it starts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from mnist_bench.base import words
from mnist_bench.devices.device import Device, Launch, never
from mnist_bench.devices.lane import Lane
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.errors import RunnerUnreachable
from mnist_bench.engines.file_tracing import FileTracing
from mnist_bench.engines.kinds.kind import NO_OPTIONS, EngineKind, LoadRequest, Mode, Options
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import check_runs_in


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to execute a network: a value that can be compared, hashed and kept, and that starts its own runner.

    What a started runner can do is what its `hello` says; this is what is known before.
    """

    kind: EngineKind
    precision: Precision
    options: Options = NO_OPTIONS
    device: Device = THIS_COMPUTER

    # Names.

    @property
    def name(self) -> str:
        """ENGINE-PRECISION, such as `torch-fp32`, whatever the options and the device are."""
        return f"{self.kind.name}-{self.precision}"

    @property
    def id(self) -> str:
        """What a person types for it: the name, the options that are not the default, and @DEVICE."""
        options, mode = self.options, self.mode
        parts = [self.name]
        if mode.name and (mode is not self.kind.modes[0] or options.threads != 1):
            parts.append(mode.name)
        parts += [str(options.threads)] if options.threads != 1 else []
        parts += [f"core{options.core}"] if options.core is not None else []
        return ":".join(parts) + (f"@{self.device.id}" if self.device.id else "")

    @property
    def plain_title(self) -> str:
        """What a person reads, without the options: "PyTorch fp32", "Pixel 7 · Native int8"."""
        title = f"{self.kind.title} {self.precision}"
        return f"{self.device.title} · {title}" if self.device.id else title

    @property
    def title(self) -> str:
        """What a person reads: "QNNPACK int8 · TorchScript", "Pixel 7 · Native int8 · core 4"."""
        options, mode = self.options, self.mode
        parts = [self.plain_title]
        parts += [mode.words] if mode is not self.kind.modes[0] else []
        parts += [f"{options.threads} threads"] if options.threads != 1 else []
        parts += [f"core {options.core}"] if options.core is not None else []
        return " · ".join(parts)

    @property
    def mode_words(self) -> str:
        """How it computes, in a few words: "eager · 1 thread", "C · core 4"."""
        threads, core = self.options.threads, self.options.core
        where = words.plural(threads, "thread") if core is None else f"core {core}"
        caution = self.device.caution(self._launch())
        return " · ".join(filter(None, (self.mode.words, where, caution)))

    # What it is and can be.

    @property
    def mode(self) -> Mode:
        """How its kind executes a network."""
        return self.kind.mode(self.options.mode)

    @property
    def threads(self) -> int:
        """How many threads it computes with."""
        return self.options.threads

    @property
    def core(self) -> int | None:
        """The core that it is pinned to; None: any."""
        return self.options.core

    @property
    def can_pin(self) -> bool:
        """Whether it can be pinned to a core."""
        return self.kind.can_pin and self.device.max_core is not None

    @property
    def can_thread(self) -> bool:
        """Whether it can compute with more than one thread."""
        return self.kind.max_threads > 1

    @property
    def is_reference(self) -> bool:
        """Whether other int8 backends' answers are meant to be bit-identical to its own."""
        return self.kind.is_int8_reference and self.precision is Precision.INT8

    @property
    def traced_as(self) -> "Backend":
        """The backend whose layers its runner traces: itself, or itself in a mode that has layers to look at."""
        return self if self.mode.has_layers else replace(self, options=replace(self.options, mode=""))

    @property
    def compiled(self) -> "Backend":
        """Itself in the mode that makes one program of all layers, if its kind has one; else itself."""
        mode = next((mode.name for mode in self.kind.modes if not mode.has_layers), self.options.mode)
        return replace(self, options=replace(self.options, mode=mode))

    @property
    def in_fp32(self) -> "Backend | None":
        """What it is compared with in another precision than fp32: its engine in fp32, or for QNNPACK PyTorch, with the
        same options.
        """
        kind = self.kind.fp32_kind or self.kind
        if not self.precision.is_reduced or Precision.FP32 not in kind.precisions:
            return None
        return replace(self, kind=kind, precision=Precision.FP32)

    def lacks(self, capabilities: Collection[str]) -> str:
        """What it needs and its device lacks, by the capabilities of a runner of its kind there; empty where that is
        nothing, or where only a start can tell.
        """
        return "" if self.precision in capabilities else self.kind.needs.get(self.precision, "")

    def with_core(self, core: int | None) -> "Backend":
        """The same, pinned to another core, or to none; itself where it cannot be pinned."""
        return replace(self, options=replace(self.options, core=core)) if self.can_pin else self

    def titled(self, device_title: str) -> "Backend":
        """The same, on its device by another title."""
        return replace(self, device=self.device.titled(device_title))

    def encode(self, network: Network) -> LoadRequest:
        """The request that loads `network` into its runner.

        Raises NetworkError as `check`, FormatError if the engine's format lacks something.
        """
        self.check(network)
        return self.kind.encode(network, self.precision)

    def trace_files(self, network: Network) -> FileTracing | None:
        """How its layers are traced through files; None for a runner that traces what it has loaded.

        Raises as `encode`.
        """
        return None if self.kind.trace_files is None else self.kind.trace_files(network, self.precision)

    def can_run(self, network: Network) -> bool:
        """Whether `network` has what it needs."""
        try:
            self.check(network)
        except NetworkError:
            return False
        return True

    def check(self, network: Network) -> None:
        """NetworkError where `network` lacks what it needs: operators, int8 parameters, or the file that it was
        imported from, in the engine's format; or has a parameter that its precision cannot hold.
        """
        if self.precision is not Precision.ORIGINAL:
            check_runs_in(network, self.precision)
        elif network.original is None or network.original.format != self.kind.file_format:
            suffix = f".{self.kind.file_format}"
            raise NetworkError(
                f"The network {network.name!r} has no {suffix} file that {self.kind.title} could run as it is.",
                advice=f"Import one: `mnist-bench import FILE{suffix}`.",
            )

    # Its runner.

    @property
    def lane(self) -> Lane:
        """Where its runner takes turns."""
        return self.device.lane

    @property
    def start_seconds(self) -> float:
        """How long its runner may take, once started, until it says who it is."""
        return self.kind.start_seconds + self.device.start_seconds

    @property
    def load_seconds(self) -> float:
        """How long its runner may take to load a network."""
        return self.kind.load_seconds

    @property
    def start_words(self) -> str:
        """What takes time until it answers, for those who wait."""
        return self.kind.start_words

    def missing(self) -> str | None:
        """Why it cannot even be started, without starting it; None if it can be tried."""
        return self.device.missing(self._launch())

    def connect(self, given_up: Callable[[], bool] = never, *, awake: bool = False) -> Transport:
        """Start its runner, which keeps its core `awake` from one request to the next where that is asked for.

        Raises RunnerUnavailable, or an error of the device, where that cannot be, Cancelled once `given_up` is true.
        """
        return self.device.open(self._launch(awake), given_up)

    def is_away(self, error: Exception) -> bool:
        """Whether `error` ends by itself once its device can be reached again."""
        return isinstance(error, RunnerUnreachable) or self.device.is_away(error)

    def _launch(self, awake: bool = False) -> Launch:
        return self.kind.launch(self.precision, self.options, awake)
