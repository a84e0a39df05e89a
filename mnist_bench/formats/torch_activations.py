"""What PyTorch's activations, softmaxes, dropouts, and layers packed for phones or in int8 add to a graph."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mnist_bench.formats.composing import SELU
from mnist_bench.formats.foreign import Affine, LogSoftmax
from mnist_bench.formats.layers_found import Array
from mnist_bench.formats.torch_graph import GraphBuilder, Value
from mnist_bench.formats.torch_operators import add_made, conv2d, linear, operator
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_tensors import Tensor
from mnist_bench.network.layers import Elu, LeakyRelu, Operator, Prelu, Relu, Relu6, Sigmoid, Softmax, Tanh

_DYNAMIC = "Its weights are int8, made by dynamic quantization; they are read as the float32 numbers they stand for."


def _plain(name: str, make: Callable[[], Operator]) -> None:
    @operator(name)
    def add(graph: GraphBuilder, x: Value) -> Value:
        return graph.add(name, make(), [x])


_plain("relu", Relu)
_plain("relu6", Relu6)
_plain("tanh", Tanh)
_plain("sigmoid", Sigmoid)


@operator("hardtanh", "clamp", "clip")
def clamp(graph: GraphBuilder, x: Value, *bounds: Any, **named: Any) -> Value:
    """A clamp, where it is a relu or a relu6 (which PyTorch writes as a hardtanh from 0 to 6)."""
    low = bounds[0] if bounds else named.get("min", named.get("min_val"))
    high = bounds[1] if len(bounds) > 1 else named.get("max", named.get("max_val"))
    if low == 0 and high in (None, 6):
        return graph.add("relu", Relu() if high is None else Relu6(), [x])
    return graph.unsupported("clamp", [x], why=f"from {low} to {high}", keeps_shape=True)


@operator("clamp_min")
def clamp_min(graph: GraphBuilder, x: Value, low: Any) -> Value:
    """A clamp from below, where it is a relu."""
    return clamp(graph, x, low, None)


@operator("threshold")
def threshold(graph: GraphBuilder, x: Value, threshold: Any, value: Any) -> Value:
    """X above the threshold, otherwise the value: a relu where both are 0."""
    if threshold == 0 and value == 0:
        return graph.add("relu", Relu(), [x])
    return graph.unsupported("threshold", [x], keeps_shape=True)


@operator("leaky_relu")
def leaky_relu(graph: GraphBuilder, x: Value, negative_slope: float = 0.01) -> Value:
    """A leaky relu."""
    return graph.add("leaky_relu", LeakyRelu(float(negative_slope)), [x])


@operator("rrelu", "rrelu_with_noise")
def rrelu(graph: GraphBuilder, x: Value, *arguments: Any, **named: Any) -> Value:
    """A leaky relu whose slope was random in training: the mean of its bounds."""
    bounds = [one for one in arguments if isinstance(one, float)]
    low, high = bounds[:2] if len(bounds) >= 2 else (named.get("lower", 1 / 8), named.get("upper", 1 / 3))
    return graph.add("leaky_relu", LeakyRelu((low + high) / 2), [x])


@operator("elu")
def elu(graph: GraphBuilder, x: Value, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Value:
    """An elu, perhaps times a number, and of another number times the image's values where these are below zero."""
    bent = graph.add("elu", Elu(float(alpha * input_scale)), [_times(graph, x, input_scale)])
    return _times(graph, bent, scale / input_scale)


def _times(graph: GraphBuilder, x: Value, factor: float) -> Value:
    if factor == 1:
        return x
    affine = Affine(np.asarray(factor, np.float32), np.zeros((), np.float32))
    return graph.add_foreign("elu", affine, x, x.shape)


@operator("celu")
def celu(graph: GraphBuilder, x: Value, alpha: float = 1.0) -> Value:
    """An elu of x / alpha below zero, whose slope has no step (torch.nn.CELU)."""
    return elu(graph, x, alpha, 1.0, 1 / alpha)


@operator("selu")
def selu(graph: GraphBuilder, x: Value) -> Value:
    """An elu of a certain alpha, times a certain number (torch.nn.SELU)."""
    return elu(graph, x, *SELU)


@operator("prelu", "_prelu_kernel")
def prelu(graph: GraphBuilder, x: Value, weight: Array) -> Value:
    """A relu with a slope for each channel, or one for all."""
    slopes = np.broadcast_to(weight.reshape(-1), x.image_shape[:1]) if weight.size == 1 else weight.reshape(-1)
    return add_made(graph, "prelu", lambda: Prelu(slopes), x)


