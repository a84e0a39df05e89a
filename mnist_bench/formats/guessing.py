"""Guesses the graph of a network from its layers alone, as a state dict has them: candidates, the likeliest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mnist_bench.formats.arranging import SIDES, Arrangement, Window, arrangements
from mnist_bench.formats.candidate import Activate, Candidate, Residual, Variant
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.layers_found import NO_GRAPH, Layer, fits
from mnist_bench.network.layers import (
    AvgPool2d,
    Elu,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Relu,
    Relu6,
    Sigmoid,
    Tanh,
)

FEWEST_CANDIDATES, MAX_CANDIDATES = 6, 100
_MOST_MULTIPLY_ADDS = 60_000_000
"""For one image by all candidates together: each is tried on some digits, which should not take long."""
_MOST_ARRANGEMENTS = 24
_FARTHEST = 6.0
"""How much dearer than the likeliest an arrangement may be that is still tried."""
_RARE = 3.0
"""What is as dear as this besides the arrangement is tried with the likeliest arrangement alone."""

_RESIDUALS = (
    (1.5, Residual(2, "layer")),  # as in the basic blocks of ResNet
    (2.5, Residual(2, "activation")),  # as in ResNet-9
    (2.5, Residual(3, "layer")),  # as in bottlenecks
    (2.5, Residual(1, "activation")),
    (3.0, Residual(1, "layer")),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a saved module says of its parts without weights: None, or no poolings, where it says nothing."""

    activation: Operator | None = None
    pool: type[MaxPool2d | AvgPool2d] | None = None
    windows: tuple[Window, ...] = ()


def guess(layers: Sequence[Layer], format_name: str, name: str, known: Known | None = None) -> list[ForeignGraph]:
    """Graphs that these layers may be, convolutions first; `format_name` and `name` are those of the graphs.

    Raises:
        FormatError: no arrangement of them takes an image of 28 x 28 or 32 x 32 pixels.
    """
    convolutions = [layer for layer in layers if layer.is_convolution]
    linears = [layer for layer in layers if not layer.is_convolution]
    _check_chain(convolutions, linears)
    known = known or Known()
    found = _arrangements(convolutions, linears, known.windows)
    if not found:
        raise FormatError(_misfit(convolutions, linears), advice=NO_GRAPH)
    likeliest = [one for one in found if one.cost <= found[0].cost + _FARTHEST][:_MOST_ARRANGEMENTS]
    variants = sorted(_variants(layers, known), key=lambda one: one.cost)
    ways = [
        (one.cost + variant.cost, one, variant)
        for one in likeliest
        for variant in variants
        if one is found[0] or variant.cost <= variants[0].cost + _RARE
    ]
    graphs: list[ForeignGraph] = []
    shared: dict[str, Linear] = {}
    multiply_adds = 0
    for _, arrangement, variant in sorted(ways, key=lambda way: way[0]):
        candidate = Candidate(convolutions, linears, shared, arrangement, variant)
        if not candidate.is_possible:
            continue
        graph = candidate.graph(format_name, name)
        if all(graph.guessed != other.guessed for other in graphs):
            graphs.append(graph)
            multiply_adds += candidate.multiply_adds
        if len(graphs) == MAX_CANDIDATES or (len(graphs) >= FEWEST_CANDIDATES and multiply_adds > _MOST_MULTIPLY_ADDS):
            break
    return graphs


def _check_chain(convolutions: Sequence[Layer], linears: Sequence[Layer]) -> None:
    """FormatError unless each layer takes as many channels or features as the one before it gives."""
    if convolutions and convolutions[0].weight.shape[1] not in (1, 3):
        raise FormatError(f"Its first convolution takes {convolutions[0].weight.shape[1]} channels; an image has one.")
    for before, layer in [*_pairs(convolutions), *_pairs(linears)]:
        if not fits(before, layer):
            raise FormatError(
                f"{layer.name} takes {layer.weight.shape[1]} values where {before.name} gives {len(before.weight)}: "
                "they are not one after another, and the file does not say how they are joined.",
                advice=NO_GRAPH,
            )


