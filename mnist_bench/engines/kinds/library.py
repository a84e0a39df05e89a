"""ONNX Runtime and LiteRT: libraries that people install, each behind the same program in C."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mnist_bench.base.locations import LIBRARY_RUNNER
from mnist_bench.devices.device import Launch, NeededLibrary
from mnist_bench.engines.file_tracing import FileTracing, ReadProfile
from mnist_bench.engines.kinds.kind import EngineKind, LoadRequest, Mode, Options, runner_arguments
from mnist_bench.engines.libraries.table import ENGINE_LIBRARIES
from mnist_bench.engines.profiles import read_litert, read_onnxruntime
from mnist_bench.formats.telling import TellingFile
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.original import Fit, OriginalFile
from mnist_bench.protocol.loading import LoadFileRequest
from mnist_bench.protocol.tables import AxisOrder, Kind, Output, Placement

_MAX_THREADS = 64
_START_SECONDS = 30.0  # reading a library of 35 MB from a slow disk takes its time

_PLACEMENTS = {
    Fit.AS_THEY_ARE: Placement.AS_THEY_ARE,
    Fit.CENTRED: Placement.CENTRED,
    Fit.ENLARGED: Placement.ENLARGED,
}


def _kind(
    name: str,
    file_format: str,
    export: Callable[[Network, Precision], LoadFileRequest],
    tell: Callable[[Network, Precision], tuple[TellingFile, ReadProfile]],
) -> EngineKind:
    source = ENGINE_LIBRARIES[name]
    title = source.title
    library = NeededLibrary(name, title, tuple(source.packages))

    def launch(_precision: Precision, options: Options, awake: bool) -> Launch:
        arguments = ("--threads", str(options.threads), *runner_arguments(options, awake))
        return Launch(f"{title} runner", arguments, program=LIBRARY_RUNNER, threads=options.threads, library=library)

    def encode(network: Network, precision: Precision) -> LoadRequest:
        is_original = precision is Precision.ORIGINAL
        request = _as_it_is(network.original) if is_original else export(network, precision)
        return LoadRequest(Kind.LOAD_FILE, request.encode())

    def trace_files(network: Network, precision: Precision) -> FileTracing:
        if precision is Precision.ORIGINAL:
            raise NetworkError(f"{title} runs the file as it is, and its parts are not the network's layers.")
        plain = export(network, precision)
        outputs, read_profile = tell(network, precision)
        return FileTracing(network, plain, replace(plain, file=outputs.data), outputs, read_profile)

    return EngineKind(
        name=name,
        title=title,
        precisions=(Precision.FP32, Precision.INT8, Precision.ORIGINAL),
        modes=(Mode("", "C API"),),
        start_seconds=_START_SECONDS,
        launch=launch,
        max_threads=_MAX_THREADS,
        can_pin=True,
        library=library,
        file_format=file_format,
        encode=encode,
        trace_files=trace_files,
        timed_by=f"{title}'s profiler, which counts whole µs",
    )


def _as_it_is(original: OriginalFile | None) -> LoadFileRequest:
    """The file that a network was imported from; FormatError where it cannot be given to an engine."""
    assert original is not None  # noqa: S101 - the backend has checked that
    from mnist_bench.formats.runnable import refuse_unfit  # a window that runs none need not import onnx

    refuse_unfit(original)
    return LoadFileRequest(
        original.format,
        original.data,
        AxisOrder.NHWC if original.channels_last else AxisOrder.NCHW,
        original.channels,
        _PLACEMENTS[original.fit],
        original.scale,
        original.offset,
        Output.PROBABILITIES if original.puts_out_probabilities else Output.LOGITS,
    )


def _as_onnx(network: Network, precision: Precision) -> LoadFileRequest:
    from mnist_bench.formats.export_onnx import export_onnx  # a window without this engine need not import onnx

    return LoadFileRequest("onnx", export_onnx(network, precision), AxisOrder.NCHW, scale=1.0)


def _as_tflite(network: Network, precision: Precision) -> LoadFileRequest:
    from mnist_bench.formats.export_tflite import export_tflite  # likewise
    from mnist_bench.formats.xnnpack import refuse_steep

    if precision is Precision.INT8:
        refuse_steep(network, ENGINE_LIBRARIES["litert"].title)
    return LoadFileRequest("tflite", export_tflite(network, precision), AxisOrder.NHWC)


def _telling_onnx(network: Network, precision: Precision) -> tuple[TellingFile, ReadProfile]:
    from mnist_bench.formats.export_onnx import telling_onnx  # likewise

    return telling_onnx(network, precision), partial(read_onnxruntime, network=network)


def _telling_tflite(network: Network, precision: Precision) -> tuple[TellingFile, ReadProfile]:
    from mnist_bench.formats.export_tflite import telling_tflite  # likewise

    outputs = telling_tflite(network, precision)
    return outputs, partial(read_litert, operators=outputs.operators)


ONNXRUNTIME = _kind("onnxruntime", "onnx", _as_onnx, _telling_onnx)
LITERT = _kind("litert", "tflite", _as_tflite, _telling_tflite)
