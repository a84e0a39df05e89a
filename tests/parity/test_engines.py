"""Engines beside PyTorch: a difference is found, counted and explained, and one without a known reason is told."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from mnist_bench.network.layers import ActivationQuantization, Flatten, Linear, MaxPool2d, QuantizedWeights, Sigmoid
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION, SIGMOID_QUANTIZATION
from mnist_bench.runners.torch_modules import pixels_to_float, pixels_to_quantized, quantized_steps
from tests.networks import tiny_network, zeros
from tools.parity import __main__ as parity
from tools.parity import engines
from tools.parity.comparing import Logits
from tools.parity.engine_values import Bytes, Values
from tools.parity.engines import GraphTally, ImageTally, compare_graphs, split_by_installation
from tools.parity.executorch_values import AllValues
from tools.parity.explaining import GROWTH, OVERFLOW, STEEP, Reason, explain_difference, explain_refusal

IMAGES = np.random.default_rng(0).integers(100, 256, (3, 28, 28), np.uint8)
NO_REASON = "for no known reason"


ALIKE = ImageTally("model", "LiteRT", Precision.INT8, 10_000, 9_900, 9_900, 0.9995, 1.0)


@pytest.mark.parametrize(
    ("tally", "is_wrong"),
    [
        (ALIKE, False),
        (replace(ALIKE, right=9_898), False),
        (replace(ALIKE, right=9_903), True),
        (replace(ALIKE, right=9_897), True),
        (replace(ALIKE, equal=0.9989), True),
        (replace(ALIKE, furthest=2.0), True),
        (replace(ALIKE, precision=Precision.FP32, equal=0.1, furthest=9e-5), False),
        (replace(ALIKE, precision=Precision.FP32, equal=0.1, furthest=1.1e-4), True),
    ],
)
def test_accuracy_bytes_and_distance_each_make_an_engine_wrong(tally: ImageTally, is_wrong: bool) -> None:
    assert tally.is_wrong == is_wrong


def test_each_network_is_counted_once_and_named_where_it_is_further_off() -> None:
    expected: Logits = np.arange(20, dtype=np.float32).reshape(2, 10)
    tally = GraphTally("LiteRT", Precision.INT8)
    for name, steps, reason in (
        ("1", 0, None),
        ("2", 1, None),
        ("3", 2, Reason("it is known", "conv2d")),
        ("4", 3, None),
    ):
        got = expected.copy()
        got[1, 4] -= steps
        tally.add(name, expected, got, 1.0, partial(lambda one: one, reason))
    tally.refuse("5", "It is too steep.", Reason("steep", "linear"))
    tally.refuse("6", "It crashed.", None)
    assert tally.row == ("int8", "LiteRT", "6", "1", "1", "2", "2", "3 steps")
    assert (tally.otherwise, tally.refused) == (
        {"it is known": ["3 (conv2d)"], NO_REASON: ["4"]},
        {"steep": ["5 (linear)"], NO_REASON: ["6"]},
    )
    assert tally.unexplained == ["4: off by 3 steps", "6: It crashed."]
    told = "\n".join(tally.notes)
    assert "computed otherwise: it is known: 3 (conv2d)." in told
    assert "unexplained: 6: It crashed." in told


def test_fp32_is_compared_with_the_largest_of_its_own_row() -> None:
    expected = np.array([[1000.0] * 10, [1.0] * 10], np.float32)
    tally = GraphTally("LiteRT", Precision.FP32)
    tally.add("1", expected, expected + np.array([[0.05], [0]], np.float32), 1.0, lambda: None)
    tally.add("2", expected, expected + np.array([[0], [2e-4]], np.float32), 1.0, lambda: None)
    assert (tally.near, tally.otherwise) == (1, {NO_REASON: ["2"]})


def squashed(before: ActivationQuantization) -> Network:
    """The largest pixel, negated and not, through a sigmoid and a linear operator."""
    first = QuantizedWeights(np.array([[50], [-50]], np.int8), np.full(2, 0.02, np.float32))
    last = QuantizedWeights(np.tile(np.array([100, 20], np.int8), (10, 1)), np.full(10, 0.01, np.float32))
    operators = (
        MaxPool2d((28, 28), (28, 28)),
        Flatten(),
        Linear(first.dequantized(), zeros(2), quantized=first),
        Sigmoid(),
        Linear(last.dequantized(), zeros(10), quantized=last),
    )
    after = (INPUT_QUANTIZATION, INPUT_QUANTIZATION, before, SIGMOID_QUANTIZATION, ActivationQuantization(0.01, 0))
    return Network("squashed", operators, after)


def computed(network: Network, changed: int, change: int) -> tuple[Values, Logits]:
    """QNNPACK's values and logits, but that `change` is added to the bytes of the operator at `changed`."""
    torch.backends.quantized.engine = "qnnpack"
    steps = quantized_steps(network)
    values = {0: pixels_to_quantized(torch.tensor(IMAGES))}
    shown: dict[int, Bytes] = {}
    for step in steps:
        out = step.run(values)
        made = (out.int_repr().numpy().astype(np.int64) + (change if step.last == changed else 0)).clip(0, 255)
        shown[step.last] = made.astype(np.uint8)
        values[step.last + 1] = torch._make_per_tensor_quantized_tensor(
            torch.tensor(shown[step.last]), out.q_scale(), out.q_zero_point()
        )
    return shown, values[step.last + 1].dequantize().numpy()


