"""A difference is found, counted and told, however small; what rounding may do in fp32 is none."""

from contextlib import nullcontext

import numpy as np
import pytest

from mnist_bench.network.network import Precision
from mnist_bench.protocol.tracing import LayerTrace
from tools.parity import __main__ as parity
from tools.parity import engines
from tools.parity.comparing import EXACT_TOLERANCE, TOLERANCE, Tally, differing_layers
from tools.parity.networks import network_of
from tools.parity.running import Refusals
from tools.parity.windows import Windows

LOGITS = np.random.default_rng(0).normal(size=(5, 10)).astype(np.float32)


def trace(output: np.ndarray, first: int = 0, last: int = 0) -> LayerTrace:
    return LayerTrace("conv2d", first, last, 1, output.astype(np.float32))


@pytest.mark.parametrize(("precision", "differing"), [(Precision.INT8, 1), (Precision.FP32, 0)])
def test_the_last_bit_counts_in_int8_alone(precision: Precision, differing: int) -> None:
    other = LOGITS.copy()
    other[3, 4] = np.nextafter(other[3, 4], np.float32(np.inf))
    tally = Tally("set", precision)
    tally.add_images("model", LOGITS, other)
    assert (tally.cases, tally.differing, len(tally.notes)) == (5, differing, differing)
    assert tally.furthest > 0


def test_in_fp32_the_tolerance_and_the_digit_count() -> None:
    most = TOLERANCE[Precision.FP32] * float(np.abs(LOGITS).max())
    tally = Tally("set", Precision.FP32)
    tally.add_images("model", LOGITS, LOGITS + np.float32(0.9 * most))
    assert tally.differing == 0
    tally.add_images("model", LOGITS, LOGITS + np.float32(1.1 * most))
    assert tally.differing == 5
    swapped = LOGITS.copy()
    swapped[:, LOGITS[0].argmax()] = -9
    tally.add_images("model", LOGITS, swapped)
    assert tally.differing == 10


def test_a_bundled_network_may_differ_less_from_float64_and_reads_the_same_digits() -> None:
    exact = LOGITS.astype(np.float64)
    between = LOGITS + np.float32(5 * EXACT_TOLERANCE * np.abs(LOGITS).max())
    tally = Tally("set", Precision.FP32)
    tally.add_exact("network 3", exact, between, is_bundled=False)
    assert tally.differing == 0
    assert tally.from_exact == pytest.approx(5 * EXACT_TOLERANCE, rel=0.01)
    tally.add_exact("model", exact, between, is_bundled=True)
    assert (tally.differing, tally.notes) == (1, ["model: a logit is off float64's by 5.0e-05 of the largest"])
    near = exact.copy()
    near[2] = 0
    near[2, :2] = 1, 1 + 1e-9  # which float32 cannot tell apart
    tally.add_exact("model", near, near.astype(np.float32), is_bundled=True)
    assert tally.notes[-1] == "model: 1 digits are not those of float64"


def test_a_layer_is_compared_with_the_one_that_ends_where_it_ends() -> None:
    values = np.arange(6).reshape(1, 2, 3)
    apart = [trace(values, 0, 0), trace(values * 2, 1, 1)]
    assert differing_layers(apart, [trace(values * 2, 0, 1)], Precision.INT8) == ()
    (found,) = differing_layers(apart, [trace(values * 2 + np.eye(2, 3), 0, 1)], Precision.INT8)
    assert "2 of 6 values differ" in found
    (found,) = differing_layers(apart, [trace((values * 2).reshape(2, 1, 3), 0, 1)], Precision.INT8)
    assert "not (1, 2, 3)" in found
    (found,) = differing_layers(apart, [trace(values * 2.01, 0, 1)], Precision.FP32)
    assert "off by" in found
    (found,) = differing_layers(apart, apart[:1], Precision.INT8)
    assert "ends behind layer 0, not 1" in found


@pytest.mark.parametrize(("name", "differing"), [("tanh", 0), ("max_pool2d", 1)])
def test_what_a_sum_of_large_values_left_behind_may_show_after_a_tanh(name: str, differing: int) -> None:
    sums, left = np.array([4e5, 0.063], np.float32), np.array([1.0, 0.063], np.float32)
    expected = [trace(sums, 0, 0), LayerTrace(name, 1, 1, 1, left)]
    off = [trace(sums + np.float32(1e-3), 0, 0), LayerTrace(name, 1, 1, 1, left + np.float32(1e-3))]
    assert len(differing_layers(expected, off, Precision.FP32)) == differing


def test_a_number_always_stands_for_the_same_network() -> None:
    for number in range(8):
        one, other = network_of(number), network_of(number)
        assert one.activations == other.activations
        assert one.is_quantized
        for layer, twin in zip(one.operators, other.operators, strict=True):
            assert repr(layer) == repr(twin)


@pytest.mark.parametrize("differing", [0, 1])
def test_one_difference_makes_the_status_1_and_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], differing: int
) -> None:
    tally = Tally("portable", Precision.INT8, cases=10)
    if differing:
        tally.differs("network 7: relu (layer 1): 1 of 9 values differ")
    refusals = Refusals({"no QNNPACK for this": 2})
    monkeypatch.setattr(parity, "split_by_presence", lambda sets: (sets[:1], {sets[1]: "There is no such processor."}))
    monkeypatch.setattr(engines, "split_by_installation", lambda *_, **__: ((), ()))
    monkeypatch.setattr(parity, "compare_images", lambda *_: (tally,))
    monkeypatch.setattr(parity, "windows", lambda *_, **__: nullcontext(Windows(left_out=("There is no Wine.",))))
    monkeypatch.setattr(parity, "compare_networks", lambda *_: ((tally,), refusals))
    assert parity.main(["--quick"]) == differing
    told = capsys.readouterr().out
    assert ("network 7" in told) == bool(differing)
    assert "2 networks more were drawn: no QNNPACK" in told
    assert "Not run: avx2" in told
    assert "There is no Wine" in told


def test_without_any_kernel_set_or_engine_nothing_was_compared() -> None:
    assert parity.main(["--only", "no such set", "--first", "1"]) == 1
