"""What an engine kind is: what it computes in, which options it takes, and how its runner is started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mnist_bench.devices.device import Launch, NeededLibrary
from mnist_bench.engines.file_tracing import FileTracing
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.tables import Kind


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which an engine kind executes a network.

    Attributes:
        name: as it stands in an id, such as "torchscript"; empty for a kind that has only this mode.
        words: as people write it.
        has_layers: whether its runner can trace single layers; one that cannot traces them in the kind's first mode.
    """

    name: str
    words: str
    has_layers: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    """How a backend computes: the name of a mode, a number of threads, and the core it is pinned to (None: any)."""

    mode: str = ""
    threads: int = 1
    core: int | None = None


NO_OPTIONS = Options()


def runner_arguments(options: Options, awake: bool) -> tuple[str, ...]:
    """What runners take: the core, where their kind can be pinned to one, and to keep it awake between requests."""
    core = () if options.core is None else ("--core", str(options.core))
    return (*core, "--awake") if awake else core


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """The request that loads a network into a runner: its kind, and its payload."""

    kind: Kind
    payload: bytes


def encode_on_stream(network: Network, precision: Precision) -> LoadRequest:
    """A network on the stream, as this program's own runners take it; NetworkError if it is not quantized for int8."""
    return LoadRequest(Kind.LOAD, encode_network(network, precision))


@dataclass(frozen=True, slots=True)
class EngineKind:
    """One kind of engine; it knows nothing of devices but what they may be able to do.

    Attributes:
        name: as it stands in an id, such as "torch".
        title: as people write it, such as "PyTorch".
        precisions: what it computes in.
        modes: the first one is the default.
        start_words: what takes time until it answers, for those who wait.
        max_threads: how many threads it can use.
        can_pin: whether its runner can be pinned to a core, where the device allows that.
        needs_python: whether its runner is a module of Python; else it is a program that any device may have.
        start_seconds: how long its runner may take, once started, until it says who it is.
        load_seconds: how long it may take to load a network.
        needs: what a precision needs that not every device has, in words; a runner that finds it there names the
            precision in its `hello`.
        is_int8_reference: whether other kinds' int8 answers are meant to be bit-identical to its own.
        fp32_kind: the kind whose fp32 its other precisions are compared with, if that is another one.
        dot_products: from what its runner tells (`facts`), whether its int8 kernels use the processor's dot products
            (VNNI, Arm's dotprod); None where that is not known.
        library: what has to be installed for it; None if it comes with this program.
        file_format: of the files of other programs that it runs as they are; empty for a kind that runs none.
        encode: makes the request that loads a network; NetworkError or FormatError where it cannot.
        trace_files: how a network is traced whose runner takes files; NetworkError or FormatError where it cannot be.
            None for a runner that traces what it has loaded.
        timed_by: who times its layers, if not the runner itself, and what that leaves out.
        launch: how its runner is started for a precision and options; the last argument asks it to keep its core awake
            from one request to the next.
    """

    name: str
    title: str
    precisions: tuple[Precision, ...]
    modes: tuple[Mode, ...]
    start_seconds: float
    launch: Callable[[Precision, Options, bool], Launch]
    load_seconds: float = 60.0
    start_words: str = "The first start takes longest: the runner loads its libraries or is copied to its device."
    max_threads: int = 1
    can_pin: bool = False
    needs_python: bool = False
    needs: Mapping[Precision, str] = field(default_factory=dict, hash=False)
    is_int8_reference: bool = False
    fp32_kind: "EngineKind | None" = None
    dot_products: Callable[[Mapping[str, str]], bool | None] = lambda _facts: None
    library: NeededLibrary | None = None
    file_format: str = ""
    encode: Callable[[Network, Precision], LoadRequest] = encode_on_stream
    trace_files: Callable[[Network, Precision], FileTracing] | None = None
    timed_by: str = ""

    def mode(self, name: str) -> Mode:
        """The mode of that name, the default one for an empty name; KeyError if there is none."""
        return {"": self.modes[0], **{mode.name: mode for mode in self.modes}}[name]
