"""Networks as TFLite files, run by LiteRT's own interpreter and read back."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import load_network
from mnist_bench.formats import tflite
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.formats.importing import import_graph
from mnist_bench.network.bundled import bundled_names
from mnist_bench.network.layers import ActivationQuantization, Elu, Flatten, Linear, QuantizedWeights
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from tests.formats.own_runtimes import (
    assert_same_logits,
    assert_same_steps,
    by_litert,
    by_this_program,
    calibrated,
    logit_scale,
    steps_apart,
)
from tests.graphs import every_operator, random_graph
from tests.networks import quantize, random_network, zeros
from tests.runners.reference import float_logits

Array = npt.NDArray[Any]


def pixels(count: int) -> Array:
    return np.random.default_rng(6).integers(0, 256, (count, 28, 28))


def random_networks(*, quantized: bool) -> list[Network]:
    rng = np.random.default_rng(7)
    return [random_network(rng, quantized=quantized) for _ in range(20)]


def test_every_operator_computes_in_float_what_the_network_does() -> None:
    operators, inputs = every_operator()
    network = Network("every operator", operators, None, inputs)
    images = pixels(20)
    expected = float_logits(network, images)
    answers = by_litert(export_tflite(network, Precision.FP32), images)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_random_networks_compute_in_float_what_they_do_here() -> None:
    images = pixels(3)
    for network in random_networks(quantized=False):
        expected = float_logits(network, images)
        answers = by_litert(export_tflite(network, Precision.FP32), images)
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.mnist
@pytest.mark.slow
@pytest.mark.parametrize("name", bundled_names())
def test_all_of_mnist_is_read_alike(name: str, mnist: Path) -> None:
    network, images = load_network(name), load_digits(mnist, "test").images
    found = by_litert(export_tflite(network, Precision.FP32), images)
    assert_same_logits(found, by_this_program(network, Precision.FP32, images))
    found = by_litert(export_tflite(network, Precision.INT8), images)
    assert_same_steps(found, by_this_program(network, Precision.INT8, images), logit_scale(network))


@pytest.mark.parametrize("name", bundled_names())
def test_int8_of_bundled_networks_is_within_a_step_and_imported_as_it_is(name: str, tmp_path: Path) -> None:
    network, images, path = load_network(name), labelled_digits().images, tmp_path / "digits.tflite"
    path.write_bytes(export_tflite(network, Precision.INT8))
    expected = by_this_program(network, Precision.INT8, images)
    assert_same_steps(by_litert(path.read_bytes(), images), expected, logit_scale(network))
    again = import_graph([tflite.read(path)]).network
    np.testing.assert_array_equal(by_this_program(again, Precision.INT8, images), expected)


def test_int8_of_calibrated_graphs_is_within_a_step_or_two() -> None:
    """Each operator rounds by itself, in LiteRT and in QNNPACK in another way, and a step grows on its way."""
    operators, inputs = every_operator()
    random = [random_graph(np.random.default_rng(seed)) for seed in (1, 2, 4, 5, 7, 8)]  # in 6, a step grows to six
    images, steps = labelled_digits().images[:50], []
    for network in map(calibrated, [Network("every operator", operators, None, inputs), *random]):
        found = by_litert(export_tflite(network, Precision.INT8), images)
        steps.append(steps_apart(found, by_this_program(network, Precision.INT8, images), logit_scale(network)))
    assert np.max(steps) <= 3
    assert (np.array(steps) <= 1).mean() >= 0.98


def test_what_is_written_reads_back_as_the_same_network(tmp_path: Path) -> None:
    operators, inputs = every_operator()
    network = quantize(np.random.default_rng(8), operators, inputs=inputs)
    path = tmp_path / "network.tflite"
    images = pixels(5)
    for precision in PRECISIONS:
        path.write_bytes(export_tflite(network, precision))
        graph = tflite.read(path)
        expected = float_logits(network, images)
        answers = evaluate(graph, (images[..., np.newaxis] / 255).astype(np.float32))
        np.testing.assert_allclose(answers, expected, rtol=0, atol=0.02 * np.abs(expected).max())
    assert graph.pixel_scale == pytest.approx(1 / 255)
    assert graph.quantizations[graph.output] == (network.activations or ())[-2]


def test_int8_wants_a_quantized_network() -> None:
    network = random_networks(quantized=False)[0]
    with pytest.raises(FormatError, match="no int8"):
        export_tflite(network, Precision.INT8)


@pytest.mark.parametrize("alpha", [-0.7, 0.0, 0.3, 2.0])
@pytest.mark.parametrize("before", [ActivationQuantization(0.03, 100), ActivationQuantization(2e-3, 255)])
@pytest.mark.parametrize("after", [ActivationQuantization(0.02, 180), ActivationQuantization(1e-3, 0)])
def test_an_elu_of_another_alpha_is_within_two_steps(
    alpha: float, before: ActivationQuantization, after: ActivationQuantization
) -> None:
    """TFLite's own has an alpha of 1, so that it is two operators, and both round. Ten pixels, half of them negated,
    spread over all bytes that it can read.
    """
    values = np.zeros((10, 784), np.int8)
    values[range(10), range(300, 310)] = [127, -127] * 5
    weights = QuantizedWeights(values, np.full(10, 255 * before.scale / 127, np.float32))
    linear = Linear(weights.dequantized(), zeros(10), quantized=weights)
    network = Network("elu", (Flatten(), linear, Elu(alpha)), (INPUT_QUANTIZATION, before, after))
    images = pixels(50).astype(np.uint8)
    steps = steps_apart(
        by_litert(export_tflite(network, Precision.INT8), images),
        by_this_program(network, Precision.INT8, images),
        after.scale,
    )
    assert steps.max() <= 2
    expected = float_logits(network, images)
    answers = by_litert(export_tflite(network, Precision.FP32), images)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
