"""What every operator of a network puts out inside an engine, in int8."""

import subprocess
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mnist_bench.devices import libraries
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.connection import Connection, Request
from mnist_bench.engines.errors import EngineError
from mnist_bench.engines.file_tracing import FileTracing
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tables import Kind
from mnist_bench.protocol.tracing import TraceFileRequest
from tools.parity.executorch_values import values_in_executorch

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Values = Mapping[int, Bytes]
"""By the operator's place in the network, uint8 (N, ...), the axes in the network's order."""

_SECONDS = 60.0


def values_in(backend: Backend, network: Network, images: Pixels) -> Values:
    """For uint8 images (N, 28, 28), by a runner of its own; raises EngineError and others where that cannot be."""
    assert network.activations is not None
    files = backend.trace_files(network)
    floats = _in_executorch(network, images) if files is None else _traced(backend, files, images)
    values = {}
    for place, numbers in floats.items():
        own = network.activations[place]
        steps = np.rint(numbers / np.float32(own.scale))
        values[place] = (steps.astype(np.int64) + own.zero_point).astype(np.uint8)
    return values


def _traced(backend: Backend, files: FileTracing, images: Pixels) -> dict[int, Floats]:
    """By an engine whose files can be told to put them out."""
    requests = (
        Request(TraceFileRequest(files.telling, image, is_timed=False).encode(), files.values) for image in images
    )
    answers: list[dict[int, Floats]] = []
    connection = Connection(backend.title, backend.connect())
    try:
        while len(answers) < len(images):
            some = connection.ask_some(Kind.TRACE_FILE, requests, _SECONDS, lambda: False)
            answers += [answer.value for answer in some]
    finally:
        connection.close(1.0)
    return {place: np.stack([answer[place] for answer in answers]) for place in answers[0]}


def _in_executorch(network: Network, images: Pixels) -> dict[int, Floats]:
    library = libraries.find("executorch", this_abi() or "")
    assert library is not None, "ExecuTorch has answered before."
    try:
        return values_in_executorch(library.path, network, images)
    except subprocess.SubprocessError as error:
        raise EngineError(f"ExecuTorch's values cannot be read: {error}") from error
