"""What every operator says of itself: its fields, the shape behind it, its cost and the quantization of its output.

Shapes are those of one image: (channels, height, width), or (features,) behind a flatten. Arithmetic is the runners'.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.quantization import ActivationQuantization
from mnist_bench.network.tables import Table

Quantizations = tuple[ActivationQuantization, ...]

VALUE_WORK = 10
"""Multiply-adds that a value counts as where none are made; in a pooling, each in each window."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an operator, as files and the stream hold it.

    Attributes:
        name: of the dataclass's attribute, and of the field in a model file.
        count: numbers in it; more than one are a list.
        is_float: whether they are float32; otherwise they are unsigned.
    """

    name: str
    count: int = 1
    is_float: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of node of a network; each subclass is a kind, and this one has what most of them share.

    Attributes:
        kind: its name, in files and for people.
        code: its number on the stream; never used for another kind.
        body: what it sends, in words for docs/protocol.md.
        fields: what it is set up with, in the order of the stream.
        arity: the fewest and the most values that it reads.
    """

    kind: ClassVar[str]
    code: ClassVar[int]
    body: ClassVar[str] = "nothing"
    fields: ClassVar[tuple[Field, ...]] = ()
    arity: ClassVar[tuple[int, int]] = (1, 1)

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape behind it, from those of the values it reads; NetworkError if they do not fit it."""
        return shapes[0]

    def multiply_adds(self, *shapes: Shape) -> int:  # noqa: ARG002 - of most operators none are worth counting
        """Multiplications for one image of `shapes`."""
        return 0

    def work(self, *shapes: Shape) -> int:
        """What one image of `shapes` counts as in MAX_MULTIPLY_ADDS."""
        return VALUE_WORK * math.prod(self.output_shape(*shapes))

    @property
    def parameters(self) -> tuple[FloatArray, ...]:
        """The arrays that training finds: weights and biases."""
        return ()

    @property
    def parameter_count(self) -> int:
        """How many numbers its parameters are."""
        return sum(array.size for array in self.parameters)

    def fixed_quantization(self, before: Quantizations) -> ActivationQuantization | None:
        """What its output's quantization must be, given those of the values it reads; None if it has its own."""
        return before[0]

    def check_quantization(self, own: ActivationQuantization, before: Quantizations) -> None:
        """NetworkError unless QNNPACK could run it so."""
        fixed = self.fixed_quantization(before)
        if fixed is not None and own != fixed:
            raise NetworkError("It has a quantization that QNNPACK would not use.")


class OwnQuantization(Operator):
    """What operators share whose output has a quantization of its own."""

    __slots__ = ()

    def fixed_quantization(self, before: Quantizations) -> None:
        """None: it was found by calibration."""


class Tabled(OwnQuantization):
    """What elementwise operators share that QNNPACK does not have: in int8 they go by tables of 256 bytes."""

    __slots__ = ()

    def tables(self, before: ActivationQuantization, after: ActivationQuantization) -> Table:
        """uint8 (channels, 256), or (1, 256) for all channels: the output byte for each input byte."""
        raise NotImplementedError
