"""Model files written by hand whose network wants another input: found out, and the rest are left as they are."""

from pathlib import Path

import numpy as np
import pytest

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import load_network, open_model
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.own import as_graph, read, recognises, wants_other_input
from mnist_bench.network.layers import Linear
from mnist_bench.network.model_file import write_model_file
from mnist_bench.network.network import Network
from tests.networks import random_network, tiny_network


def unfolded(scale: float, offset: float) -> Network:
    """digits-mlp as if it had been trained on pixel / 255 * scale + offset."""
    network = load_network("digits-mlp")
    first = next(index for index, one in enumerate(network.operators) if isinstance(one, Linear))
    linear = network.operators[first]
    assert isinstance(linear, Linear)
    weight = linear.weight / scale
    bias = linear.bias - offset * weight.sum(axis=1)
    operators = list(network.operators)
    operators[first] = Linear(weight.astype(np.float32), bias.astype(np.float32))
    return Network("unfolded", tuple(operators), inputs=network.inputs)


def right(network: Network) -> int:
    digits = labelled_digits()
    logits = evaluate(as_graph(network), digits.images[:, None].astype(np.float32) / np.float32(255))
    return int((logits.argmax(axis=1) == digits.labels).sum())


@pytest.mark.parametrize(("name", "scale", "offset"), [("symmetric", 2.0, -1.0), ("inverted-255", -1.0, 1.0)])
def test_a_network_that_was_trained_on_another_input_reads_as_well_as_it_can(
    tmp_path: Path, name: str, scale: float, offset: float
) -> None:
    path = tmp_path / "by-hand.safetensors"
    write_model_file(path, unfolded(scale, offset))
    opened = open_model(path)
    assert opened.report is not None
    assert opened.report.format == "mnist-bench model file"
    assert opened.report.normalisation["name"] == name
    assert right(opened.network) == right(load_network("digits-mlp"))


def test_networks_that_nothing_helps_or_that_need_no_help_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "random.safetensors"
    for network in (tiny_network(), load_network("digits-cnn"), random_network(np.random.default_rng(3))):
        write_model_file(path, network)
        assert not wants_other_input(network)
        assert open_model(path).report is None


def test_our_own_notes_say_that_the_input_is_right(tmp_path: Path) -> None:
    path = tmp_path / "noted.safetensors"
    write_model_file(path, unfolded(2.0, -1.0), {"normalisation": "x/255"})
    assert open_model(path).report is None


def test_a_graph_of_the_file_computes_what_the_network_does(tmp_path: Path) -> None:
    path = tmp_path / "graph.safetensors"
    network = random_network(np.random.default_rng(5))
    write_model_file(path, network)
    assert recognises(path.read_bytes()[:100], path)
    images = np.random.default_rng(0).random((3, 1, 28, 28), np.float32)
    np.testing.assert_array_equal(evaluate(read(path), images), evaluate(as_graph(network), images))
