"""ONNX Runtime and LiteRT: libraries that people install, each behind the same program in C."""

from collections.abc import Callable

from mnist_bench.base.locations import LIBRARY_RUNNER
from mnist_bench.devices.device import Launch, NeededLibrary
from mnist_bench.engines.kinds.kind import EngineKind, LoadRequest, Mode, Options, program_arguments
from mnist_bench.engines.libraries.table import ENGINE_LIBRARIES
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.tables import AxisOrder, Kind

_MAX_THREADS = 64
_START_SECONDS = 30.0  # reading a library of 35 MB from a slow disk takes its time


def _kind(name: str, encode: Callable[[Network, Precision], LoadFileRequest]) -> EngineKind:
    source = ENGINE_LIBRARIES[name]
    title = source.title
    library = NeededLibrary(name, title, tuple(source.packages))

    def launch(_precision: Precision, options: Options, awake: bool) -> Launch:
        arguments = ("--threads", str(options.threads), *program_arguments(options, awake))
        return Launch(f"{title} runner", arguments, program=LIBRARY_RUNNER, threads=options.threads, library=library)

    return EngineKind(
        name=name,
        title=title,
        precisions=(Precision.FP32, Precision.INT8),
        modes=(Mode("", "C API"),),
        start_seconds=_START_SECONDS,
        launch=launch,
        max_threads=_MAX_THREADS,
        can_pin=True,
        library=library,
        encode=lambda network, precision: LoadRequest(Kind.LOAD_FILE, encode(network, precision).encode()),
    )


def _as_onnx(network: Network, precision: Precision) -> LoadFileRequest:
    from mnist_bench.formats.export_onnx import export_onnx  # a window without this engine need not import onnx

    return LoadFileRequest("onnx", export_onnx(network, precision), AxisOrder.NCHW)


def _as_tflite(network: Network, precision: Precision) -> LoadFileRequest:
    from mnist_bench.formats.export_tflite import export_tflite  # likewise

    return LoadFileRequest("tflite", export_tflite(network, precision), AxisOrder.NHWC)


ONNXRUNTIME = _kind("onnxruntime", _as_onnx)
LITERT = _kind("litert", _as_tflite)
