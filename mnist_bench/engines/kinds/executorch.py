"""ExecuTorch: packages that people install, behind a module of Python that is started as a runner."""

from mnist_bench.devices.device import Launch, NeededLibrary
from mnist_bench.engines.kinds.kind import EngineKind, LoadRequest, Mode, Options, encode_on_stream, runner_arguments
from mnist_bench.engines.kinds.torch import PACKAGES, START_SECONDS
from mnist_bench.engines.libraries.table import ENGINE_LIBRARIES
from mnist_bench.formats.xnnpack import refuse_steep
from mnist_bench.network.network import Network, Precision

_MAX_THREADS = 64
_LOAD_SECONDS = 300.0  # an export takes 10 to 20 by itself, and others may run beside it

_SOURCE = ENGINE_LIBRARIES["executorch"]
_LIBRARY = NeededLibrary(_SOURCE.name, _SOURCE.title, tuple(_SOURCE.packages))


def _launch(_precision: Precision, options: Options, awake: bool) -> Launch:
    return Launch(
        f"{_SOURCE.title} runner",
        ("--threads", str(options.threads), *runner_arguments(options, awake)),
        module="mnist_bench.runners.executorch_runner",
        packages=PACKAGES,
        threads=options.threads,
        library=_LIBRARY,
    )


def _encode(network: Network, precision: Precision) -> LoadRequest:
    if precision is Precision.INT8:
        refuse_steep(network, _SOURCE.title)
    return encode_on_stream(network, precision)


EXECUTORCH = EngineKind(
    name=_SOURCE.name,
    title=_SOURCE.title,
    precisions=(Precision.FP32, Precision.INT8, Precision.FP16),
    modes=(Mode("", "XNNPACK, called from Python"),),
    start_seconds=START_SECONDS,
    launch=_launch,
    load_seconds=_LOAD_SECONDS,
    start_words="The first time, this network is exported to ExecuTorch's format, which takes some 10 seconds.",
    max_threads=_MAX_THREADS,
    needs_python=True,
    library=_LIBRARY,
    encode=_encode,
)
