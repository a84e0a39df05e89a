"""How many images a request has, and where its answer's logits go."""

import struct

import numpy as np
import pytest

from mnist_bench.engines.classifying import Classifying
from mnist_bench.engines.connection import Answered
from mnist_bench.protocol.messages import ClassifyAnswer
from mnist_bench.protocol.tables import IMAGE_PIXELS

IMAGES = np.random.default_rng(3).integers(0, 256, (2000, 28, 28), np.uint8)


def answered(classifying: Classifying, image_ns: int) -> tuple[list[int], list[Answered[ClassifyAnswer]]]:
    """Every request answered by a runner that takes so long for an image, whose first ten pixels are its logits."""
    sizes, answers = [], []
    for request in classifying:
        (count,) = struct.unpack_from("<I", request.payload)
        pixels = np.frombuffer(request.payload, np.uint8, offset=4).reshape(count, IMAGE_PIXELS)
        answer = ClassifyAnswer(pixels[:, :10].astype(np.float32), count * image_ns, 7)
        sizes.append(count)
        answers.append(Answered(request.decode(answer.encode()), 2 * count * image_ns))
    return sizes, answers


@pytest.mark.parametrize(
    ("image_ns", "sizes"),
    [
        (1, [100, 200, 400, 400, 400, 400, 100]),
        (1_000, [100, 200, 400, 400, 400, 400, 100]),
        (20_000, [100, *[150] * 12, 100]),
        (30_000, [100] * 20),
        (10**9, [100] * 20),
    ],
)
def test_requests_grow_where_the_runner_is_quick(
    monkeypatch: pytest.MonkeyPatch, image_ns: int, sizes: list[int]
) -> None:
    monkeypatch.setattr("mnist_bench.engines.classifying._MOST_IMAGES", 400)  # on every system
    assert answered(Classifying(IMAGES), image_ns)[0] == sizes


def test_each_answer_lies_where_its_images_lie() -> None:
    classifying = Classifying(IMAGES)
    sizes, answers = answered(classifying, 1_000)
    first, rest = classifying.piece(answers[:2]), classifying.piece(answers[2:])
    assert classifying.is_done
    np.testing.assert_array_equal(np.concatenate([first.logits, rest.logits]), IMAGES.reshape(-1, IMAGE_PIXELS)[:, :10])
    assert [timing.images for piece in (first, rest) for timing in piece.timings] == sizes
    assert first.peak_memory_bytes == 7
