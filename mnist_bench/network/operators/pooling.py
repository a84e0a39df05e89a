"""max_pool2d and avg_pool2d: the largest value, or the mean, of a window."""

import math
from dataclasses import dataclass
from typing import ClassVar

from mnist_bench.network.arrays import Shape
from mnist_bench.network.operators.operator import VALUE_WORK, Field, Operator
from mnist_bench.network.operators.window import (
    MAX_KERNEL,
    Pair,
    Sides,
    check_numbers,
    four_sides,
    image,
    window_count,
)


@dataclass(frozen=True, slots=True)
class Pooling(Operator):
    """What both share. `padding` has four sides ((height, width) is taken too), each less than the window along it."""

    fields: ClassVar[tuple[Field, ...]] = (Field("kernel", 2), Field("stride", 2), Field("padding", 4))
    kernel: Pair = (2, 2)
    stride: Pair = (2, 2)
    padding: Sides | Pair = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "padding", four_sides(self.padding))
        check_numbers(self.kernel, 1, MAX_KERNEL, "kernel")
        check_numbers(self.stride, 1, MAX_KERNEL, "stride")
        for side, padding in enumerate(self.sides):
            check_numbers((padding,), 0, self.kernel[side % 2] - 1, "padding")

    @property
    def sides(self) -> Sides:
        """Its padding: top, left, bottom, right."""
        return four_sides(self.padding)

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape behind it; NetworkError if `shapes` do not fit it."""
        channels, height, width = image(shapes[0], self.kind)
        return (channels, *window_count(height, width, self.kernel, self.stride, self.sides))

    def work(self, *shapes: Shape) -> int:
        """What one image of `shapes` counts as in MAX_MULTIPLY_ADDS: each value of a window, for each of the output."""
        return VALUE_WORK * math.prod((*self.kernel, *self.output_shape(*shapes)))


@dataclass(frozen=True, slots=True)
class MaxPool2d(Pooling):
    """The largest value of each window; padding never wins."""

    kind: ClassVar[str] = "max_pool2d"
    code: ClassVar[int] = 6
    body: ClassVar[str] = "u32 x 8: kernel h, w, stride h, w, padding top, left, bottom, right"


@dataclass(frozen=True, slots=True)
class AvgPool2d(Pooling):
    """The mean of each window, padding counted as zeros (PyTorch's `count_include_pad`)."""

    kind: ClassVar[str] = "avg_pool2d"
    code: ClassVar[int] = 7
    body: ClassVar[str] = "the same; padding counts as zeros in the mean"
