"""Pen digits of writers that training never saw, put on the pad as drawings and read by both backends."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.figures import Figure, NotMeasured, Setup, at_least
from mnist_bench import open_engine
from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.engines.backends import local_backends
from mnist_bench.session.pad_content import DEFAULT_PEN, PadContent
from mnist_bench.training.pen_digits import HELD_OUT_WRITERS, PenDigit, by_writers, read_pen_digits

_AIM = 98.5


def measure(setup: Setup) -> Iterator[Figure]:
    """Right answers of digits-cnn in percent, of all writers together; each writer's in the detail."""
    if setup.pen_digits is None:
        raise NotMeasured("No file of pen digits was given: name it with --pen-digits or MNIST_BENCH_PEN_DIGITS.")
    try:
        pens = by_writers(read_pen_digits(setup.pen_digits), HELD_OUT_WRITERS)
    except InputError as error:
        raise NotMeasured(str(error)) from error
    if setup.quick:
        pens = pens[::20]
    digits = as_the_pad_shows_them(pens)
    writers = np.array([pen.writer for pen in pens])
    for backend in local_backends():
        with open_engine(backend.id) as engine:
            right = engine.classify(digits.images).digits == digits.labels
        each = ", ".join(f"{writer}: {100 * right[writers == writer].mean():.1f}" for writer in sorted(set(writers)))
        detail = f"{right.sum():,} of {len(right):,}; by writer, in %: {each}"
        yield Figure(
            f"digits-cnn: pen digits of unseen writers, {backend.title}",
            100 * float(right.mean()),
            "%",
            at_least(_AIM),
            detail,
        )


def as_the_pad_shows_them(pens: Sequence[PenDigit]) -> LabelledDigits:
    """Each digit scaled to the pad and drawn there with the pad's own pen, as the network sees it."""
    images, labels = [], []
    for pen in pens:
        strokes = PadContent.of_drawing(pen.drawing).strokes
        drawing = PadContent(strokes, DEFAULT_PEN).drawing
        if drawing is None:
            raise ValueError("a pen digit has no strokes")
        images.append(render_drawing(drawing))
        labels.append(pen.drawing.label)
    return LabelledDigits(np.array(images), np.array(labels, np.uint8), "pen digits")
