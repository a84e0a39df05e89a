import numpy as np
import pytest
import torch
from torch.nn import functional

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import (
    Affine,
    ForeignGraph,
    ForeignNode,
    ForeignOperator,
    Identity,
    LogSoftmax,
    Pad,
    Reshape,
    Transpose,
    Unsupported,
)
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Elu,
    Flatten,
    LeakyRelu,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)
from tests.foreign_graphs import chain, conv, linear, random_values

X = torch.tensor(random_values(0, 3, 4, 9, 11))


def same(operator: Operator | ForeignOperator, inputs: torch.Tensor, expected: torch.Tensor) -> None:
    graph = chain(tuple(inputs.shape[1:]), operator)
    values = evaluate(graph, inputs.numpy())
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, expected.numpy(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(evaluate(graph, inputs.numpy(), np.float64), expected.numpy(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_convolutions_are_torchs(groups: int) -> None:
    operator = conv(1, 8, 4, (3, 2), (2, 1), (1, 0, 2, 1), groups)
    padded = functional.pad(X, (0, 1, 1, 2))
    weight, bias = torch.tensor(operator.weight), torch.tensor(operator.bias)
    same(operator, X, functional.conv2d(padded, weight, bias, (2, 1), groups=groups))


def test_poolings_are_torchs() -> None:
    same(MaxPool2d((3, 2), (2, 3), (1, 0)), X - 5, functional.max_pool2d(X - 5, (3, 2), (2, 3), (1, 0)))
    same(AvgPool2d((3, 3), (2, 2), (1, 1)), X, functional.avg_pool2d(X, 3, 2, 1))
    same(AvgPool2d((2, 2), (2, 2), (0, 0, 1, 1)), X, functional.avg_pool2d(functional.pad(X, (0, 1, 0, 1)), 2))


def test_functions_of_one_value_are_torchs() -> None:
    same(Relu(), X, X.relu())
    same(Relu6(), X * 9, functional.relu6(X * 9))
    same(LeakyRelu(0.1), X, functional.leaky_relu(X, 0.1))
    same(Elu(1.5), X, functional.elu(X, 1.5))
    same(Tanh(), X, X.tanh())
    same(Sigmoid(), X, X.sigmoid())
    slopes = random_values(3, 4)
    same(Prelu(slopes), X, functional.prelu(X, torch.tensor(slopes)))
    same(Prelu(slopes), X[:, :, 0, 0], functional.prelu(X[:, :, 0, 0], torch.tensor(slopes)))


def test_linears_and_softmaxes_are_torchs() -> None:
    operator = linear(1, 5, 11)
    expected = functional.linear(X, torch.tensor(operator.weight), torch.tensor(operator.bias))
    same(operator, X, expected)
    same(operator, X[:, 0, 0], expected[:, 0, 0])
    row = X[:, 0, 0] * 100
    same(Softmax(), row, row.softmax(1))
    same(LogSoftmax(), X, X.log_softmax(-1))


def test_shapes_change_as_torch_changes_them() -> None:
    same(Transpose((1, 2, 0)), X, X.permute(0, 2, 3, 1))
    same(Reshape((9, -1)), X, X.reshape(3, 9, 44))
    same(Flatten(), X, X.flatten(1))
    same(Pad(((0, 0), (1, 2), (3, 0)), 0.5), X, functional.pad(X, (3, 0, 1, 2), value=0.5))
    same(Identity("dropout"), X, X)


def test_an_affine_is_broadcast_within_an_image() -> None:
    scale, offset = random_values(1, 11), random_values(2, 4, 1, 1)
    same(Affine(scale, offset), X, X * torch.tensor(scale) + torch.tensor(offset))
    row = X[:, 0, 0]
    same(Affine(scale[None], scale), row, (row * torch.tensor(scale) + torch.tensor(scale))[:, None])


def test_values_are_joined() -> None:
    def joined(operator: Operator, shape: Shape) -> ForeignGraph:
        nodes = (ForeignNode("tanh", Tanh(), ("x",), "t"), ForeignNode("join", operator, ("x", "t"), "y"))
        return ForeignGraph("made up", "made up", "x", shape, nodes, "y")

    shape = tuple(X.shape[1:])
    np.testing.assert_allclose(evaluate(joined(Add(), shape), X.numpy()), X + X.tanh(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        evaluate(joined(Concat(), shape), X.numpy()), torch.cat((X, X.tanh()), 1), rtol=0, atol=1e-5
    )


def test_many_images_give_the_same_as_few() -> None:
    graph = chain((4, 9, 11), conv(1, 3, 4), Relu(), Flatten())
    many = random_values(5, 23, 4, 9, 11)
    np.testing.assert_allclose(evaluate(graph, many)[19:], evaluate(graph, many[19:]), rtol=0, atol=1e-4)


def test_an_unknown_operator_is_named() -> None:
    with pytest.raises(FormatError, match="unsupported0"):
        evaluate(chain((4,), Unsupported("LSTM")), np.zeros((1, 4)))
