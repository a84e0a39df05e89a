"""Where a file says how windows are placed instead of how much padding there is: SAME, and rounding up."""

from math import ceil

from mnist_bench.network.operators.window import Pair, Sides


def same_padding(size: Pair, kernel: Pair, stride: Pair, *, more_in_front: bool = False) -> Sides:
    """TensorFlow's SAME, as top, left, bottom, right: ceil(size / stride) windows, an odd value behind.

    `more_in_front` is ONNX's SAME_LOWER, with the odd value in front. Source: tf.nn's notes on padding.
    """
    sides = []
    for length, window, step in zip(size, kernel, stride, strict=True):
        total = max((ceil(length / step) - 1) * step + window - length, 0)
        front = ceil(total / 2) if more_in_front else total // 2
        sides.append((front, total - front))
    (top, bottom), (left, right) = sides
    return top, left, bottom, right


def rounded_up(size: Pair, kernel: Pair, stride: Pair, padding: Sides) -> Sides:
    """`padding`, with more at the bottom and on the right so that the last window is whole (`ceil_mode`).

    As in PyTorch and ONNX, a window that would begin behind the image and its padding in front is left out.
    """
    more = []
    for axis in (0, 1):
        before, after = padding[axis], padding[axis + 2]
        steps = ceil((size[axis] + before + after - kernel[axis]) / stride[axis])
        if steps * stride[axis] >= size[axis] + before:
            steps -= 1
        end = steps * stride[axis] + kernel[axis]
        more.append(max(after, end - size[axis] - before))
    return padding[0], padding[1], more[0], more[1]
