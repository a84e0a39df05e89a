"""All that a network is made of, to import from one place: operators, quantization, shapes."""

from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.operators.activations import Elu, LeakyRelu, Prelu, Relu, Relu6, Sigmoid, Tanh
from mnist_bench.network.operators.conv2d import Conv2d
from mnist_bench.network.operators.joining import Add, Concat
from mnist_bench.network.operators.linear import Linear
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.pooling import AvgPool2d, MaxPool2d
from mnist_bench.network.operators.reshaping import Flatten, Softmax
from mnist_bench.network.operators.resizing import ResizeBilinear
from mnist_bench.network.operators.window import Pair, Sides
from mnist_bench.network.quantization import LARGEST_WEIGHT, ActivationQuantization, QuantizedWeights

__all__ = [
    "LARGEST_WEIGHT",
    "ActivationQuantization",
    "Add",
    "AvgPool2d",
    "Concat",
    "Conv2d",
    "Elu",
    "Flatten",
    "FloatArray",
    "LeakyRelu",
    "Linear",
    "MaxPool2d",
    "Operator",
    "Pair",
    "Prelu",
    "QuantizedWeights",
    "Relu",
    "Relu6",
    "ResizeBilinear",
    "Shape",
    "Sides",
    "Sigmoid",
    "Softmax",
    "Tanh",
]
