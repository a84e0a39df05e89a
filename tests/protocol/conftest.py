"""An executor of plain NumPy, and whole conversations with `serve` in memory."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.frames import Frame, encode_frame, read_frame
from mnist_bench.protocol.messages import Pixels, RunnerInfo
from mnist_bench.protocol.serve import serve
from mnist_bench.protocol.tables import MAX_ANSWER
from mnist_bench.protocol.tracing import LayerTrace

INFO = RunnerInfo("mnist-bench numpy", "1.2.3", 2, ("fp32", "trace"), {"numpy": "some", "mode": "plain"})


@dataclass
class PixelExecutor:
    """Its logits are an image's first ten pixels. `trouble`, if there is any, is raised by whatever it is asked for."""

    trouble: BaseException | None = None
    loaded: list[tuple[Network, Precision]] = field(default_factory=list)
    bias: float = 0.0
    runs: int = 0

    def info(self) -> RunnerInfo:
        self._meet_trouble()
        return INFO

    def load(self, network: Network, precision: Precision) -> int:
        self._meet_trouble()
        self.loaded = [(network, precision)]
        return network.parameter_count

    def unload(self) -> None:
        self.loaded = []

    @property
    def is_loaded(self) -> bool:
        return bool(self.loaded)

    def run(self, images: Pixels) -> npt.NDArray[np.float32]:
        self._meet_trouble()
        self.runs += 1
        return images.reshape(len(images), -1)[:, :10].astype(np.float32) + np.float32(self.bias)

    def trace(self, pixels: Pixels) -> tuple[LayerTrace, ...]:
        self._meet_trouble()
        values = pixels.astype(np.float32)
        return LayerTrace("flatten", 0, 0, 5, values.reshape(-1)), LayerTrace("linear + relu", 1, 2, 7, values[:1])

    def peak_memory_bytes(self) -> int:
        return 1 << 33

    def _meet_trouble(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def executor() -> PixelExecutor:
    return PixelExecutor()


Converse = Callable[..., tuple[int, list[Frame]]]


@pytest.fixture
def converse(executor: PixelExecutor) -> Converse:
    """Sends frames (or bytes as they are) to `serve`; returns its status and its answers."""

    def talk(*requests: Frame | bytes, input_ended: Sequence[bool] = ()) -> tuple[int, list[Frame]]:
        data = b"".join(request if isinstance(request, bytes) else encode_frame(request) for request in requests)
        ended = iter(input_ended)
        writer = io.BytesIO()
        status = serve(io.BytesIO(data), writer, executor, lambda: next(ended, True) if input_ended else False)
        answers = io.BytesIO(writer.getvalue())
        return status, list(iter(lambda: read_frame(answers, MAX_ANSWER), None))

    return talk
