"""Results side by side: against one baseline, and each backend against itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.base.processors import ProcessorLimits
from mnist_bench.bench.accuracy.evaluation import DigitSet, Evaluation
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.results.comparing import (
    Against,
    compare_accuracy,
    compare_latency,
    compare_layers,
    differences,
    layers_side_by_side,
)
from mnist_bench.bench.results.result import Result
from tests.bench.accuracy.results import random_result
from tests.bench.results.measured import evaluated, measured, traced
from tests.comparisons import CALM, make_comparison

EACH = Against(each=True)


def test_everything_is_compared_with_the_first_results_baseline() -> None:
    first, second = (Result(measured(), path=Path(name)) for name in ("a.json", "b.json"))
    rows = compare_latency([first, second])
    assert [(row.result.file_name, row.run.backend) for row in rows] == [
        ("a.json", "native-fp32"),
        ("a.json", "native-int8"),
        ("b.json", "native-fp32"),
        ("b.json", "native-int8"),
    ]
    assert [row.is_paired for row in rows] == [True, True, False, False]
    assert [row.is_baseline for row in rows] == [True, False, False, False]
    assert rows[0].ratio is None
    assert rows[1].ratio is not None
    assert 80 < rows[1].ratio.ratio < 100, "100 µs against 1.0 to 1.2"
    assert rows[2].ratio is not None
    assert rows[2].ratio.low <= 1 <= rows[2].ratio.high, "the same samples"


def test_each_backend_is_compared_with_itself_since_the_first() -> None:
    monday = Result(make_comparison(seed=1))
    tuesday = Result(make_comparison(["torch-fp32", "qnnpack-int8", "native-int8"], scales=(1.0, 1.62, 0.3), seed=2))
    rows = compare_latency([monday, tuesday], against=EACH)
    assert [row.is_baseline for row in rows] == [True, True, False, False, False]
    _, _, same, slower, new = (row.ratio for row in rows)
    assert same is not None
    assert 0.97 < same.ratio < 1.03
    assert slower is not None
    assert 1.9 < slower.ratio < 2.1, "1.62 against 0.81"
    assert new is None, "there was none on monday"


def test_another_baseline_of_the_first_result_can_be_chosen() -> None:
    rows = compare_latency([Result(make_comparison())], against=Against("qnnpack-int8"))
    assert [row.is_baseline for row in rows] == [False, True]
    assert rows[0].ratio is not None
    assert 1.2 < rows[0].ratio.ratio < 1.26
    with pytest.raises(UsageError, match="not in the first"):
        compare_latency([Result(make_comparison())], against=Against("native-int8"))
    with pytest.raises(UsageError):
        Against("qnnpack-int8", each=True)


def test_evaluations_of_the_same_digits_are_compared_image_by_image() -> None:
    before, after = random_result(1, 200), replace(random_result(2, 200), backend_id="made-1")
    files = [Result(evaluated(before)), Result(evaluated(after))]
    first, second = compare_accuracy(files, EACH)
    assert first.is_baseline
    assert first.against is None
    assert second.against is not None
    assert second.against.images == 200
    only_one_right = second.against.mcnemar.only_baseline + second.against.mcnemar.only_other
    assert only_one_right == sum(before.is_right != after.is_right)


def test_evaluations_of_other_digits_are_shown_side_by_side_alone() -> None:
    files = [Result(evaluated()), Result(evaluated(digits=DigitSet("others", 200, "0" * 64)))]
    *_, last = compare_accuracy(files)
    assert last.against is None
    assert last.accuracy.share is not None
    assert differences(files) == ("The digits differ: their answers cannot be compared image by image.",)
    assert differences([files[0], files[0]]) == ()


def test_layers_are_compared_where_they_span_the_same_places() -> None:
    rows = compare_layers([Result(traced()), Result(traced(20))], EACH)
    assert [row.is_baseline for row in rows] == [True, True, False, False]
    slower = rows[2]
    assert slower.whole_ratio == 1
    assert [entry.compute_ns / twin.compute_ns for entry, twin in slower.entries if twin] == [2, 1, 1]
    other = Result(traced(conditions=replace(CALM, network_sha256="0" * 64)))
    assert [twin for _, twin in compare_layers([Result(traced()), other], EACH)[2].entries] == [None] * 3
    assert "The networks differ." in differences([Result(traced()), other])


def test_analyses_of_layers_stand_side_by_side_as_one() -> None:
    first, second = traced(), traced(20)
    merged = replace(second.segments[0], name="max_pool2d + flatten", last=1, multiply_adds=7)
    coarser = replace(second, segments=(merged, second.segments[2]), failures={"native-int8": "It is gone."})
    both = layers_side_by_side([Result(first), Result(coarser)])
    ids = ["#1 torch-fp32", "#1 qnnpack-int8", "#2 torch-fp32", "#2 qnnpack-int8"]
    assert [one.backend_id for one in both.backends] == ids
    assert [one.title for one in both.backends][::3] == ["#1 PyTorch fp32", "#2 QNNPACK int8"]
    assert both.reference_id == "#1 torch-fp32"
    assert [(one.name, one.first, one.last) for one in both.segments] == [
        ("max_pool2d + flatten", 0, 1),
        ("linear", 2, 2),
    ]
    assert both.failures == {"#2 native-int8": "It is gone."}
    assert layers_side_by_side([Result(first)]) is first
    other = traced(conditions=replace(CALM, network_sha256="0" * 64))
    with pytest.raises(InputError, match="different networks"):
        layers_side_by_side([Result(first), Result(other)])


def test_what_else_differs_is_told() -> None:
    first, again = make_comparison(), make_comparison(seed=2)
    hot = make_comparison(settings=Settings(Scenario.HOT_LOOP, processes=6, blocks=4, runs=1200))
    elsewhere = make_comparison(conditions=replace(CALM, cpu="Another", network_sha256="0" * 64))
    files = [Result(one) for one in (first, again, hot, elsewhere)]
    assert differences(files[:1]) == ()
    assert len(differences(files[:2])) == 1
    assert differences(files)[:-1] == (
        "The scenarios differ, so their samples are not alike.",
        "The networks differ.",
        "The processors differ.",
    )
    free, pinned = (
        make_comparison(conditions=replace(CALM, before=replace(CALM.before, limits=ProcessorLimits(4, allowed))))
        for allowed in (4, 1)
    )
    assert len(differences([Result(first), Result(free)])) == 1, "as an older version told it"
    told = differences([Result(free), Result(pinned)])
    assert told[0] == "What they could use of the processors differs: 4 processors; 1 of 4 processors."


def test_versions_of_an_engine_that_differ_are_told() -> None:
    def told(litert: str) -> Result[Comparison]:
        made = make_comparison(["litert-int8", "torch-fp32"])
        facts = ({"litert": litert}, {"torch": "2.13.0"})
        runs = [
            replace(run, runner=replace(run.runner, facts=said)) for run, said in zip(made.runs, facts, strict=True)
        ]
        return Result(replace(made, runs=tuple(runs)))

    assert (
        differences([told("2.3.0"), told("2.4.0")])[0] == "LiteRT was measured in different versions: 2.3.0 and 2.4.0."
    )
    assert len(differences([told("2.3.0"), told("2.3.0")])) == 1


def test_versions_of_an_engine_that_differ_are_told_of_evaluations() -> None:
    def told(litert: str, phones: str = "") -> Evaluation:
        made = evaluated()
        here = replace(made.results[0], backend_id="litert-int8", version=litert)
        there = replace(made.results[0], backend_id="litert-int8@android:SERIAL", version=phones)
        return replace(made, results=(here, there) if phones else (here,))

    said = "LiteRT was measured in different versions: 2.3.0 and 0.18.1."
    assert said in differences([Result(told("2.3.0")), Result(told("0.18.1"))])
    assert said not in differences([Result(told("2.3.0")), Result(told("2.3.0"))])
    assert told("2.3.0", "0.18.1").notes[-1] == said
    assert told("2.3.0").notes == ()
