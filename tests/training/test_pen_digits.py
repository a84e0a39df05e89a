from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.training import pen_digits
from mnist_bench.training.pen_digits import HELD_OUT_WRITERS, VALIDATION_WRITERS, for_training, read_pen_digits

SEGMENT = """.SEGMENT DIGIT 0 ? "7"
.COMMENT 7 12 224
.PEN_DOWN
 100  400
 150  390
.PEN_UP
.DT 100
.PEN_DOWN
 10  20
.PEN_UP
.DT 90
"""


def test_strokes_are_turned_upside_up_and_labelled() -> None:
    (digit,) = pen_digits.parse_pen_digits(SEGMENT)
    assert digit.writer == 12
    assert digit.drawing.label == 7
    assert digit.drawing.strokes == (((100.0, 100.0), (150.0, 110.0)), ((10.0, 480.0),))
    assert (digit.drawing.width, digit.drawing.height) == (500.0, 500.0)


def test_held_out_and_validation_writers_are_never_trained_on(pen_file: Path) -> None:
    digits = read_pen_digits(pen_file)
    assert len(digits) == 60
    trained = {digit.writer for digit in for_training(digits)}
    assert trained == set(range(1, 31)) - HELD_OUT_WRITERS - VALIDATION_WRITERS
    assert {3, 9, 15, 21, 27} == HELD_OUT_WRITERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no digits here",
        SEGMENT.replace(".COMMENT 7 12 224\n", ""),
        SEGMENT.replace("COMMENT 7", "COMMENT 17"),
        SEGMENT.replace("COMMENT 7 12", "COMMENT 7 twelve"),
        SEGMENT.replace("COMMENT 7 12", "COMMENT 7 -1"),
        SEGMENT.replace("100  400", "100  nan"),
        SEGMENT.replace("100  400", "100  1e999"),
        SEGMENT.replace("100  400", "a  b"),
        SEGMENT.replace("100  400", "1 2 3"),
        SEGMENT.replace(".PEN_UP\n.DT 90\n", ""),
        SEGMENT.split(".PEN_DOWN")[0],
    ],
)
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        pen_digits.parse_pen_digits(text)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"\x00" * 1000])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.tra"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_pen_digits(path)


def test_no_mutation_raises_anything_but_an_input_error(cases: int) -> None:
    chance = np.random.default_rng(3)
    refused = 0
    for _ in range(cases):
        text = list(SEGMENT)
        for _ in range(chance.integers(1, 7)):
            text[chance.integers(len(text))] = str(chance.choice(list("0123456789.- \nNPx\t")))
        try:
            pen_digits.parse_pen_digits("".join(text))
        except InputError:
            refused += 1
    assert 0 < refused < cases
