"""What a network consists of, for people to read: each operator's shapes, size, cost and quantization."""

from dataclasses import dataclass

from mnist_bench.base import words
from mnist_bench.network.layers import (
    ActivationQuantization,
    Conv2d,
    Elu,
    LeakyRelu,
    Operator,
    Pair,
    ResizeBilinear,
    Shape,
    Sides,
)
from mnist_bench.network.network import Network
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.operators.weighted import Weighted


@dataclass(frozen=True, slots=True)
class OperatorSummary:
    """One operator of a network.

    Attributes:
        number: its place, from 0.
        kind: what it is, such as "conv2d".
        fields: how it is set up, in words; empty where nothing can be.
        reads: what it reads: other operators by their numbers, or None for the image.
        input_shapes: of the values it reads, for one image.
        output_shape: of one image.
        parameters: its weights and biases.
        multiply_adds: for one image.
        weight_scales: the least and the largest scale of its int8 weights (one for each output channel); None without.
        output: how its output is quantized; None in a network that is fp32 alone.
    """

    number: int
    kind: str
    fields: str
    reads: tuple[int | None, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int
    multiply_adds: int
    weight_scales: tuple[float, float] | None
    output: ActivationQuantization | None


def summarize(network: Network) -> tuple[OperatorSummary, ...]:
    """The operators in their order."""
    outputs = network.activations or (None,) * len(network.operators)
    parts = zip(network.operators, network.inputs, network.input_shapes, network.output_shapes, outputs, strict=True)
    return tuple(
        OperatorSummary(
            number,
            operator.kind,
            _fields(operator),
            tuple(value - 1 if value else None for value in read),
            shapes,
            behind,
            operator.parameter_count,
            operator.multiply_adds(*shapes),
            _weight_scales(operator),
            output,
        )
        for number, (operator, read, shapes, behind, output) in enumerate(parts)
    )


def shape_words(shape: Shape) -> str:
    """A shape as "8 x 14 x 14"."""
    return " x ".join(map(str, shape))


def _fields(operator: Operator) -> str:
    match operator:
        case Conv2d():
            groups = f"{operator.groups} groups" if operator.groups > 1 else ""
            return _window(operator.kernel, operator.stride, operator.sides, groups)
        case Pooling():
            return _window(operator.kernel, operator.stride, operator.sides)
        case ResizeBilinear():
            return f"to {shape_words(operator.size)}"
        case LeakyRelu():
            return f"slope {words.short_number(operator.slope)}"
        case Elu():
            return f"alpha {words.short_number(operator.alpha)}"
        case _:
            return ""


def _window(kernel: Pair, stride: Pair, sides: Sides, groups: str = "") -> str:
    top, left, bottom, right = sides
    padding = _pair((top, left)) if sides[:2] == sides[2:] else f"{top}, {left}, {bottom}, {right}"
    padded = f"padding {padding}" if any(sides) else ""
    strided = f"stride {_pair(stride)}" if stride != (1, 1) else ""
    return ", ".join(filter(None, (shape_words(kernel), strided, padded, groups)))


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else shape_words(pair)


def _weight_scales(operator: Operator) -> tuple[float, float] | None:
    if not isinstance(operator, Weighted) or operator.quantized is None:
        return None
    return float(operator.quantized.scales.min()), float(operator.quantized.scales.max())
