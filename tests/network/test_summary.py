"""What people read of a network."""

from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import Conv2d, Flatten, Linear, MaxPool2d, Relu
from mnist_bench.network.network import Network
from mnist_bench.network.summary import shape_words, summarize
from tests.networks import tiny_network, zeros


def test_shapes_fields_parameters_and_cost_of_each_operator() -> None:
    conv = Conv2d(zeros(4, 1, 3, 3), zeros(4), stride=(2, 2), padding=(1, 1))
    uneven = MaxPool2d(kernel=(2, 3), stride=(2, 1))
    linear = Linear(zeros(10, 4 * 7 * 12), zeros(10))
    first, relu, pool, flatten, last = summarize(Network("shapes", (conv, Relu(), uneven, Flatten(), linear)))
    assert (first.number, first.kind, first.fields) == (0, "conv2d", "3 x 3, stride 2, padding 1")
    assert (first.reads, first.input_shapes, first.output_shape) == ((None,), ((1, 28, 28),), (4, 14, 14))
    assert (first.parameters, first.multiply_adds) == (4 * 9 + 4, 4 * 9 * 14 * 14)
    assert (relu.fields, relu.parameters, relu.multiply_adds) == ("", 0, 0)
    assert pool.fields == "2 x 3, stride 2 x 1"
    assert shape_words(flatten.output_shape) == "336"
    assert (last.parameters, last.multiply_adds) == (3370, 3360)
    assert {operator.output for operator in (first, relu, pool, flatten, last)} == {None}


def test_quantization_is_told_where_there_is_one() -> None:
    network = tiny_network()
    assert network.activations is not None
    operators = summarize(network)
    assert tuple(operator.output for operator in operators) == network.activations
    assert [operator.weight_scales for operator in operators] == [None, None, (1.0, 1.0)]


def test_parts_sum_up_to_the_whole_network() -> None:
    network = load_network("digits-cnn")
    operators = summarize(network)
    assert sum(operator.parameters for operator in operators) == network.parameter_count
    assert sum(operator.multiply_adds for operator in operators) == network.multiply_adds
