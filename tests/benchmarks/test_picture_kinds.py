"""Pictures of each kind that the benchmark makes are read right: here two of each, in full by `make bench`."""

from collections.abc import Iterator

import pytest

from benchmarks.made_pictures import RIGHT_BEFORE
from benchmarks.picture_kinds import HARDER, made, photographs, right_answers
from mnist_bench import open_engine
from mnist_bench.engines.engine import InferenceEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[InferenceEngine]:
    with open_engine("native-fp32", "digits-cnn") as engine:
        yield engine


@pytest.mark.parametrize("kind", [*RIGHT_BEFORE, *HARDER])
def test_pictures_of_every_kind_are_read_right(kind: str, engine: InferenceEngine) -> None:
    pictures = list(made(kind, {**RIGHT_BEFORE, **HARDER}[kind], range(1), labels=(3, 6)))
    assert right_answers(engine, pictures).all()


def test_photographs_are_read_right(engine: InferenceEngine) -> None:
    assert right_answers(engine, list(photographs(range(1), labels=(2, 5, 7)))).all()


def test_a_picture_is_the_same_in_every_run() -> None:
    first, again = (list(made("grain", HARDER["grain"], range(2), labels=(4,))) for _ in range(2))
    assert first == again
    assert first[0][2] != first[1][2]