@operator("softmax", "_softmax")
def softmax(graph: GraphBuilder, x: Value, dim: int, *_: Any) -> Value:
    """A softmax over the classes."""
    if x.axis(dim) != len(x.shape) - 1:
        return graph.unsupported("softmax", [x], why="it is not over the last axis", keeps_shape=True)
    return graph.add("softmax", Softmax(), [x])


@operator("log_softmax", "_log_softmax")
def log_softmax(graph: GraphBuilder, x: Value, dim: int, *_: Any) -> Value:
    """The logarithm of a softmax over the classes."""
    if x.axis(dim) != len(x.shape) - 1:
        return graph.unsupported("log_softmax", [x], why="it is not over the last axis", keeps_shape=True)
    return graph.add_foreign("log_softmax", LogSoftmax(), x, x.shape)


@operator("log")
def log(graph: GraphBuilder, x: Value) -> Value:
    """The logarithm of a softmax."""
    made = graph.maker(x)
    if made is None or not isinstance(made.operator, Softmax):
        return graph.unsupported("log", [x], keeps_shape=True)
    return graph.add_foreign("log_softmax", LogSoftmax(), replace(x, name=made.inputs[0]), x.shape)


@operator("argmax")
def argmax(graph: GraphBuilder, x: Value, *_: Any) -> Value:
    """The class alone."""
    return graph.class_alone("argmax", x)


@operator("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
def dropout(graph: GraphBuilder, x: Value, p: float = 0.5, train: bool = False) -> Value:
    """Nothing, when a network is used; a note if it was left on."""
    return graph.dropout(x, bool(train) and p > 0)


@operator("native_dropout")
def native_dropout(graph: GraphBuilder, x: Value, p: float, train: bool | None) -> tuple[Value, None]:
    """A dropout; what it left out is not followed."""
    return graph.dropout(x, bool(train) and p > 0), None


@operator("prepacked::conv2d_clamp_run", "prepacked::linear_clamp_run")
def run_packed(graph: GraphBuilder, x: Value, packed: Instance) -> Value:
    """A layer that torch.utils.mobile_optimizer packed for XNNPACK: weight, bias, ..., and a clamp of its output.

    Its fields are those of aten/src/ATen/native/xnnpack/OpContext.h: a convolution has stride, padding, dilation and
    groups between bias and clamp, a linear layer has not.
    """
    match packed.state:
        case (Tensor() as weight, (Tensor() | None) as bias, stride, padding, dilation, int() as groups, low, high):
            bias_array = None if bias is None else bias.array()
            y = conv2d(graph, x, weight.array(), bias_array, stride, padding, dilation, groups)
        case (Tensor() as weight, (Tensor() | None) as bias, low, high):
            y = linear(graph, x, weight.array(), None if bias is None else bias.array())
        case _:
            return graph.unsupported(packed.kind.name, [x], why="its packed weights are of an unknown form")
    return y if low is None and high is None else clamp(graph, y, low, high)


@operator("quantized::linear_prepack", "quantized::linear_prepack_fp16")
def pack_linear(_: GraphBuilder, weight: Any, bias: Any = None) -> tuple[Any, Any]:
    """The weights as they are, which linear_dynamic takes."""
    return weight, bias


@operator("quantized::linear_unpack", "quantized::linear_unpack_fp16")
def unpack_linear(_: GraphBuilder, packed: Any) -> Any:
    """Weight and bias."""
    return packed.state if isinstance(packed, Instance) else packed


@operator("quantized::linear_dynamic", "quantized::linear_dynamic_fp16")
def linear_dynamic(graph: GraphBuilder, x: Value, packed: Any, *_: Any) -> Value:
    """A linear layer with int8 weights and float32 values around it: read with the numbers its weights stand for."""
    graph.note(_DYNAMIC)
    arrays = [one.array() if isinstance(one, Tensor) else one for one in unpack_linear(graph, packed)]
    return linear(graph, x, *arrays)


@operator("quantized::linear_relu_dynamic", "quantized::linear_relu_dynamic_fp16")
def linear_relu_dynamic(graph: GraphBuilder, x: Value, packed: Any, *_: Any) -> Value:
    """The same with a relu behind it."""
    return graph.add("relu", Relu(), [linear_dynamic(graph, x, packed)])
