"""What is dropped from a graph, and what its end becomes."""

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode, Identity, LogSoftmax, Reshape, Unsupported
from mnist_bench.formats.passes import drop_identities, drop_unused, end_in_softmax, refuse_unsupported
from mnist_bench.network.layers import Operator, Relu, Sigmoid, Softmax, Tanh
from tests.foreign_graphs import assert_same, chain, kinds, linear, random_values


def test_branches_that_the_output_does_not_need_are_dropped_and_told() -> None:
    nodes = (
        ForeignNode("a", Relu(), ("x",), "a"),
        ForeignNode("b", Unsupported("ArgMax"), ("a",), "b"),
        ForeignNode("c", Tanh(), ("a",), "c"),
    )
    graph = ForeignGraph("made up", "made up", "x", (4,), nodes, "c")
    changed = assert_same_but_for_unused(graph)
    assert kinds(changed) == ["Relu", "Tanh"]
    assert changed.notes == ("1 of its operators does not change its answer, and is left out.",)
    assert drop_unused(changed) == changed


def assert_same_but_for_unused(graph: ForeignGraph) -> ForeignGraph:
    changed = drop_unused(graph)
    inputs = random_values(0, 2, *graph.input_shape)
    np.testing.assert_allclose(evaluate(changed, inputs), np.tanh(np.maximum(inputs, 0)), atol=1e-6)
    return changed


def test_all_that_is_not_supported_is_named_with_where_it_stands_and_why() -> None:
    graph = chain((4,), Relu(), Unsupported("LSTM"), Unsupported("Conv2DTranspose", "it makes images larger"), Tanh())
    with pytest.raises(FormatError) as error:
        refuse_unsupported(graph)
    assert error.value.message == (
        "The network has 2 operators that this program does not run: LSTM at unsupported1 and Conv2DTranspose at "
        "unsupported2 (it makes images larger)."
    )
    assert error.value.advice.startswith("Open a network without them,")
    with pytest.raises(FormatError, match=r"has an operator that .* Open a network without it,"):
        refuse_unsupported(chain((4,), Unsupported("LSTM")))
    fine = chain((4,), Relu())
    assert refuse_unsupported(fine) is fine


def test_what_only_training_needs_is_dropped_and_dropout_is_told() -> None:
    graph = chain((4,), Identity("dropout"), Relu(), Identity("cast"), Identity("dropout"))
    changed = assert_same(graph, drop_identities)
    assert kinds(changed) == ["Relu"]
    assert changed.notes == ("Dropout, which only training needs, is left out (2 x).",)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ((Softmax(),), ""),
        ((LogSoftmax(),), "log_softmax"),
        ((Softmax(), Softmax()), "softmaxes"),
        ((Softmax(), LogSoftmax()), "softmaxes"),
        ((Softmax(), Affine(np.full(1, 255, np.float32), np.zeros(1, np.float32)), Identity("cast")), "bytes"),
        ((LogSoftmax(), Reshape((1, 10))), "log_softmax"),
    ],
)
def test_a_graph_ends_in_one_softmax(end: tuple[Operator, ...], told: str) -> None:
    graph = chain((6,), linear(1, 10, 6), *end)
    changed = end_in_softmax(graph)
    assert kinds(changed) == ["Linear", "Softmax"]
    inputs = random_values(0, 5, 6)
    before, after = evaluate(graph, inputs), evaluate(changed, inputs)
    np.testing.assert_array_equal(before.reshape(5, 10).argmax(1), after.argmax(1))
    np.testing.assert_allclose(after, evaluate(chain((6,), linear(1, 10, 6), Softmax()), inputs), rtol=1e-5)
    assert told in "".join(changed.notes)
    assert bool(told) == bool(changed.notes)


@pytest.mark.parametrize(
    "end",
    [
        (),
        (Affine(np.full(1, 0.5, np.float32), np.zeros(1, np.float32)),),
        (Softmax(), Affine(np.full(1, -1, np.float32), np.zeros(1, np.float32))),
        (Softmax(), Affine(np.arange(1, 11, dtype=np.float32), np.zeros(1, np.float32))),
    ],
)
def test_an_end_that_is_no_softmax_stays(end: tuple[Operator, ...]) -> None:
    graph = chain((6,), linear(1, 10, 6), *end)
    assert end_in_softmax(graph) == graph


@pytest.mark.parametrize("end", [Sigmoid(), Tanh(), Relu()])
def test_an_end_that_puts_out_no_logits_is_told(end: Operator) -> None:
    graph = chain((6,), linear(1, 10, 6), end)
    told = end_in_softmax(graph)
    assert told.nodes == graph.nodes
    assert told.notes == (f"It ends in a {end.kind}: the probabilities shown are a softmax of what that puts out.",)


def test_a_temperature_in_front_of_the_softmax_stays() -> None:
    graph = chain((6,), linear(1, 10, 6), Affine(np.full(1, 0.5, np.float32), np.zeros(1, np.float32)), LogSoftmax())
    assert kinds(end_in_softmax(graph)) == ["Linear", "Affine", "Softmax"]
