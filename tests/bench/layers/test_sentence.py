"""What dominates: each rule with round figures."""

import math
from dataclasses import replace

import pytest

from mnist_bench.bench.layers.overhead import overhead
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import BackendLayers, Difference, Segment
from tests.bench.layers.scripted import comparison, layers

FP32 = layers("torch-fp32", (10, 10, 20), whole_us=40)
INT8 = layers("qnnpack-int8", (20, 20, 60), whole_us=100)


def script(whole_us: float) -> BackendLayers:
    return layers("qnnpack-int8:torchscript", (20, 20, 60), whole_us=whole_us)


def test_what_torchscript_saves_is_overhead_of_eager_modules() -> None:
    said = dominant_sentence(comparison(FP32, INT8, script(40)))
    assert said.startswith(
        "QNNPACK int8 is slower than PyTorch fp32 (100 µs against 40.0 µs) because of the overhead of eager "
        "mode, not its arithmetic: as TorchScript the same arithmetic takes 40.0 µs."
    )


def test_if_torchscript_saves_most_of_the_gap_it_is_mostly_overhead() -> None:
    said = dominant_sentence(comparison(FP32, INT8, script(70)))
    assert "mostly because of the overhead of eager mode (50 % of the gap)" in said


@pytest.mark.parametrize("whole_us", [71, 100, 120])
def test_if_torchscript_saves_little_it_is_the_arithmetic(whole_us: float) -> None:
    said = dominant_sentence(comparison(FP32, INT8, script(whole_us)))
    assert "because of its arithmetic, not the overhead of eager mode" in said


def test_without_torchscript_the_fixed_cost_is_an_estimate_and_says_what_proves_it() -> None:
    slow = layers("qnnpack-int8", (30, 31, 30), whole_us=100, multiply_adds=(10, 1000, 0))
    said = dominant_sentence(comparison(FP32, slow))
    assert "about 98 % of its layers' time is a fixed cost of each layer, not arithmetic" in said
    assert "add qnnpack-int8:torchscript to see how much of that can go." in said


def test_nothing_is_said_of_overhead_where_the_numbers_do_not_support_it() -> None:
    arithmetic = layers("qnnpack-int8", (1, 1, 98), whole_us=100)
    assert "slower" not in dominant_sentence(comparison(FP32, arithmetic))
    as_fast = replace(INT8, whole_ns=FP32.whole_ns * 1.04)
    assert "slower" not in dominant_sentence(comparison(FP32, as_fast, script(10)))


def test_a_native_backend_has_no_eager_modules() -> None:
    slow = layers("native-int8", (30, 30, 40), whole_us=100, multiply_adds=(10, 1000, 0))
    assert "slower" not in dominant_sentence(comparison(FP32, slow))


def test_without_a_reference_only_the_largest_part_is_told() -> None:
    assert dominant_sentence(comparison(INT8, reference="")) == "Most time goes into linear 2 (60 % of QNNPACK int8)."


def test_backends_that_agree_on_the_largest_part_are_told_together() -> None:
    other = layers("native-int8", (70, 20, 10))
    third = layers("native-fp32", (10, 10, 80))
    assert dominant_sentence(comparison(FP32, other, third)) == (
        "Most time goes into linear 2 (50 % of PyTorch fp32 and 80 % of Native fp32); "
        "into max_pool2d 0 (70 % of Native int8)."
    )


def test_a_profiler_that_finds_little_of_the_time_does_not_tell_where_it_goes() -> None:
    profiled = replace(
        layers("litert-fp32", (1, 0, 0), whole_us=20), timed_by="LiteRT's profiler, which counts whole µs"
    )
    assert dominant_sentence(comparison(FP32, profiled)) == (
        "Most time goes into linear 2 (50 % of PyTorch fp32). LiteRT's profiler, which counts whole µs, accounts for "
        "5 % of LiteRT fp32's time: the layers are too short for it."
    )
    with_peak = replace(profiled, peak=1_000_000_000)
    assert with_peak.of_peak(1000, 1_000) is None
    assert with_peak.of_peak(1000, 20_000) == pytest.approx(0.05)
    fine = replace(with_peak, whole_ns=1_500)
    assert fine.of_peak(1000, 1_000) == pytest.approx(1)


