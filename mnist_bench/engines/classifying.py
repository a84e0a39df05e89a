"""Sends images through a runner in requests of a suitable size, and joins their answers."""

import sys
from collections.abc import Iterator, Sequence

import numpy as np

from mnist_bench.engines.answers import Classification, Timing
from mnist_bench.engines.connection import Answered, Request
from mnist_bench.network.network import CLASSES
from mnist_bench.protocol.messages import ClassifyAnswer, ClassifyRequest, Pixels
from mnist_bench.protocol.tables import MAX_IMAGES

REQUEST_IMAGES = 100
"""Images to a request, unless the runner turns out to be so quick that it can be given more."""

_SOON_NS = 3_000_000  # so much compute a live drawing or a cancel can wait for
# The pipes of other systems may hold no more of an unread answer than the 4 KiB of 100 images.
_MOST_IMAGES = MAX_IMAGES if sys.platform == "linux" else REQUEST_IMAGES


class Classifying(Iterator[Request[ClassifyAnswer]]):
    """uint8 (N, 28, 28) as requests, taken and answered in their order.

    A request costs the way there and back whatever its size, so each may have up to twice as many images as the one
    before it, if the answers show that the runner is quick.
    """

    def __init__(self, images: Pixels) -> None:
        self._images = images
        self._logits = np.empty((len(images), CLASSES), np.float32)
        self._count = REQUEST_IMAGES
        self._asked = self._told = 0

    @property
    def is_done(self) -> bool:
        """Whether every image has been in a piece."""
        return self._told == len(self._images)

    def __next__(self) -> Request[ClassifyAnswer]:
        """The next images."""
        start, end = self._asked, min(self._asked + self._count, len(self._images))
        if start == end:
            raise StopIteration
        self._asked = end
        payload = ClassifyRequest(self._images[start:end]).encode()
        return Request(
            payload,
            lambda answer: self._take(answer, start, end),
            ClassifyAnswer.most_bytes(end - start),
            lambda answer: answer.compute_ns,
        )

    def piece(self, answers: Sequence[Answered[ClassifyAnswer]]) -> Classification:
        """The answers to the next requests as one."""
        timings = tuple(Timing(one.value.compute_ns, one.round_trip_ns, len(one.value.logits)) for one in answers)
        start, self._told = self._told, self._told + sum(timing.images for timing in timings)
        peak = max(one.value.peak_memory_bytes for one in answers)
        return Classification(self._logits[start : self._told], timings, peak)

    def _take(self, payload: bytes, start: int, end: int) -> ClassifyAnswer:
        answer = ClassifyAnswer.decode(payload, end - start)
        self._logits[start:end] = answer.logits  # while the runner computes, so that no copy is left for the end
        soon = (end - start) * _SOON_NS // answer.compute_ns
        self._count = min(max(soon, REQUEST_IMAGES), _MOST_IMAGES, 2 * self._count)
        return answer
