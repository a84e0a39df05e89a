"""Builds the graph of one candidate of a guess, and says in words what was guessed in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_bench.base import words
from mnist_bench.formats.arranging import Arrangement, Step, Window
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode, ForeignOperator
from mnist_bench.formats.layers_found import NO_GRAPH, Array, Layer
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Conv2d,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Shape,
)

Activate = Callable[[int, int], Operator | None]
"""The activation behind hidden layer i of n; None for none."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is guessed besides the arrangement.

    Attributes:
        cost: the higher, the less likely.
        pool: the kind of pooling.
        norm_at: what a batch norm stands behind: "layer", "activation" or "pool".
        residual: the blocks with a way around them; None for none.
    """

    cost: float
    activate: Activate
    pool: type[MaxPool2d | AvgPool2d] = MaxPool2d
    norm_at: str = "layer"
    residual: "Residual | None" = None


@dataclass(frozen=True, slots=True)
class Residual:
    """Blocks of convolutions to whose output their input is added.

    Attributes:
        length: convolutions in a block.
        at: what the addition stands behind: "layer" (and its batch norm) or "activation".
    """

    length: int
    at: str

    def starts(self, convolutions: Sequence[Layer], arrangement: Arrangement) -> tuple[int, ...]:
        """Where blocks begin: each gives an image of the shape that it takes; never at the first convolution."""
        found: list[int] = []
        at = 1
        while at + self.length <= len(convolutions):
            if _keeps_shape(convolutions[at : at + self.length], arrangement.steps[at : at + self.length]):
                found.append(at)
                at += self.length
            else:
                at += 1
        return tuple(found)


def _keeps_shape(block: Sequence[Layer], steps: Sequence[Step]) -> bool:
    """Whether a block may have a way around it; poolings stand behind it, not in it, and not all of it is 1 x 1."""
    return (
        block[0].weight.shape[1] == len(block[-1].weight)
        and any(layer.weight.shape[2] > 1 for layer in block)
        and all(step.pool is None for step in steps[:-1])
        and all(
            step.stride == (1, 1) and sum(step.padding[axis::2]) == layer.weight.shape[2 + axis] - 1
            for layer, step in zip(block, steps, strict=True)
            for axis in (0, 1)
        )
    )


class Candidate:
    """Builds the graph of one candidate, and says what was guessed in it.

    `shared` are the linear operators by name, made by the first candidate: in all they are the same, and large.

    Attributes:
        multiply_adds: of the graph, for one image.
    """

    def __init__(
        self,
        convolutions: Sequence[Layer],
        linears: Sequence[Layer],
        shared: dict[str, Linear],
        arrangement: Arrangement,
        variant: Variant,
    ) -> None:
        self._convolutions, self._linears, self._shared = convolutions, linears, shared
        self._arrangement, self._variant = arrangement, variant
        first = (convolutions or linears)[0].weight
        channels = first.shape[1] if convolutions else first.shape[1] // arrangement.side**2
        self._input: Shape = (channels, arrangement.side, arrangement.side)
        self._shape: Shape = self._input
        self.multiply_adds = 0
        self._nodes: list[ForeignNode] = []
        self._guessed: list[str] = []
        self._hidden = len(convolutions) + len(linears) - 1
        residual = variant.residual
        self._starts = () if residual is None else residual.starts(convolutions, arrangement)
        self._around = ("", "")  # the value that the block began with, and what its first layer is called

    @property
    def is_possible(self) -> bool:
        """Whether what its variant says of residual blocks applies to its arrangement."""
        return self._variant.residual is None or bool(self._starts)

    def graph(self, format_name: str, name: str) -> ForeignGraph:
        """The candidate; FormatError if an operator of it is outside of what this program runs."""
        try:
            for at, layer in enumerate(self._convolutions):
                self._add_convolution(at, layer)
            self._add_end_of_image()
            for at, layer in enumerate(self._linears, start=len(self._convolutions)):
                self._add_linear(at, layer)
        except NetworkError as error:
            raise FormatError(error.message, advice=NO_GRAPH) from error
        if self._arrangement.side != 28:
            self._guessed.insert(0, f"Its image has {self._arrangement.side} x {self._arrangement.side} pixels.")
        output = self._nodes[-1].output
        return ForeignGraph(
            format_name, name, "image", self._input, tuple(self._nodes), output, guessed=tuple(self._guessed)
        )

    def _add(self, name: str, operator: Operator | ForeignOperator) -> None:
        before = self._nodes[-1].output if self._nodes else "image"
        self._nodes.append(ForeignNode(name, operator, (before,), f"{len(self._nodes)}:{name}"))
        if isinstance(operator, Operator):
            self.multiply_adds += operator.multiply_adds(self._shape)
            self._shape = operator.output_shape(self._shape)

    def _add_convolution(self, at: int, layer: Layer) -> None:
        step = self._arrangement.steps[at]
        if at in self._starts:
            self._around = self._nodes[-1].output, _called(layer)
        groups = self._shape[0] // layer.weight.shape[1]
        self._add(layer.name, Conv2d(layer.weight, layer.bias, step.stride, step.padding, groups))
        words = [] if layer.stride is not None else [f"{_called(layer)}: {_moves(step.stride, step.padding)}"]
        pool = _pooling(step.pool, self._variant.pool)
        self._add_behind(at, layer, pool, words)

    def _add_linear(self, at: int, layer: Layer) -> None:
        if layer.name not in self._shared:
            self._shared[layer.name] = Linear(layer.weight, layer.bias)
        self._add(layer.name, self._shared[layer.name])
        self._add_behind(at, layer, None, [])

    def _add_behind(self, at: int, layer: Layer, pool: Operator | None, words: list[str]) -> None:
        """The activation, pooling and batch norm behind a layer; what is guessed of them becomes one sentence."""
        activation = self._activation(at, layer)
        norm_at = self._variant.norm_at if layer.norm_gap is None else _norm_at(layer.norm_gap)
        behind = [operator for operator in (activation, pool) if operator is not None]
        places = {"layer": 0, "activation": int(activation is not None), "pool": len(behind)}
        join_at = self._join_at(at, places)
        told = []
        for index in range(len(behind) + 1):
            if layer.norm is not None and places[norm_at] == index:
                self._add(layer.norm.name, _affine(layer.norm.scale, layer.norm.offset, len(self._shape)))
                told.append("batch norm")
            if join_at == index:
                self._nodes.append(self._joining(layer))
                told.append(f"a residual connection from the input of {self._around[1]}")
            if index < len(behind):
                self._add(f"{layer.name} ({behind[index].kind})", behind[index])
                told.append(_told(behind[index]))
        if words or told:
            self._guessed.append(
                "; then ".join([*(words or [_called(layer)]), " and ".join(told)]).removesuffix("; then ") + "."
            )

    def _join_at(self, at: int, places: Mapping[str, int]) -> int | None:
        """Behind how many of a layer's operators the way around a block ends; None where none does."""
        residual = self._variant.residual
        if residual is None or at - residual.length + 1 not in self._starts:
            return None
        return places[residual.at]

    def _joining(self, layer: Layer) -> ForeignNode:
        name = f"{layer.name} (add)"
        return ForeignNode(name, Add(), (self._nodes[-1].output, self._around[0]), f"{len(self._nodes)}:{name}")

    def _activation(self, at: int, layer: Layer) -> Operator | None:
        if at == self._hidden or (layer.gap == 0 and not layer.norm_gap):
            return None
        if layer.slopes is not None:
            channels = self._shape[0]
            return Prelu(np.broadcast_to(layer.slopes, (channels,)) if len(layer.slopes) == 1 else layer.slopes)
        return self._variant.activate(at, self._hidden)

    def _add_end_of_image(self) -> None:
        reduced = self._arrangement.reduced
        if reduced is not None:
            kernel = (self._shape[1] // reduced, self._shape[2] // reduced)
            self._add(f"average pool to {reduced} x {reduced}", AvgPool2d(kernel, kernel))
            self._guessed.append(f"An average pooling to {reduced} x {reduced} stands in front of {self._next()}.")
        self._add("flatten", Flatten())

    def _next(self) -> str:
        return self._linears[0].name if self._linears else "the output"


def _norm_at(gap: int) -> str:
    return ("layer", "activation", "pool")[min(gap, 2)]


def _affine(scale: Array, offset: Array, axes: int) -> Affine:
    shape = (-1, *[1] * (axes - 1))
    return Affine(scale.reshape(shape), offset.reshape(shape))


def _pooling(window: Window | None, kind: type[MaxPool2d | AvgPool2d]) -> Operator | None:
    if window is None:
        return None
    return kind((window.kernel,) * 2, (window.stride,) * 2, (window.padding,) * 2)


def _called(layer: Layer) -> str:
    """The layer's name; one without words, as in a Sequential, by its number."""
    return f"layer {layer.name}" if layer.name.isdigit() else layer.name


def _moves(stride: tuple[int, int], padding: tuple[int, int, int, int]) -> str:
    sides = "no padding" if not any(padding) else f"padding {padding[0]}"
    if len(set(padding)) > 1:
        sides = f"padding {padding}"
    return f"stride {stride[0]}, {sides}"


def _told(operator: Operator) -> str:
    match operator:
        case MaxPool2d() | AvgPool2d():
            kind = "max" if isinstance(operator, MaxPool2d) else "average"
            stride = "" if operator.stride == operator.kernel else f" with stride {operator.stride[0]}"
            return f"{kind} pooling of {operator.kernel[0]} x {operator.kernel[1]}{stride}"
        case LeakyRelu():
            return f"leaky relu of {words.setting(operator.slope)}"
        case _:
            return operator.kind
