"""conv2d: a 2-D convolution."""

from dataclasses import dataclass
from typing import ClassVar

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import Field
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.operators.window import (
    MAX_KERNEL,
    Pair,
    Sides,
    check_numbers,
    four_sides,
    image,
    window_count,
)


@dataclass(frozen=True, slots=True, eq=False)
class Conv2d(Weighted):
    """A convolution with zero padding: weight (out, in / groups, height, width), bias (out,).

    `padding` has four sides; (height, width) is taken too, for the same on both sides.
    """

    kind: ClassVar[str] = "conv2d"
    code: ClassVar[int] = 1
    body: ClassVar[str] = (
        "u32 x 11: out, in per group, kernel height, kernel width, stride h, w, padding top, left, bottom, right, "
        "groups; then the weights"
    )
    fields: ClassVar[tuple[Field, ...]] = (Field("stride", 2), Field("padding", 4), Field("groups"))
    axes: ClassVar[int] = 4
    stride: Pair = (1, 1)
    padding: Sides | Pair = (0, 0, 0, 0)
    groups: int = 1

    def __post_init__(self) -> None:
        self._check_weights()
        object.__setattr__(self, "padding", four_sides(self.padding))
        check_numbers(self.kernel, 1, MAX_KERNEL, "kernel")
        check_numbers(self.stride, 1, MAX_KERNEL, "stride")
        check_numbers(self.padding, 0, MAX_KERNEL, "padding")
        if self.groups < 1 or self.weight.shape[0] % self.groups:
            raise NetworkError(f"{self.weight.shape[0]} output channels cannot be split into {self.groups} groups.")

    @property
    def kernel(self) -> Pair:
        """Height and width of its window."""
        return self.weight.shape[2], self.weight.shape[3]

    @property
    def sides(self) -> Sides:
        """Its padding: top, left, bottom, right."""
        return four_sides(self.padding)

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape behind it; NetworkError if `shapes` do not fit it."""
        channels, height, width = image(shapes[0], self.kind)
        out, per_group = self.weight.shape[:2]
        if channels != per_group * self.groups:
            raise NetworkError(f"A conv2d for {per_group * self.groups} channels is given {channels}.")
        return (out, *window_count(height, width, self.kernel, self.stride, self.sides))

    def multiply_adds(self, *shapes: Shape) -> int:
        """Multiplications for one image of `shapes`."""
        _, height, width = self.output_shape(*shapes)
        return height * width * self.weight.size
