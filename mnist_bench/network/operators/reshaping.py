"""flatten and softmax: what stands between images and features, and at the end."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from mnist_bench.network.arrays import Shape
from mnist_bench.network.operators.operator import Operator


@dataclass(frozen=True, slots=True)
class Flatten(Operator):
    """(channels, height, width) in that order to (features,)."""

    kind: ClassVar[str] = "flatten"
    code: ClassVar[int] = 8
    body: ClassVar[str] = "nothing; from (channels, height, width) in that order"

    def output_shape(self, *shapes: Shape) -> Shape:
        """The number of values, as one axis."""
        return (prod(shapes[0]),)


@dataclass(frozen=True, slots=True)
class Softmax(Operator):
    """The softmax over all features; only as the last operator, and never run: see Network.logit_operators."""

    kind: ClassVar[str] = "softmax"
    code: ClassVar[int] = 9
    body: ClassVar[str] = "nothing; only as the last operator"
