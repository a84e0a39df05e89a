"""All there is to say of results: who is compared with whom."""

from mnist_bench.bench.accuracy.summary import summarize_all
from tests.bench.accuracy.results import result_of

FIRST = result_of([1, 2, 3], [1, 2, 8], backend_id="a")
SECOND = result_of([1, 2, 3], [1, 2, 3], backend_id="b")


def test_every_other_is_compared_with_the_baseline() -> None:
    first, second = summarize_all([FIRST, SECOND], "b")
    assert second.against is None
    assert first.against is not None
    assert (first.against.baseline_id, first.against.mcnemar.only_baseline) == ("b", 1)
    assert (first.accuracy.right, first.accuracy.total, first.confusion[3, 8]) == (2, 3, 1)


def test_without_the_baselines_result_nothing_is_compared() -> None:
    assert [one.against for one in summarize_all([FIRST, SECOND], "c")] == [None, None]
