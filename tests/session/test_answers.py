"""How answers compare with each other."""

import numpy as np
import pytest

from mnist_bench.session.backend_state import Agreement, Answer, agreement, agreement_words, summary


def answer(digit: int, *, image: int = 1, nudge: float = 0.0) -> Answer:
    logits = np.zeros(10, np.float32)
    logits[digit] = 5
    logits[0] += nudge
    return Answer(image, digit, logits, np.full(10, 0.1, np.float32), 1000, 2000)


def words(found: Agreement) -> str:
    return agreement_words(found)[0]


def test_agreement_names_the_largest_difference_of_the_logits() -> None:
    assert words(agreement(answer(7, nudge=-0.25), answer(7))) == "✓ agrees, max logit difference 0.250"


def test_equal_answers_say_so() -> None:
    assert words(agreement(answer(7), answer(7))) == "✓ agrees, bit-identical"


def test_disagreement_says_what_the_baseline_says() -> None:
    found = agreement(answer(1), answer(7))
    assert not found.same_digit
    assert words(found) == "≠ disagrees: baseline says 7, max logit difference 5.00"
    assert agreement_words(found)[-1] == "≠ baseline says 7"


def test_an_answer_that_is_qnnpacks_to_the_last_bit_says_so_unless_the_baselines_is_too() -> None:
    same, other = answer(7, nudge=0.5), answer(7, nudge=0.25)
    assert words(agreement(same, answer(7), reference=same, title="QNNPACK")) == "✓ agrees, bit-identical to QNNPACK"
    assert words(agreement(same, answer(7), reference=other, title="QNNPACK")) == "✓ agrees, max logit difference 0.500"
    assert words(agreement(same, answer(1), reference=same, title="QNNPACK")) == (
        "≠ disagrees: baseline says 1, bit-identical to QNNPACK"
    )
    assert words(agreement(same, same, reference=same, title="QNNPACK")) == "✓ agrees, bit-identical"


@pytest.mark.parametrize(
    ("digits", "text"),
    [([], ""), ([7], "answer: 7"), ([7, 7], "all agree on 7"), ([7, 1, 7], "they disagree: 7 (2), 1 (1)")],
)
def test_summary(digits: list[int], text: str) -> None:
    assert summary([answer(digit) for digit in digits]) == text
