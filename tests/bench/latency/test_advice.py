"""What a measurement advises: the fastest backend, and what int8 gains, as far as intervals and facts support it."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from mnist_bench.bench.conditions import DeviceMoments
from mnist_bench.bench.latency.advice import Advice, advise, answer_and_advice
from mnist_bench.bench.latency.analysis import TimeKind, analyse
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.latency.settings import Scenario, Settings
from tests.comparisons import CALM, make_comparison

QUICK = Settings(processes=6, blocks=2, runs=240)
EAGER, COMPILED, FP32 = "qnnpack-int8", "qnnpack-int8:torchscript", "torch-fp32"
REDUCED = ("int8", "fp16", "bf16")
INTERVAL = re.compile(r" \([\d.,]+ to [\d.,]+\)")


def measured(
    scales: Mapping[str, float], settings: Settings = QUICK, facts: Mapping[str, Mapping[str, str]] | None = None
) -> Comparison:
    """Backends that take so many times 200 µs."""
    return make_comparison(list(scales), settings, scales=list(scales.values()), facts=facts)


def advice_of(comparison: Comparison, by: TimeKind = TimeKind.COMPUTE) -> Advice:
    """What it advises."""
    return advise(comparison, analyse(comparison, by), by)


def said(scales: Mapping[str, float], facts: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The words without intervals and with two digits, whatever the noise in the samples is."""
    return rounded(advice_of(measured(scales, facts=facts)).words())


def rounded(text: str) -> str:
    """Without intervals, and with two digits."""
    return re.sub(r"\d+\.\d+", lambda figure: f"{float(figure[0]):.2g}", INTERVAL.sub("", text))


def cut(run: Run, blocks: int, failure: str = "") -> Run:
    """Broken off after so many blocks."""
    return replace(run, blocks=run.blocks[:blocks], failure=failure)


# The fastest.


def test_one_that_is_faster_than_all_others_is_named_with_the_next() -> None:
    comparison = measured({FP32: 1, "litert-int8": 0.3, "native-int8": 0.2})
    words = advice_of(comparison).words()
    assert words.startswith("Fastest on this computer: Native int8, 1.5")
    assert re.search(r" x faster than the next, LiteRT int8 \(1\.\d+ to 1\.\d+\)\.$", words)


def test_two_that_the_interval_does_not_tell_apart_are_both_named_with_it() -> None:
    words = advice_of(measured({FP32: 1, "litert-int8": 0.2, "native-int8": 0.2004})).words()
    pattern = (
        r"Fastest on this computer: (.+) or (.+), which this measurement doesn't tell apart \(0\.\d+ to 1\.\d+\)\."
    )
    match = re.fullmatch(pattern, words)
    assert match is not None, words
    assert {*match.groups()} == {"LiteRT int8", "Native int8"}


def test_of_several_ties_none_is_called_the_fastest() -> None:
    words = said({FP32: 1, "litert-fp32": 1.001, "native-fp32": 1.002})
    assert words.endswith(", which this measurement doesn't tell apart.")
    assert words.count("PyTorch fp32") == words.count("LiteRT fp32") == words.count("Native fp32") == 1


def test_one_backend_alone_gets_no_advice() -> None:
    assert said({"native-int8": 1}) == ""


def test_each_device_has_its_own_and_one_backend_alone_there_is_not_the_fastest() -> None:
    conditions = replace(CALM, devices={"android:a": DeviceMoments("Pixel 7"), "android:b": DeviceMoments("Old one")})
    scales = {
        "native-fp32": 1.0,
        "native-int8": 0.2,
        "native-int8@android:b": 0.01,
        "native-int8@android:a": 2.0,
        "litert-int8@android:a": 1.0,
    }
    comparison = make_comparison(list(scales), QUICK, scales=list(scales.values()), conditions=conditions)
    assert rounded(advice_of(comparison).words()) == (
        "Fastest on this computer: Native int8, 5 x faster than the next, Native fp32; "
        "on Pixel 7: LiteRT int8, 2 x faster than the next, Native int8. Native int8 is 5 x faster than its fp32."
    )


def test_what_failed_is_never_advised() -> None:
    comparison = measured({"native-fp32": 1, "litert-fp32": 1.5, "native-int8": 0.2})
    fp32, litert, int8 = comparison.runs
    broken = replace(comparison, runs=(fp32, litert, cut(int8, 8, "The runner ended.")))
    words = advice_of(broken).words()
    assert words.startswith("Fastest on this computer: Native fp32, ")
    assert "int8" not in words


def test_a_measurement_that_was_cancelled_claims_no_more_than_its_intervals() -> None:
    comparison = measured({FP32: 1, EAGER: 1.3, "native-int8": 0.2})
    early = replace(comparison, runs=tuple(cut(run, 1) for run in comparison.runs), cancelled=True)
    assert advice_of(early).words() == "", "one block has no interval"
    later = replace(comparison, runs=tuple(cut(run, 4) for run in comparison.runs), cancelled=True)
    assert advice_of(later).words().startswith("Fastest on this computer: Native int8, ")
    last = replace(comparison, runs=(*later.runs[:2], cut(comparison.runs[2], 0)), cancelled=True)
    assert "Native" not in advice_of(last).words(), "it has no samples"


