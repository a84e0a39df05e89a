"""How many pictures of each kind are read right: made of the bundled drawings, the same ones every time."""

import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Setup, at_least
from benchmarks.made_bounds import BOUNDS
from benchmarks.made_ink import digit_in_hand
from benchmarks.made_photographs import PAPERS, TABLES, photograph
from benchmarks.made_pictures import RIGHT_BEFORE, Maker
from benchmarks.made_shadows import SHADOWS
from mnist_bench import open_engine
from mnist_bench.base.errors import InputError
from mnist_bench.digits.pictures import picture_bytes_to_digit
from mnist_bench.engines.engine import InferenceEngine

HARDER: dict[str, Maker] = {**BOUNDS, **SHADOWS}

_BACKEND, _MODEL = "torch-fp32", "digits-cnn"
_VARIANTS = 20
_AIM = 95.0

Picture = tuple[str, int, bytes]
"""A name to find it by, DIGIT-VARIANT; its digit; its file."""


def measure(setup: Setup) -> Iterator[Figure]:
    """Right answers in percent, by kind: 20 variants of each digit."""
    variants = range(setup.times(_VARIANTS, 1))
    with open_engine(_BACKEND, _MODEL) as engine:
        for limit, kinds in ((100.0, RIGHT_BEFORE), (_AIM, HARDER)):
            for name, maker in kinds.items():
                yield _figure(engine, f"pictures: {name}", made(name, maker, variants), limit)
        yield _figure(engine, "photographs on papers and tables", photographs(variants), _AIM)


def made(name: str, maker: Maker, variants: Iterable[int], labels: Sequence[int] = range(10)) -> Iterator[Picture]:
    """Pictures of one kind."""
    for variant in variants:
        for label in labels:
            rng = seeded(name, variant, label)
            yield f"{label}-{variant}", label, maker(rng, digit_in_hand(label, rng))


def photographs(variants: Iterable[int], labels: Sequence[int] = range(10)) -> Iterator[Picture]:
    """Photographs on every made paper and table in turn."""
    papers, tables = list(PAPERS), list(TABLES)
    for variant in variants:
        for label in labels:
            rng = seeded("photograph", variant, label)
            paper = papers[(10 * variant + label) % len(papers)]
            table = tables[(variant + label) % len(tables)]
            data = photograph(rng, digit_in_hand(label, rng), PAPERS[paper], TABLES[table])
            yield f"{label}-{variant} {paper} on {table}", label, data


def seeded(name: str, variant: int, label: int) -> np.random.Generator:
    """The random numbers of one picture, the same in every run."""
    return np.random.default_rng((zlib.crc32(name.encode()), variant, label))


def answers(engine: InferenceEngine, pictures: Sequence[Picture]) -> NDArray[np.intp]:
    """The digit that is read in each, -1 where none is found."""
    images = np.stack([_digit_image(data) for _, _, data in pictures])
    return np.where(images.any(axis=(1, 2)), engine.classify(images).digits, -1)


def right_answers(engine: InferenceEngine, pictures: Sequence[Picture]) -> NDArray[np.bool_]:
    """Which of them are read right."""
    return np.equal([label for _, label, _ in pictures], answers(engine, pictures))


def _figure(engine: InferenceEngine, name: str, pictures: Iterable[Picture], limit: float) -> Figure:
    asked = list(pictures)
    read = answers(engine, asked)
    wrong = [
        f"{picture} -> {answer if answer >= 0 else 'none'}"
        for (picture, label, _), answer in zip(asked, read.tolist(), strict=True)
        if answer != label
    ]
    right = len(asked) - len(wrong)
    detail = f"{right} of {len(asked)}" + (f"; misread: {', '.join(wrong)}" if wrong else "")
    return Figure(name, 100 * right / len(asked), "%", at_least(limit), detail)


def _digit_image(data: bytes) -> NDArray[np.uint8]:
    try:
        return picture_bytes_to_digit(data)
    except InputError:
        return np.zeros((28, 28), np.uint8)