def test_a_step_that_a_sigmoid_makes_more_of_is_told_with_both_operators() -> None:
    network = squashed(ActivationQuantization(0.5, 128))
    values, logits = computed(network, 2, 1)
    reason = explain_difference(network, IMAGES, logits, values)
    assert reason is not None
    assert reason.kind == GROWTH
    assert reason.where.startswith("1 step at linear (layer 2), ")
    assert reason.where.endswith(" at sigmoid (layer 3)")


def test_two_steps_at_once_and_values_of_other_logits_have_no_known_reason() -> None:
    network = squashed(ActivationQuantization(0.5, 128))
    values, logits = computed(network, 2, 2)
    assert explain_difference(network, IMAGES, logits, values) is None
    values, logits = computed(network, 2, 1)
    assert explain_difference(network, IMAGES, logits + np.float32(0.01), values) is None


@pytest.mark.parametrize("scale", [1e-10, 1e-3])
@pytest.mark.parametrize(("sign", "whose"), [(1, "in QNNPACK"), (-1, "in the engine")])
def test_a_sum_that_leaves_32_bits_is_found_where_it_does(scale: float, sign: int, whose: str) -> None:
    """QNNPACK puts out the lowest byte for what is too large and for what is too small, the engine the highest."""
    weights = QuantizedWeights(np.full((10, 1), sign * 127, np.int8), np.ones(10, np.float32))
    linear = Linear(weights.dequantized(), zeros(10), quantized=weights)
    own = ActivationQuantization(scale, 40)
    operators = (MaxPool2d((28, 28), (28, 28)), Flatten(), linear)
    network = Network("steep", operators, (INPUT_QUANTIZATION, INPUT_QUANTIZATION, own))
    values, logits = computed(network, 2, 0)
    planted = dict(values) | {2: np.full((3, 10), 255, np.uint8)}
    reason = explain_difference(network, IMAGES, np.full_like(logits, (255 - 40) * np.float32(own.scale)), planted)
    if scale == 1e-10:
        assert (values[2] == 0).all()
        assert reason == Reason(OVERFLOW, f"linear (layer 2) {whose}")
    else:
        assert reason is None  # far from 32 bits: nothing excuses another byte, or there is no difference
    refusal = explain_refusal("litert", network)
    assert explain_refusal("executorch", network) == refusal  # the same kernels
    assert refusal == Reason(STEEP, f"linear (layer 2): {1 / 255 / own.scale:.3g}") if scale == 1e-10 else not refusal
    assert explain_refusal("onnxruntime", network) is None


def test_the_module_that_tells_executorchs_values_computes_as_qnnpack_does() -> None:
    network = tiny_network()
    module = AllValues(network).eval()
    steps = quantized_steps(network)
    for image in torch.tensor(IMAGES):
        values = {0: pixels_to_quantized(image[None])}
        told = module(pixels_to_float(image[None]))
        for step, restored in zip(steps, told, strict=True):
            expected = step.run(values)
            assert (restored - expected.dequantize()).abs().max() <= 1.01 * expected.q_scale()


def test_real_engines_are_compared_and_what_they_compute_otherwise_is_explained(
    installed_engines: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names, left_out = split_by_installation("")
    assert names == ("onnxruntime", "litert")
    assert [text.partition(":")[0] for text in left_out] == ["Left out"]  # ExecuTorch, which tests do not install
    monkeypatch.setattr(engines, "bundled_names", lambda: ["tiny"])
    monkeypatch.setattr(engines, "load_network", lambda _: tiny_network())
    digits = engines.digits_to_read(None, 20)
    assert not engines.compare(names, [Precision.INT8], digits, parity.hard_images(), 1, 7, lambda _: None)
    told = capsys.readouterr().out
    assert told.count("int8, tiny, 20") == 2
    assert f"int8, ONNX Runtime, computed otherwise: {OVERFLOW}: 7 (linear (layer 7) in QNNPACK)." in told
    assert f"int8, LiteRT, refused: {STEEP}: 7 (linear (layer 7): 339)." in told
    for tally in compare_graphs(1, parity.hard_images(), Precision.INT8, names, 60):
        assert list(tally.otherwise) == [GROWTH]
        assert not tally.unexplained


def test_an_engine_that_is_not_installed_is_left_out_with_a_sentence(
    no_engines: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parity.main(["--only", "LiteRT"]) == 1  # nothing was compared
    assert "Left out: LiteRT is not installed. Run `mnist-bench engines install litert`." in capsys.readouterr().out
    assert engines.split_by_installation("vnni") == ((), ())


def test_an_engine_that_is_wrong_makes_the_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "split_by_installation", lambda *_, **__: (("litert",), ()))
    for wrong in (True, False):
        monkeypatch.setattr(engines, "compare", lambda *_, wrong=wrong: wrong)
        assert parity.main(["--only", "no kernels", "--quick"]) == wrong
