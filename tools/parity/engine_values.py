"""What every operator of a network puts out inside an engine whose files can be told to put it out, in int8."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mnist_bench.engines.backend import Backend
from mnist_bench.engines.connection import Connection, Request
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tables import Kind
from mnist_bench.protocol.tracing import TraceFileRequest

Bytes = npt.NDArray[np.uint8]
Values = Mapping[int, Bytes]
"""By the operator's place in the network, uint8 (N, ...), the axes in the network's order."""

_SECONDS = 60.0


def values_in(backend: Backend, network: Network, images: Pixels) -> Values:
    """For uint8 images (N, 28, 28), by a runner of its own; raises EngineError and others where that cannot be."""
    files = backend.trace_files(network)
    assert files is not None, f"{backend.title} has no files."
    assert network.activations is not None
    requests = (
        Request(TraceFileRequest(files.telling, image, is_timed=False).encode(), files.values) for image in images
    )
    answers: list[dict[int, npt.NDArray[np.float32]]] = []
    connection = Connection(backend.title, backend.connect())
    try:
        while len(answers) < len(images):
            some = connection.ask_some(Kind.TRACE_FILE, requests, _SECONDS, lambda: False)
            answers += [answer.value for answer in some]
    finally:
        connection.close(1.0)
    values = {}
    for place in answers[0]:
        own = network.activations[place]
        steps = np.rint(np.stack([answer[place] for answer in answers]) / np.float32(own.scale))
        values[place] = (steps.astype(np.int64) + own.zero_point).astype(np.uint8)
    return values