def test_of_several_batch_sizes_the_largest_counts() -> None:
    settings = Settings(Scenario.OFFLINE, processes=6, blocks=2, runs=240, batches=(1, 10))
    words = advice_of(measured({"native-fp32": 1, "native-int8": 0.5}, settings)).words()
    assert words.startswith("Fastest with 10 images per request on this computer: Native int8, ")
    assert words.count("its fp32") == 1


# int8 beside fp32.


def test_each_engine_with_both_precisions_is_told() -> None:
    scales = {
        "native-fp32": 1.0,
        "native-int8": 0.25,
        "litert-fp32": 1.6,
        "litert-int8": 0.8,
        "onnxruntime-fp32": 1.3,
        "onnxruntime-int8": 2.6,
        FP32: 3.0,
        EAGER: 1.5,
    }
    words = said(scales)
    assert words.startswith("Fastest on this computer: Native int8, 3.2 x faster than the next, LiteRT int8. ")
    assert "Native int8 is 4 x faster than its fp32; " in words
    for part in (
        "LiteRT int8 is 2 x faster",
        "QNNPACK int8 is 2 x faster than PyTorch fp32",
        "ONNX Runtime int8 is 2 x",
    ):
        assert part in words
    assert words.endswith("ONNX Runtime int8 is 2 x slower than its fp32."), "no reason is known, so none is given"


def test_options_and_devices_must_be_the_same() -> None:
    assert "its fp32" not in said({"litert-fp32": 1, "litert-int8:2": 0.4})
    assert "LiteRT int8 · 2 threads is 2.5 x faster than its fp32" in said({"litert-fp32:2": 1, "litert-int8:2": 0.4})


def test_an_int8_that_is_not_told_apart_from_fp32_is_not_called_faster() -> None:
    words = said({"litert-fp32": 1, "litert-int8": 1.001})
    assert words.endswith("LiteRT int8 shows no difference from its fp32.")


def test_a_result_of_a_backend_that_is_no_more_says_what_it_can() -> None:
    comparison = measured({"native-fp32": 1, "native-int8": 0.5})
    fp32, int8 = comparison.runs
    gone = replace(int8, runner=replace(int8.runner, backend="abacus-int8", title="Abacus int8"))
    words = advice_of(replace(comparison, runs=(fp32, gone))).words()
    assert words.startswith("Fastest on this computer: Abacus int8, ")
    assert "its fp32" not in words


# Reasons.


@pytest.mark.parametrize(
    ("eager", "compiled", "reason"),
    [
        (
            1.4,
            0.8,
            r"QNNPACK int8 is slower because of the overhead of eager mode, not its arithmetic: as TorchScript .*",
        ),
        (1.5, 1.1, r"QNNPACK int8 is slower mostly because of the overhead of eager mode \(\d\d % of the gap\): as .*"),
        (1.5, 1.4, r"QNNPACK int8 is slower partly because of the overhead of eager mode \(\d\d % of the gap\): as .*"),
        (1.5, 1.5, r"The overhead of eager mode is not why QNNPACK int8 is slower: as TorchScript it takes 3\d\d µs\."),
        (1.5, 1.8, r"The overhead of eager mode is not why QNNPACK int8 is slower: as TorchScript it takes 3\d\d µs\."),
        (1.0, 0.6, r"The overhead of eager mode takes away what int8 saves: QNNPACK int8 · TorchScript is 1\.6.*"),
        (1.0, 1.0, r""),
        (0.6, 0.4, r""),
    ],
)
def test_the_compiled_twin_shows_what_the_overhead_of_eager_mode_is(eager: float, compiled: float, reason: str) -> None:
    advice = advice_of(measured({FP32: 1, EAGER: eager, COMPILED: compiled}))
    assert re.fullmatch(reason, advice.gains[0].reason), advice.gains[0].reason
    assert advice.words().endswith(advice.gains[0].reason)


def test_without_the_twin_nothing_is_claimed_but_what_would_show_it() -> None:
    (gain,) = advice_of(measured({FP32: 1, EAGER: 1.4})).gains
    assert gain.reason == "Measure qnnpack-int8:torchscript, too, to see what the overhead of eager mode costs."


def test_fp16_and_bf16_are_held_against_the_fp32_of_the_same_engine() -> None:
    advice = advice_of(measured({"torch-bf16": 0.5, FP32: 1, "torch-fp16": 1.5, "native-fp16@android:a": 1}))
    assert rounded(advice.words()).endswith("PyTorch fp16 is 1.5 x slower.")
    told = {name: [(one[name], one["fp32"], one["reason"]) for one in advice.as_object[name]] for name in REDUCED}
    assert told == {"int8": [], "fp16": [("torch-fp16", FP32, "")], "bf16": [("torch-bf16", FP32, "")]}


