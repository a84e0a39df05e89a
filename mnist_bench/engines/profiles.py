"""Reads what engines' own profilers say of the nodes of a graph that this program has exported."""

import json
from collections import deque
from collections.abc import Sequence

from mnist_bench.engines.file_tracing import NodeTime, settled_mean
from mnist_bench.network.network import Network

_ONNX_NODE = "_kernel_time"
_TFLITE_NODE = "2"
_XNNPACK = {
    "ADD": ("Add",),
    "ADD and RELU": ("Add", "Clamp"),
    "AVERAGE_POOL_2D": ("Average Pooling",),
    "CONCATENATION": ("Copy",),
    "CONV_2D": ("Convolution",),
    "DEPTHWISE_CONV_2D": ("Convolution",),
    "ELU": ("ELU", "Invalid Unary Op"),
    "FULLY_CONNECTED": ("Static Reshape", "Fully Connected"),
    "LEAKY_RELU": ("LeakyReLU",),
    "LOGISTIC": ("Sigmoid",),
    "MAX_POOL_2D": ("Max Pooling",),
    "PRELU": ("PReLU",),
    "QUANTIZE": ("Convert",),
    "RELU": ("Clamp",),
    "RELU6": ("Clamp",),
    "RESHAPE": ("Static Reshape",),
    "RESIZE_BILINEAR": ("Resize Bilinear",),
    "TANH": ("TanH",),
}
"""What XNNPACK calls its nodes for TFLite's operators. Padding and transposition are not among them: they may be gone,
and where they are not, they belong to the operator that follows.
"""


def read_onnxruntime(profile: bytes, network: Network) -> Sequence[NodeTime]:
    """ONNX Runtime's: JSON, a list of events with whole microseconds (`dur`), a node's once for each run.

    ValueError, LookupError or TypeError where it is not that.
    """
    from mnist_bench.formats.export_onnx import place_of_node  # a window without this engine need not import onnx

    counts: dict[tuple[str, str], list[float]] = {}
    for event in json.loads(profile):
        name = str(event["name"])
        if event["cat"] == "Node" and name.endswith(_ONNX_NODE):
            node = name.removesuffix(_ONNX_NODE), str(event["args"]["op_name"])
            counts.setdefault(node, []).append(_microseconds(event["dur"]))
    return [
        NodeTime(place_of_node(name, network), kind, 1000 * settled_mean(durations))
        for (name, kind), durations in counts.items()
    ]


def read_litert(profile: bytes, operators: Sequence[tuple[str, int]]) -> Sequence[NodeTime]:
    """LiteRT's, as trace_litert.c writes it down, for a file with these operators and the places that they execute.

    What TFLite executes itself is told by the operator's number. XNNPACK tells its own nodes' kinds alone: the n-th of
    a kind is the n-th operator that XNNPACK executes so, and what fits none prepares what follows it.

    ValueError, LookupError or TypeError where it is not that.
    """
    runs = [[line.split(" ", 3) for line in run.splitlines()] for run in profile.decode().split("\n\n") if run.strip()]
    counts = [[_microseconds(int(count)) for _, _, count, _ in run] for run in runs]
    own = {int(number) for event, number, _, _ in runs[0] if event == _TFLITE_NODE} if runs else set()
    waiting: dict[str, deque[int]] = {}
    for number, (kind, executed) in enumerate(operators):
        for word in _XNNPACK.get(kind, ()) if number not in own else ():
            waiting.setdefault(word, deque()).append(executed)
    nodes = []
    for (event, number, _, words), *durations in zip(runs[0] if runs else (), *counts, strict=True):
        place: int | None = None
        if event == _TFLITE_NODE:
            if int(number) >= len(operators):
                continue  # XNNPACK as a whole
            place = operators[int(number)][1]
        elif found := next((queue for word, queue in waiting.items() if queue and words.startswith(word)), None):
            place = found.popleft()
        nodes.append(NodeTime(place, words.partition(" (")[0], 1000 * settled_mean(durations)))
    return nodes


def _microseconds(count: object) -> float:
    """A time; ValueError where it is none."""
    if not isinstance(count, int) or not 0 <= count < 1 << 40:
        raise ValueError("A time is out of range.")
    return float(count)
