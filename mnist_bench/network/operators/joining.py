"""add and concat: the operators that read more than one value."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import OwnQuantization, Quantizations
from mnist_bench.network.quantization import ActivationQuantization

MAX_INPUTS = 16
"""Values that one operator reads."""


@dataclass(frozen=True, slots=True)
class Add(OwnQuantization):
    """The sum of two values of one shape."""

    kind: ClassVar[str] = "add"
    code: ClassVar[int] = 14
    arity: ClassVar[tuple[int, int]] = (2, 2)

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape of both; NetworkError if they differ."""
        if shapes[0] != shapes[1]:
            raise NetworkError(f"An add is given the shapes {shapes[0]} and {shapes[1]}.")
        return shapes[0]

    def check_quantization(self, own: ActivationQuantization, before: Quantizations) -> None:
        """NetworkError unless QNNPACK adds with these scales: in units of the output's, from 2^-14 to under 2^8."""
        for one in before:
            if not 2.0**-14 <= np.float32(one.scale) / np.float32(own.scale) < 2.0**8:
                raise NetworkError("It adds values whose scales are too far from its output's for int8 arithmetic.")


@dataclass(frozen=True, slots=True)
class Concat(OwnQuantization):
    """Values one after another, along the first axis: channels, or features."""

    kind: ClassVar[str] = "concat"
    code: ClassVar[int] = 15
    arity: ClassVar[tuple[int, int]] = (2, MAX_INPUTS)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Theirs, but for the first axis; NetworkError if they differ in another."""
        if any(shape[1:] != shapes[0][1:] or len(shape) != len(shapes[0]) for shape in shapes):
            raise NetworkError(f"A concat is given shapes that do not fit together: {', '.join(map(str, shapes))}.")
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])