def test_kernels_are_a_reason_only_where_the_runner_tells_that_they_lack_dot_products() -> None:
    slow = {"native-fp32": 1.0, "native-int8": 1.1}
    assert said(slow, {"native-int8": {"kernels": "portable"}}).endswith(
        " Native int8 runs with the kernels portable here, which use no int8 dot products."
    )
    for facts in ({"kernels": "avx512vnni"}, {"kernels": "of tomorrow"}):
        assert said(slow, {"native-int8": facts}).endswith("slower than its fp32.")
    fast = {"native-fp32": 1.0, "native-int8": 0.5}
    assert "kernels" not in said(fast, {"native-int8": {"kernels": "portable"}}), "it is faster all the same"


def test_qnnpacks_kernels_are_a_reason_only_beside_a_faster_backend_with_dot_products() -> None:
    """And not where that is as much faster in fp32: there, it may as well be the fixed costs of PyTorch."""
    told = " QNNPACK uses no int8 dot products, which this processor has: with them, Native int8 takes "
    both = {"torch-fp32:torchscript": 1.0, COMPILED: 1.3}

    def reason(native: float, kernels: str, fp32: float = 0.6) -> str:
        native_runs = {"native-fp32": fp32, "native-int8": native}
        comparison = measured({**both, **native_runs}, facts={"native-int8": {"kernels": kernels}})
        return advice_of(comparison).words()

    assert told in reason(0.1, "avx512vnni")
    assert told in reason(0.1, "dotprod")
    assert told in reason(0.1, "i8mm")
    assert told not in reason(0.1, "avx2"), "this processor may have none"
    assert told not in reason(1.3, "avx512vnni"), "they bring nothing here"
    assert told not in reason(0.1, "avx512vnni", fp32=0.3), "a small network, perhaps"


def test_a_round_trip_that_transport_dominates_says_so() -> None:
    scales = {"native-fp32": 0.01, "native-int8": 0.005}  # 2 and 1 µs, beside 41 µs of transport
    words = rounded(advice_of(measured(scales), TimeKind.ROUND_TRIP).words())
    assert words.startswith("Fastest by round trip on this computer: ")
    assert re.search(
        r"By compute, Native int8 is 2 x faster than its fp32, but 41 µs of its round trip is transport\.$", words
    )
    assert "transport" not in advice_of(measured(scales)).words()


# Where it stands.


def test_what_the_answer_has_said_is_not_said_again() -> None:
    def answer(scales: Mapping[str, float]) -> str:
        comparison = measured(scales)
        return rounded(answer_and_advice(comparison, analyse(comparison)))

    assert answer({"native-fp32": 1, "native-int8": 0.5}) == "Native int8 is 2 x faster than Native fp32."
    assert answer({FP32: 1, EAGER: 2}) == (
        "QNNPACK int8 is 2 x slower than PyTorch fp32.\n"
        "Measure qnnpack-int8:torchscript, too, to see what the overhead of eager mode costs."
    )
    assert answer({FP32: 1, "native-fp32": 0.4, "native-int8": 0.2}) == (
        "Native int8 is 5 x faster than PyTorch fp32; Native fp32 is 2.5 x faster.\n"
        "Fastest on this computer: Native int8, 2 x faster than the next, Native fp32. "
        "Native int8 is 2 x faster than its fp32."
    )


def test_a_baseline_that_failed_leaves_the_advice_on_the_others() -> None:
    failures = {FP32: "It died."}
    comparison = make_comparison((FP32, "native-fp32", "native-int8"), QUICK, scales=(1, 1, 0.5), failures=failures)
    words = rounded(answer_and_advice(comparison, analyse(comparison)))
    assert words.startswith(
        "Fastest on this computer: Native int8, 2 x faster than the next, Native fp32. Native int8 is"
    )


def test_programs_get_ids_ratios_and_reasons() -> None:
    comparison = measured(
        {"native-fp32": 1, "native-int8": 1.1, "litert-fp32": 2}, facts={"native-int8": {"kernels": "avx2"}}
    )
    advice = advice_of(comparison)
    (fastest,), (int8,) = advice.as_object["fastest"], advice.as_object["int8"]
    assert (fastest["device"], fastest["backends"], fastest["next"]) == ("", ["native-fp32"], "native-int8")
    assert fastest["ratio_low"] <= fastest["ratio"] <= fastest["ratio_high"]
    assert (int8["int8"], int8["fp32"], int8["verdict"]) == ("native-int8", "native-fp32", "slower")
    in_table = analyse(comparison)[1].ratio
    assert in_table is not None
    assert fastest["ratio"] == int8["ratio"] == in_table.ratio
    assert int8["reason"] in advice.as_object["words"]
