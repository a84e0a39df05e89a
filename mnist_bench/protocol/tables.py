"""The protocol's numbers: kinds of requests, error codes, limits.

`make protocol` writes them to the C runners' header and to docs/protocol.md, with what their docstrings say.
"""

from enum import IntEnum
from typing import Self

from mnist_bench.network.network import INPUT_SHAPE

PROTOCOL_MAGIC = b"MNBP"
"""The first bytes of every frame."""
PROTOCOL_VERSION = 1
"""Of the frames and messages."""
FRAME_HEADER = 16
"""Bytes of a frame's header."""
KIND_ANSWER = 128
"""An answer's kind is its request's kind plus this."""
KIND_ERROR = 255
"""The kind of an answer that is an error."""
MAX_REQUEST = 128 << 20
"""Bytes of a request's payload (128 MiB)."""
MAX_ANSWER = 64 << 20
"""Bytes of an answer's payload (64 MiB)."""
MAX_TEXT = 4096
"""Bytes of a text."""
IMAGE_SIDE = INPUT_SHAPE[-1]
"""Pixels along each side of an image."""
IMAGE_PIXELS = IMAGE_SIDE * IMAGE_SIDE
"""Bytes of an image."""
LARGE_SIDE = 32
"""Pixels along each side of an image that a file may read instead."""
MAX_IMAGES = 400
"""Images in a `classify`."""
MAX_RUNS = 100_000
"""Runs of a `time`, and as many for its warm-up."""
MAX_AXES = 4
"""Axes of an output in a `trace`."""
MAX_FACTS = 64
"""Facts, and capabilities, in the answer to a `hello`."""
MAX_NS = 1 << 43
"""A time in an answer: two hours and a half, longer than any deadline."""
MAX_MEMORY = 1 << 48
"""Bytes of memory in an answer."""
TRACE_ENTRY_BYTES = 256
"""What an entry of a `trace` is taken to need besides its output, in bytes."""
MOST_TRACED_RUNS = 12
"""Runs of a `trace_file` whose nodes are timed, at most."""
TRACED_NS = 20_000_000
"""After how long no further run of a `trace_file` begins, if there were two."""
AWAKE_NS = 5_000_000
"""How long `--awake` polls for the next request: longer than an engine takes, over USB too."""
LOOK_AT_INPUT_NS = 50_000_000
"""How often a long request checks whether anyone is still listening."""
ABANDONED_NS = 500_000_000
"""How long a runner goes on with one request after its input has ended."""


class Named(IntEnum):
    """Numbers that stand in frames, each with a few words of what it means."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        """The member `number`."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member


class Kind(Named):
    """What a request asks for."""

    HELLO = 1, "who is there"
    LOAD = 2, "make a network ready"
    CLASSIFY = 3, "the logits of some images"
    TIME = 4, "the hot loop: one image again and again"
    TRACE = 5, "one image, layer by layer"
    CLOSE = 6, "the end"
    LOAD_FILE = 7, "make a file in an engine's own format ready"
    TRACE_FILE = 8, "one image through such a file: its outputs, and the engine's own times"
    PEAK = 9, "how many multiply-adds the core makes in a second at most"


class Placement(Named):
    """How 28 x 28 pixels become what a file reads."""

    AS_THEY_ARE = 0, "28 x 28, as they are"
    CENTRED = 1, "in the middle of 32 x 32, the rest being background"
    ENLARGED = 2, "enlarged to 32 x 32 as `resize_bilinear` does it"


class AxisOrder(Named):
    """The order of a file's axes."""

    NCHW = 0, "channels first"
    NHWC = 1, "channels last"


class Output(Named):
    """What a file puts out."""

    LOGITS = 0, "logits"
    PROBABILITIES = 1, "probabilities, whose logarithm is taken"


class Element(Named):
    """What an output of a file holds."""

    FLOAT32 = 0, "f32"
    INT8 = 1, "signed bytes"
    UINT8 = 2, "unsigned bytes"


class ErrorCode(Named):
    """Why a request was refused."""

    FRAMING = 1, "the stream cannot be understood; the runner ends"
    UNKNOWN_KIND = 2, "a request of a kind that this runner does not know"
    BAD_PAYLOAD = 3, "a payload that does not fit its kind"
    BAD_NETWORK = 4, "an encoding that is not a sound network"
    UNSUPPORTED = 5, "a sound network or request that this runner cannot execute"
    NO_NETWORK = 6, "classify, time or trace before a network was loaded"
    UNAVAILABLE = 7, "the backend cannot run here"
    FAILED = 8, "the runner failed while doing as asked"
