"""Networks as ONNX files, run by ONNX Runtime and imported again."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import load_network
from mnist_bench.formats import onnx
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.export_onnx import _factors, export_onnx
from mnist_bench.formats.importing import import_graph
from mnist_bench.network.bundled import bundled_names
from mnist_bench.network.layers import Conv2d, Flatten, Linear, Relu, ResizeBilinear, Tanh
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.training.faithful import compare_with_program
from tests.formats.own_runtimes import (
    assert_same_logits,
    assert_same_steps,
    by_onnx_runtime,
    by_this_program,
    calibrated,
    logit_scale,
    steps_apart,
)
from tests.graphs import every_operator, random_graph
from tests.networks import normal, ones, zeros

DIGITS = labelled_digits().images


def networks(count: int) -> list[Network]:
    operators, inputs = every_operator()
    random = [random_graph(np.random.default_rng(seed)) for seed in range(count)]
    return [Network("every operator", operators, None, inputs), *random]


def test_fp32_answers_as_the_network_does() -> None:
    for network in [*map(load_network, bundled_names()), *networks(8)]:
        found = by_onnx_runtime(export_onnx(network, Precision.FP32), DIGITS[:40])
        assert_same_logits(found, by_this_program(network, Precision.FP32, DIGITS[:40]))


@pytest.mark.mnist
@pytest.mark.slow
@pytest.mark.parametrize("name", bundled_names())
def test_all_of_mnist_is_read_alike(name: str, mnist: Path) -> None:
    network, images = load_network(name), load_digits(mnist, "test").images
    found = by_onnx_runtime(export_onnx(network, Precision.FP32), images)
    assert_same_logits(found, by_this_program(network, Precision.FP32, images))
    found = by_onnx_runtime(export_onnx(network, Precision.INT8), images)
    assert_same_steps(found, by_this_program(network, Precision.INT8, images), logit_scale(network))


@pytest.mark.parametrize("name", bundled_names())
def test_int8_of_bundled_networks_is_within_a_step(name: str) -> None:
    network = load_network(name)
    found = by_onnx_runtime(export_onnx(network, Precision.INT8), DIGITS)
    assert_same_steps(found, by_this_program(network, Precision.INT8, DIGITS), logit_scale(network))


def test_int8_of_calibrated_graphs_is_within_a_step_or_two() -> None:
    """An average that lies between two steps is rounded up by the one and down by the other, which a later operator
    may make two steps of. (A tanh or sigmoid whose input has steps of 1 or more, which no calibration makes, would
    make a leap of it.)
    """
    steps = []
    for network in map(calibrated, networks(8)):
        found = by_onnx_runtime(export_onnx(network, Precision.INT8), DIGITS[:50])
        steps.append(steps_apart(found, by_this_program(network, Precision.INT8, DIGITS[:50]), logit_scale(network)))
    assert np.max(steps) <= 3
    assert (np.array(steps) <= 1).mean() >= 0.995


@pytest.mark.parametrize("size", [(28, 14), (16, 28)])
def test_an_image_that_a_convolution_puts_out_is_enlarged_in_int8(size: tuple[int, int], tmp_path: Path) -> None:
    """ONNX Runtime moves channels to the end there, which it cannot do with a resize of some axes."""
    rng = np.random.default_rng(4)
    conv = Conv2d(normal(rng, 0.5, 3, 1, 15, 15), normal(rng, 1, 3))
    last = Linear(normal(rng, 0.1, 10, 4 * (size[0] - 1) * (size[1] - 1)), normal(rng, 1, 10))
    chain = (conv, ResizeBilinear(size), Conv2d(normal(rng, 0.5, 4, 3, 2, 2), normal(rng, 1, 4)), Flatten(), last)
    network = calibrated(Network("enlarged", chain))
    for precision in PRECISIONS:
        data = export_onnx(network, precision)
        found, expected = by_onnx_runtime(data, DIGITS[:40]), by_this_program(network, precision, DIGITS[:40])
        if precision is Precision.FP32:
            assert_same_logits(found, expected)
        else:
            assert steps_apart(found, expected, logit_scale(network)).max() <= 3
        path = tmp_path / "enlarged.onnx"
        path.write_bytes(data)
        resizes = [node.operator for node in onnx.read(path).nodes if isinstance(node.operator, ResizeBilinear)]
        assert [one.size for one in resizes] == [size]


def test_factors_bring_every_side_to_every_other() -> None:
    """Readers compute the side in float32 or float64, and round down."""
    for before, after in itertools.product(range(1, 60), range(1, 120)):
        factor = _factors((before, before), (after, after))[2]
        assert int(np.float32(before) * factor) == int(before * float(factor)) == after


@pytest.mark.slow
@pytest.mark.parametrize("name", bundled_names())
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_file_is_imported_as_the_network_that_it_was(name: str, precision: Precision, tmp_path: Path) -> None:
    network, path = load_network(name), tmp_path / "digits.onnx"
    path.write_bytes(export_onnx(network, precision))
    graph = onnx.read(path)
    imported = import_graph([graph])
    assert imported.normalisation.source == "file"
    assert "own program on 10 digits" in compare_with_program(path, graph, imported.normalisation.normalisation)
    again = imported.network
    found, expected = (by_this_program(one, precision, DIGITS[:50]) for one in (again, network))
    if precision is Precision.FP32:
        assert_same_logits(found, expected, tolerance=2e-6)
    else:
        np.testing.assert_array_equal(found, expected)


def test_a_relu_that_int8_leaves_out_is_there_again(tmp_path: Path) -> None:
    """The lowest byte stands for zero then; ONNX Runtime's own quantizer leaves it out, too."""
    rng = np.random.default_rng(3)
    conv = Conv2d(normal(rng, 9, 2, 1, 3, 3), normal(rng, 1, 2))
    chain = (conv, Relu(), Flatten(), Linear(normal(rng, 1, 10, 1352), normal(rng, 1, 10)))
    network, path = calibrated(Network("relu", chain)), tmp_path / "relu.onnx"
    path.write_bytes(export_onnx(network, Precision.INT8))
    graph = onnx.read(path)
    assert [type(node.operator) for node in graph.nodes][:2] == [Conv2d, Relu]
    compare_with_program(path, graph, import_graph([graph]).normalisation.normalisation)


def test_int8_wants_a_quantized_network() -> None:
    network = Network("tanh", (Flatten(), Linear(ones(10, 784), zeros(10)), Tanh()))
    with pytest.raises(FormatError, match="no int8"):
        export_onnx(network, Precision.INT8)
