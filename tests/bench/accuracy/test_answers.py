"""Where backends err and disagree, cancelled ones among them."""

from mnist_bench.bench.accuracy.answers import NOT_READ, answers, disagreements, wrong_anywhere
from tests.bench.accuracy.results import result_of

LABELS = [0, 1, 2, 3, 4]
WHOLE = result_of(LABELS, [0, 7, 2, 8, 4])
OTHER = result_of(LABELS, [0, 1, 2, 8, 9])
CANCELLED = result_of(LABELS[:2], [6, 7])


def test_errors_of_any_backend_are_found() -> None:
    assert wrong_anywhere(answers([WHOLE, OTHER]), WHOLE.labels).tolist() == [1, 3, 4]
    assert wrong_anywhere(answers([WHOLE, CANCELLED]), WHOLE.labels).tolist() == [0, 1, 3]
    assert wrong_anywhere(answers([CANCELLED]), CANCELLED.labels).tolist() == [0, 1]


def test_to_be_wrong_alike_is_no_disagreement() -> None:
    assert disagreements(answers([WHOLE, OTHER])).tolist() == [1, 4]


def test_what_was_not_read_does_not_disagree() -> None:
    said = answers([WHOLE, CANCELLED])
    assert said[1].tolist() == [6, 7, NOT_READ, NOT_READ, NOT_READ]
    assert disagreements(said).tolist() == [0]
    assert disagreements(answers([CANCELLED])).tolist() == []
