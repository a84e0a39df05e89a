"""Digits in styles that training never saw, and digits drawn small, against the same drawn large."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn_digits import LARGE, Handwritten, images, styled
from benchmarks.figures import Figure, Setup, at_least, at_most
from benchmarks.pen_digits import unseen_writers
from mnist_bench import open_engine
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import default_backends

_RIGHT = {"digits-cnn": 98.0, "digits-mlp": 96.0}  # in percent, of all styled digits
_LOST = {"digits-cnn": 0.5, "digits-mlp": 1.0}  # in points, of digits drawn small
_SMALL = (0.15, 0.20, 0.30)  # of the pad's height
_DRAWINGS = 20  # of each style


def measure(setup: Setup) -> Iterator[Figure]:
    """Right answers in percent, by style; what digits drawn small lose, of each set, in points."""
    digits = styled(setup.times(_DRAWINGS, 1))
    large = images(digits, LARGE)
    for model in _RIGHT:
        for backend in default_backends():
            yield _by_style(model, backend, digits, large)
    yield from _drawn_small("styled digits", digits)
    pens = [
        Handwritten(pen.drawing.label, f"writer {pen.writer}", pen.drawing.strokes)
        for pen in unseen_writers(setup)
        if pen.drawing.label is not None
    ]
    yield from _drawn_small("pen digits of unseen writers", pens)


def _by_style(model: str, backend: Backend, digits: Sequence[Handwritten], seen: NDArray[np.uint8]) -> Figure:
    right = _right(model, backend.id, digits, seen)
    of_style: dict[str, list[bool]] = {}
    for digit, is_right in zip(digits, right.tolist(), strict=True):
        of_style.setdefault(digit.style, []).append(is_right)
    wrong = [f"{style}: {sum(each)} of {len(each)}" for style, each in of_style.items() if not all(each)]
    detail = f"{right.sum():,} of {len(right):,}, {len(of_style)} styles; {'; '.join(wrong) or 'every style in full'}"
    return Figure(
        f"{model}: styled digits, {backend.title}", 100 * float(right.mean()), "%", at_least(_RIGHT[model]), detail
    )


def _drawn_small(name: str, digits: Sequence[Handwritten]) -> Iterator[Figure]:
    """For each network the size at which it loses most, with PyTorch fp32."""
    seen = {share: images(digits, share) for share in (LARGE, *_SMALL)}
    for model, limit in _LOST.items():
        read = {share: 100 * float(_right(model, "torch-fp32", digits, seen[share]).mean()) for share in seen}
        lost = max(round(read[LARGE] - read[share], 6) for share in _SMALL)
        detail = ", ".join(f"{100 * share:.0f} % of the pad: {percent:.2f} %" for share, percent in read.items())
        yield Figure(f"{model}: {name} drawn small, below large", lost, "points", at_most(limit), detail)


def _right(model: str, backend: str, digits: Sequence[Handwritten], seen: NDArray[np.uint8]) -> NDArray[np.bool_]:
    with open_engine(backend, model) as engine:
        return np.equal([digit.digit for digit in digits], engine.classify(seen).digits)
