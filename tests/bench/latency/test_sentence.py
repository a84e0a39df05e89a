"""The answer of a measurement in a sentence."""

from dataclasses import replace

from mnist_bench.bench.latency.analysis import TimeKind, analyse
from mnist_bench.bench.latency.sentence import MOST, Standing, answer_of, answer_sentence, estimate
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.statistics.ratio import RatioInterval
from tests.comparisons import BACKENDS, make_comparison

INT8 = Standing("Native int8", "PyTorch fp32", RatioInterval(1 / 19.4, 1 / 20, 1 / 18.9))
SAME = Standing("Native fp32", "PyTorch fp32", RatioInterval(1.004, 0.99, 1.01))
SLOW = Standing("QNNPACK int8", "PyTorch fp32", RatioInterval(1.31, 1.2, 1.4))


def test_faster_is_told_by_the_inverse_of_the_ratio_and_of_its_ends() -> None:
    assert answer_sentence([INT8]) == "Native int8 is 19.4 x faster than PyTorch fp32 (18.9 to 20.0)."


def test_the_fastest_comes_first_and_what_they_are_compared_with_is_said_once() -> None:
    assert answer_sentence([SLOW, SAME, INT8]) == (
        "Native int8 is 19.4 x faster than PyTorch fp32 (18.9 to 20.0); "
        "Native fp32 shows no difference from PyTorch fp32 (0.990 to 1.01); "
        "QNNPACK int8 is 1.31 x slower (1.20 to 1.40)."
    )
    other = replace(SLOW, than="#1 QNNPACK int8")
    assert "QNNPACK int8 is 1.31 x slower than #1 QNNPACK int8" in answer_sentence([INT8, other])


def test_an_interval_without_1_that_reaches_into_the_margin_says_so() -> None:
    for low, high in ((1.01, 1.17), (0.9, 0.99)):
        ratio = RatioInterval((low + high) / 2, low, high)
        assert answer_sentence([replace(SAME, ratio=ratio)]).startswith(
            "Native fp32 is not shown to differ by more than 2 % from PyTorch fp32 ("
        )


def test_of_many_those_that_differ_most_are_named() -> None:
    slower = [replace(SLOW, title=f"number {n}", ratio=RatioInterval(n, n - 0.1, n + 0.1)) for n in range(2, 6)]
    said = answer_sentence([INT8, SAME, *slower])
    assert said.count("slower") == MOST - 1
    assert "number 5" in said
    assert said.endswith("; 3 more in the table.")


def test_the_answer_of_a_measurement_is_of_the_time_that_is_compared() -> None:
    results = analyse(make_comparison(BACKENDS[:2]), TimeKind.ROUND_TRIP)
    assert answer_of(results, TimeKind.ROUND_TRIP).startswith("Round trip: QNNPACK int8 is 1.19 x faster")
    assert answer_of(analyse(make_comparison(BACKENDS[:2]))).startswith("QNNPACK int8 is 1.2")


def test_of_several_batch_sizes_the_largest_counts() -> None:
    settings = Settings(Scenario.OFFLINE, processes=6, blocks=4, runs=240, batches=(1, 10))
    said = answer_of(analyse(make_comparison(BACKENDS[:2], settings)))
    assert said.startswith("QNNPACK int8 · batch 10 is 1.2")
    assert said.count("QNNPACK int8") == 1


def test_one_backend_alone_is_told_its_time_and_none_nothing() -> None:
    assert answer_of(analyse(make_comparison(BACKENDS[:1]))).endswith(" µs (median compute).")
    assert answer_of(analyse(make_comparison(BACKENDS[:1], failures={"torch-fp32": "It died."}))) == ""


def test_the_estimate_of_all_runs_is_the_answer_but_for_a_rougher_interval() -> None:
    comparison = make_comparison(BACKENDS[:2])
    said, answer = estimate(comparison.runs, "torch-fp32"), answer_of(analyse(comparison))
    assert said.partition(" (")[0] == answer.partition(" (")[0]
    assert estimate(comparison.runs[:1], "torch-fp32") == "", "nothing to compare it with"


def test_the_estimate_of_a_baseline_without_samples_is_none() -> None:
    comparison = make_comparison(BACKENDS[:2], failures={"torch-fp32": "It died."})
    assert estimate(comparison.runs, "torch-fp32") == ""
