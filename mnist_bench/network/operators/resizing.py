"""resize_bilinear: an image in another size, as a file's network was trained on MNIST enlarged to 32 x 32."""

from dataclasses import dataclass
from math import gcd, prod
from typing import ClassVar

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import Field, Operator
from mnist_bench.network.operators.window import Pair, check_numbers, image

MAX_RESIZED = 1024
"""Pixels along a side of what a resize puts out."""
FINEST_STEP = 64
"""Steps of a pixel in which a resize places outputs: a power of two, exact in float32."""


@dataclass(frozen=True, slots=True)
class ResizeBilinear(Operator):
    """Linear interpolation between the four nearest pixels, whose centres lie at half pixels, as PyTorch's upsampling
    without `align_corners`, ONNX's `half_pixel` and TFLite's `half_pixel_centers` have it.

    Output i lies at max((i + 0.5) x in / out - 0.5, 0) of the input; in int8 the interpolated byte is rounded to
    nearest even. Ratios in / out are those with a power of two, at most 64, below the fraction's line (7 / 8 from 28
    to 32 pixels): then no interpolation is rounded before that, and all runners agree bit for bit.
    """

    kind: ClassVar[str] = "resize_bilinear"
    code: ClassVar[int] = 16
    body: ClassVar[str] = "u32 x 2: height, width"
    fields: ClassVar[tuple[Field, ...]] = (Field("size", 2),)
    size: Pair

    def __post_init__(self) -> None:
        check_numbers(self.size, 1, MAX_RESIZED, "size")

    def output_shape(self, *shapes: Shape) -> Shape:
        """The channels it reads in its own size; NetworkError if that is no ratio of a power of two."""
        channels, *sides = image(shapes[0], self.kind)
        for before, after in zip(sides, self.size, strict=True):
            steps = after // gcd(before, after)
            if steps & (steps - 1) or steps > FINEST_STEP:
                raise NetworkError(
                    f"A resize from {before} to {after} pixels is not one that all backends compute alike."
                )
        return (channels, *self.size)

    def multiply_adds(self, *shapes: Shape) -> int:
        """Four for each value that it puts out."""
        return 4 * prod(self.output_shape(*shapes))
