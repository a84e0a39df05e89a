"""The operators that a network is made of, and the one list of them."""

from mnist_bench.network.operators.activations import Elu, LeakyRelu, Prelu, Relu, Relu6, Sigmoid, Tanh
from mnist_bench.network.operators.conv2d import Conv2d
from mnist_bench.network.operators.joining import Add, Concat
from mnist_bench.network.operators.linear import Linear
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.pooling import AvgPool2d, MaxPool2d
from mnist_bench.network.operators.reshaping import Flatten, Softmax
from mnist_bench.network.operators.resizing import ResizeBilinear

OPERATORS: tuple[type[Operator], ...] = (
    Conv2d,
    Linear,
    Relu,
    Tanh,
    Sigmoid,
    MaxPool2d,
    AvgPool2d,
    Flatten,
    Softmax,
    Relu6,
    LeakyRelu,
    Elu,
    Prelu,
    Add,
    Concat,
    ResizeBilinear,
)
"""By their codes on the stream."""
BY_KIND = {operator.kind: operator for operator in OPERATORS}
"""By the names that files use."""
BY_CODE = {operator.code: operator for operator in OPERATORS}
