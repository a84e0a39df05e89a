"""What a network consists of, for people to read: each operator's shapes, size, cost and quantization."""

from dataclasses import dataclass

from mnist_bench.network.layers import ActivationQuantization, AvgPool2d, Conv2d, Layer, Linear, MaxPool2d, Pair, Shape
from mnist_bench.network.network import Network


@dataclass(frozen=True, slots=True)
class OperatorSummary:
    """One operator of a network.

    Attributes:
        number: its place, from 0.
        kind: what it is, such as "conv2d".
        fields: how it is set up, in words; empty where nothing can be.
        input_shape, output_shape: of one image.
        parameters: its weights and biases.
        multiply_adds: for one image.
        weight_scales: the least and the largest scale of its int8 weights (one for each output channel); None without.
        output: how its output is quantized; None in a network that is fp32 alone.
    """

    number: int
    kind: str
    fields: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    multiply_adds: int
    weight_scales: tuple[float, float] | None
    output: ActivationQuantization | None


def summarize(network: Network) -> tuple[OperatorSummary, ...]:
    """The operators in their order."""
    outputs = network.activations or (None,) * len(network.layers)
    parts = zip(network.layers, network.input_shapes, network.output_shapes, outputs, strict=True)
    return tuple(
        OperatorSummary(
            number,
            layer.kind,
            _fields(layer),
            before,
            behind,
            layer.weight.size + layer.bias.size if isinstance(layer, Conv2d | Linear) else 0,
            layer.multiply_adds(before),
            _weight_scales(layer),
            output,
        )
        for number, (layer, before, behind, output) in enumerate(parts)
    )


def shape_words(shape: Shape) -> str:
    """A shape as "8 × 14 × 14"."""
    return " × ".join(map(str, shape))


def _fields(layer: Layer) -> str:
    if isinstance(layer, Conv2d):
        groups = f"{layer.groups} groups" if layer.groups > 1 else ""
        return _window((layer.weight.shape[2], layer.weight.shape[3]), layer.stride, layer.padding, groups)
    if isinstance(layer, MaxPool2d | AvgPool2d):
        return _window(layer.kernel, layer.stride, layer.padding)
    return ""


def _window(kernel: Pair, stride: Pair, padding: Pair, groups: str = "") -> str:
    padded = f"padding {_pair(padding)}" if any(padding) else ""
    return ", ".join(filter(None, (shape_words(kernel), f"stride {_pair(stride)}", padded, groups)))


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else shape_words(pair)


def _weight_scales(layer: Layer) -> tuple[float, float] | None:
    if not isinstance(layer, Conv2d | Linear) or layer.quantized is None:
        return None
    return float(layer.quantized.scales.min()), float(layer.quantized.scales.max())