def _pairs(layers: Sequence[Layer]) -> list[tuple[Layer, Layer]]:
    return list(pairwise(layers))


def _arrangements(
    convolutions: Sequence[Layer], linears: Sequence[Layer], windows: Sequence[Window]
) -> list[Arrangement]:
    features = linears[0].weight.shape[1] if linears else None
    if convolutions:
        return arrangements(convolutions, features, windows)
    return [Arrangement(0.0, side, ()) for side in SIDES if features in (side * side, 3 * side * side)]


def _misfit(convolutions: Sequence[Layer], linears: Sequence[Layer]) -> str:
    first = linears[0] if linears else convolutions[-1]
    if not convolutions:
        return f"{first.name} takes {first.weight.shape[1]} values; an image of 28 x 28 pixels has 784."
    return (
        f"No strides, paddings and poolings were found with which {convolutions[0].name} takes an image of 28 x 28 "
        f"pixels and {first.name} its {first.weight.shape[1]} values."
    )


def _all(operator: Operator | None) -> Activate:
    return lambda _, __: operator


def _first_and_others(first: Operator, others: Operator) -> Activate:
    return lambda at, _: first if at == 0 else others


def _variants(layers: Sequence[Layer], known: Known) -> Iterator[Variant]:
    """Every choice of activation, pooling and place of batch norms that is tried."""
    pool = known.pool or MaxPool2d
    if known.activation is not None:
        activations: list[tuple[float, Activate]] = [(0.0, _all(known.activation))]
    else:
        activations = _activations(layers)
    likeliest = min(activations, key=lambda one: one[0])[1]
    for cost, activate in activations:
        yield Variant(cost, activate, pool)
        if known.pool is None and any(layer.is_convolution for layer in layers) and cost <= 3:
            yield Variant(cost + (2.0 if cost == 0 else 0.5), activate, AvgPool2d)
    if any(layer.norm is not None and layer.norm_gap is None for layer in layers):
        yield Variant(2.5, likeliest, pool, "activation")
        yield Variant(3.5, likeliest, pool, "pool")
    for cost, residual in _RESIDUALS:
        yield Variant(cost, likeliest, pool, residual=residual)


def _activations(layers: Sequence[Layer]) -> list[tuple[float, Activate]]:
    """Activations with their cost. Names may say which: PyTorch's tutorial has a `linear_relu_stack`."""
    options: list[tuple[float, Activate]] = [
        (0.0, _all(Relu())),
        (2.0, _all(Tanh())),
        (3.0, _all(Sigmoid())),
        (3.5, _first_and_others(Tanh(), Sigmoid())),
        (3.8, _all(LeakyRelu(0.2))),
        (4.0, _all(Elu())),
        (4.5, _all(LeakyRelu())),
        (6.0, _all(None)),
    ]
    convolutions = sum(layer.is_convolution for layer in layers)
    if convolutions and len(layers) > convolutions + 1:
        options.append((2.5, lambda at, _: Relu() if at < convolutions else None))
        options.append((3.2, lambda at, _: None if at < convolutions else Relu()))
    if _has_depthwise(layers):
        options.append((2.5, _all(Relu6())))
    if _is_learning_path(layers):
        options.append((-1.0, options[3][1]))
    return options


def _has_depthwise(layers: Sequence[Layer]) -> bool:
    """Whether a convolution works on each channel alone, as in MobileNet, which has relu6."""
    return any(
        one.is_convolution and one.weight.shape[1] == 1 and fits(before, one) and len(before.weight) > 1
        for before, one in pairwise(layers)
    )


def _is_learning_path(layers: Sequence[Layer]) -> bool:
    """Whether these are the layers of Arm's Learning Path on classifying digits: tanh, then sigmoid, by its text."""
    names = [f"linear_stack.{index}" for index in (0, 3, 6)]
    return [(layer.name.removeprefix("model."), layer.weight.shape) for layer in layers] == list(
        zip(names, [(96, 784), (256, 96), (10, 256)], strict=True)
    )
