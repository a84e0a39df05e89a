"""Pen digits of writers that training never saw, put on the pad as drawings and read by every backend."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from mnist_bench import open_engine
from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backends import default_backends
from mnist_bench.session.pad_content import PadContent
from mnist_bench.training.pen_digits import HELD_OUT_WRITERS, PenDigit, by_writers, read_pen_digits

_MOST_WRONG = {"digits-cnn": 7, "digits-mlp": 13}  # of 1,249


def measure(setup: Setup) -> Iterator[Figure]:
    """Wrong answers of each bundled network, of all writers together; each writer's right ones in the detail."""
    pens = unseen_writers(setup)
    digits = as_the_pad_shows_them(pens)
    writers = np.array([pen.writer for pen in pens])
    for model, limit in _MOST_WRONG.items():
        for backend in default_backends():
            with open_engine(backend.id, model) as engine:
                right = engine.classify(digits.images).digits == digits.labels
            each = ", ".join(
                f"{writer}: {100 * right[writers == writer].mean():.1f}" for writer in sorted(set(writers))
            )
            detail = f"{right.sum():,} of {len(right):,} right, {100 * right.mean():.2f} %; by writer, in %: {each}"
            name = f"{model}: pen digits of unseen writers, {backend.title}"
            yield Figure(name, int((~right).sum()), "wrong", at_most(limit), detail)


def unseen_writers(setup: Setup) -> tuple[PenDigit, ...]:
    """The pen digits of the writers that training never saw; NotMeasured if their file is not here."""
    if setup.pen_digits is None:
        raise NotMeasured("No file of pen digits was given: name it with --pen-digits or MNIST_BENCH_PEN_DIGITS.")
    try:
        pens = by_writers(read_pen_digits(setup.pen_digits), HELD_OUT_WRITERS)
    except InputError as error:
        raise NotMeasured(str(error)) from error
    return pens[::20] if setup.quick else pens


def as_the_pad_shows_them(pens: Sequence[PenDigit]) -> LabelledDigits:
    """Each digit scaled to the pad and drawn there with the pad's own pen, as the network sees it."""
    images = [PadContent(PadContent.of_drawing(pen.drawing).strokes).pixels for pen in pens]
    labels = [pen.drawing.label for pen in pens]
    return LabelledDigits(np.array(images), np.array(labels, np.uint8), "pen digits")
