"""What convolutions and poolings share: a window that moves over an image, with padding on four sides."""

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError

Pair = tuple[int, int]
"""Height and width, or along each."""
Sides = tuple[int, int, int, int]
"""Top, left, bottom, right."""

MAX_KERNEL = 32
"""A kernel, stride or padding along one axis; a pooling's padding is less than its kernel."""


def four_sides(padding: Pair | Sides) -> Sides:
    """`padding` with its four sides, from those or from (height, width)."""
    match padding:
        case (height, width):
            return height, width, height, width
        case _:
            return padding


def check_numbers(numbers: tuple[int, ...], low: int, high: int, what: str) -> None:
    """NetworkError unless all are from `low` to `high`."""
    if not all(low <= number <= high for number in numbers):
        raise NetworkError(f"The {what} {numbers!r} is not of whole numbers from {low} to {high}.")


def image(shape: Shape, what: str) -> tuple[int, int, int]:
    """`shape`, of an image; NetworkError if it is flat."""
    if len(shape) != 3:
        raise NetworkError(f"A {what} needs an image (channels, height, width), but follows a flatten.")
    return shape[0], shape[1], shape[2]


def window_count(height: int, width: int, kernel: Pair, stride: Pair, padding: Sides) -> Pair:
    """Windows along each axis: floor((size + padding - kernel) / stride) + 1; NetworkError if not even one fits."""
    top, left, bottom, right = padding
    padded = (height + top + bottom, width + left + right)
    for size, window in zip(padded, kernel, strict=True):
        if size < window:
            raise NetworkError(f"A window of {window} does not fit into {size} values, padding included.")
    return (padded[0] - kernel[0]) // stride[0] + 1, (padded[1] - kernel[1]) // stride[1] + 1
