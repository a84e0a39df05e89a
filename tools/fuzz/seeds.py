"""Real sessions for the fuzzer to start from: each kind of request and of layer, in each precision."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import PRECISIONS, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, encode_frame
from mnist_bench.protocol.messages import ClassifyRequest, TimeRequest
from mnist_bench.protocol.tables import Kind
from mnist_bench.protocol.tracing import TraceRequest
from tests.networks import tiny_network
from tools.parity.networks import network_of

_MOST_BYTES = 12_000
_MOST_WORK = 300_000
_NETWORKS = 150
_SETS = 8  # no runner has more kernel sets


def write_seeds(folder: Path) -> int:
    """Put each session into a file of its own; how many there are."""
    rng = np.random.default_rng(0)
    count = 0
    for count, network in enumerate(_networks(), 1):
        images = rng.integers(0, 256, (2, 28, 28), np.uint8)
        requests = (
            (Kind.HELLO, b""),
            (Kind.LOAD, network),
            (Kind.CLASSIFY, ClassifyRequest(images).encode()),
            (Kind.TRACE, TraceRequest(images[0]).encode()),
            (Kind.TIME, TimeRequest(images[1], 1, 2).encode()),
            (Kind.PEAK, b""),
            (Kind.CLOSE, b""),
        )
        frames = b"".join(encode_frame(Frame(kind, number, payload)) for number, (kind, payload) in enumerate(requests))
        (folder / f"seed-{count}").write_bytes(bytes([count % _SETS]) + frames)
    return count


def _networks() -> Iterator[bytes]:
    for precision in (*PRECISIONS, Precision.FP16):
        yield encode_network(tiny_network(), precision)
        for network in map(network_of, range(_NETWORKS)):
            with contextlib.suppress(NetworkError):  # fp16 has not every number
                encoded = encode_network(network, precision)
                if len(encoded) <= _MOST_BYTES and network.work <= _MOST_WORK:
                    yield encoded