def test_a_part_below_half_is_not_most_of_the_time() -> None:
    other = layers("native-fp32", (40, 30, 30))
    assert dominant_sentence(comparison(FP32, other)) == (
        "The largest share of the time goes into linear 2 (50 % of PyTorch fp32); "
        "into max_pool2d 0 (40 % of Native fp32)."
    )


def test_torchscripts_layers_are_not_told_as_its_own() -> None:
    assert "TorchScript" not in dominant_sentence(comparison(FP32, script(10)))


def error_of(*sqnr_db: float, backend: str = "native-int8") -> str:
    reduced = layers(backend, (1, 1, 1), sqnr_db)
    return dominant_sentence(comparison(FP32, reduced)).partition("The error")[2]


def test_the_error_grows_most_where_the_noise_to_signal_ratio_does() -> None:
    assert error_of(40, 38, 29) == " of Native int8 grows most in linear 2 (SQNR falls from 38.0 dB to 29.0 dB)."
    assert error_of(80, 72, 71, backend="torch-fp16").startswith(" of PyTorch fp16 grows most in flatten 1 (SQNR falls")
    assert error_of(140, 130, 129, backend="native-fp32") == "", "another order of the same additions"


def test_an_error_behind_exact_layers_arises_there() -> None:
    assert error_of(math.inf, 30, 30) == " of Native int8 arises mainly in flatten 1 (SQNR 30.0 dB after it)."
    assert error_of(30, 30, 30) == " of Native int8 arises mainly in max_pool2d 0 (SQNR 30.0 dB after it)."


def test_an_error_that_grows_everywhere_is_spread() -> None:
    # noise-to-signal 0.001, 0.002, 0.003
    spread = error_of(30, 10 * math.log10(500), 10 * math.log10(1000 / 3))
    assert spread == " of Native int8 is spread over the layers (SQNR down to 25.2 dB)."


def test_a_spread_error_that_shrinks_again_is_told_with_its_end() -> None:
    found = comparison(FP32, layers("native-int8", (1, 1, 1), (30, 10 * math.log10(500), 10 * math.log10(1000 / 3))))
    int8, last = found.backends[1], Difference(33, 0.5, 0.25)
    entry = replace(int8.entries[2], first=3, last=3, difference=last)
    longer = replace(int8, entries=(*int8.entries, entry))
    segments = (*found.segments, Segment("relu", 3, 3, 0, (10,)))
    said = dominant_sentence(replace(found, backends=(FP32, longer), segments=segments))
    assert said.endswith("is spread over the layers (SQNR down to 25.2 dB, 33.0 dB at the end).")


@pytest.mark.parametrize("figures", [(math.inf, math.inf, math.inf), (30, math.nan, 20), (30, -math.inf, 20)])
def test_nothing_is_said_of_an_error_that_is_none_or_no_figure(figures: tuple[float, ...]) -> None:
    assert error_of(*figures) == ""


def test_backends_with_the_same_error_are_told_together() -> None:
    figures = (40, 38, 29)
    both = (layers("qnnpack-int8", (1, 1, 1), figures), layers("native-int8", (1, 1, 1), figures))
    assert "The error of QNNPACK int8 and Native int8 grows most in" in dominant_sentence(comparison(FP32, *both))


def test_the_fixed_cost_of_a_layer_is_what_the_cheapest_takes_beyond_its_arithmetic() -> None:
    found = overhead(layers("qnnpack-int8", (8, 20, 48), multiply_adds=(0, 10, 1000)))
    # The best rate is 48 µs for 1,000 multiply-adds; at that, 10 of them take 0.48 µs of the cheapest entry's 20.
    assert (found.plain_ns, found.plain, found.weighted) == (8000, 1, 2)
    assert found.weighted_ns == pytest.approx(19_520)
    assert found.total_ns == pytest.approx(8000 + 2 * 19_520)
    assert found.share == pytest.approx(found.total_ns / 76_000)


def test_time_that_follows_the_arithmetic_is_no_fixed_cost() -> None:
    assert overhead(layers("native-int8", (0, 10, 100), multiply_adds=(0, 100, 1000))).share == 0
    assert overhead(layers("native-int8", (0, 0, 100), multiply_adds=(0, 0, 1000))).share == 0
