"""Finds strides, paddings and poolings with which the convolutions of a state dict fit together, likeliest first."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mnist_bench.formats.layers_found import Layer
from mnist_bench.network.operators.window import MAX_KERNEL, Pair, Sides, four_sides

SIDES = (28, 32)
"""Of the images that networks take, in pixels."""
_DEAREST = 14.0
_KEPT = 24
"""Of those that leave an image of the same side."""
_BEHIND_ANSWER = 4.0
"""What a pooling costs behind the convolution that gives the answer."""
_MEAN_INSTEAD = 0.25
"""What it costs that a mean over the image stands where else a pooling would; in front of the answer it is gained."""
_PAST_PIXELS = 2.0
"""What a stride costs that passes pixels over, as its kernel has 1 x 1."""


@dataclass(frozen=True, slots=True)
class Window:
    """A pooling: its kernel, stride and padding, the same along both axes; a kernel of 0 is the whole image."""

    kernel: int
    stride: int
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How one convolution moves, and the pooling behind it."""

    stride: Pair
    padding: Sides
    pool: Window | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Steps that fit together.

    Attributes:
        cost: the higher, the less likely.
        side: of the image, in pixels.
        steps: one for each convolution.
        reduced: side that an average pooling brings the image to behind the last; None without one.
    """

    cost: float
    side: int
    steps: tuple[Step, ...]
    reduced: int | None = None


def arrangements(
    convolutions: Sequence[Layer], features: int | None, windows: Sequence[Window] = ()
) -> list[Arrangement]:
    """Ways in which `convolutions` become `features` values, the likeliest first; where that is None, the last gives
    the answer, one value for each channel.

    `windows` are the only poolings there are, where they are known.
    """
    pools = tuple((0.0, window) for window in (None, *windows)) if windows else _POOLS
    behind_answer = tuple((cost + (_BEHIND_ANSWER if window else 0.0), window) for cost, window in pools)
    found: list[Arrangement] = []
    for side, cost in zip(SIDES, (0.0, 3.0), strict=True):
        partial: list[_Partial] = [(cost, side, ())]
        for at in range(len(convolutions)):
            is_last = at == len(convolutions) - 1
            here = behind_answer if is_last and features is None else pools
            ways = _longer(partial, convolutions[: at + 1], here, is_last)
            partial = _likeliest(ways)
        for cost, size, steps in partial:
            end = _end(len(convolutions[-1].weight), size, features)
            if end is not None:
                hidden = steps[:-1] if features is None and len(steps) > 1 else steps
                pattern = _pattern(hidden)
                if end[1] is not None and hidden[:-1] and hidden[-1].pool is None:
                    instead = _MEAN_INSTEAD if features is not None else -_MEAN_INSTEAD
                    pattern = min(pattern, _pattern(hidden[:-1]) + instead)
                found.append(Arrangement(cost + end[0] + pattern, side, steps, end[1]))
    return sorted(found, key=lambda one: one.cost)


_Partial = tuple[float, int, tuple[Step, ...]]
"""The first steps: what they cost, and the side of the image that they leave."""


def _longer(
    partial: Sequence[_Partial], layers: Sequence[Layer], pools: Sequence[tuple[float, Window | None]], is_last: bool
) -> Iterator[_Partial]:
    """Each of `partial` with each way in which the last of `layers` may go on."""
    sizes = {size for _, size, _ in partial}
    options = {size: list(_options(layers[-1], size, pools, is_last)) for size in sizes}
    for cost, size, steps in partial:
        for more, left, step in options[size]:
            total = cost + more + _change(layers, steps, step)
            if total <= _DEAREST:
                yield total, left, (*steps, step)


def _likeliest(partial: Iterable[_Partial]) -> list[_Partial]:
    """The likeliest of those that leave an image of the same side."""
    by_size: dict[int, list[_Partial]] = {}
    for one in sorted(partial, key=lambda one: one[0]):
        by_size.setdefault(one[1], []).append(one)
    return [one for several in by_size.values() for one in several[:_KEPT]]


def _options(
    layer: Layer, size: int, pools: Sequence[tuple[float, Window | None]], is_last: bool
) -> Iterator[tuple[float, int, Step]]:
    """Each way to move this convolution over an image: its cost, the side that is left, and itself."""
    height, width = layer.weight.shape[2:]
    if max(height, width) > MAX_KERNEL:
        return
    for (stride_cost, stride), (padding_cost, padding) in itertools.product(
        _strides(layer, height), _paddings(layer, height, width)
    ):
        top, left, bottom, right = padding
        down = (size + top + bottom - height) // stride[0] + 1
        across = (size + left + right - width) // stride[1] + 1
        if down < 1 or down != across or size + top + bottom < height:
            continue
        for pool_cost, window in pools:
            after = _pooled(down, window)
            if after >= 1:
                cost = stride_cost + padding_cost + pool_cost + _gap_cost(layer, window is not None, is_last)
                if stride != (1, 1) and height > 2 and not any(padding):
                    cost += 1.0
                if stride != (1, 1) and height == 1:
                    cost += _PAST_PIXELS
                if after == 1:
                    cost += _single_cost(size > 1 and down == 1)
                yield cost, after, Step(stride, padding, window)


_POOLS: tuple[tuple[float, Window | None], ...] = (
    (0.0, None),
    (0.0, Window(2, 2)),
    (4.0, Window(3, 3)),
    (4.0, Window(3, 2)),
    (4.5, Window(3, 2, 1)),
    (2.5, Window(4, 4)),  # two of 2 x 2 in a row are the same
    (7.0, Window(2, 1)),
    (7.0, Window(3, 1)),
)


def _pooled(size: int, window: Window | None) -> int:
    return size if window is None else (size + 2 * window.padding - window.kernel) // window.stride + 1


def _single_cost(by_kernel: bool) -> float:
    """What an image of one pixel costs: a kernel as large as the image is meant so, a pooling hardly is."""
    return -2.5 if by_kernel else 2.5


def _strides(layer: Layer, kernel: int) -> list[tuple[float, Pair]]:
    if layer.stride is not None:
        return [(0.0, layer.stride)]
    options = [(0.0, (1, 1)), (1.0, (2, 2))]
    return [*options, (6.0, (kernel, kernel))] if kernel > 2 else options


def _paddings(layer: Layer, height: int, width: int) -> list[tuple[float, Sides]]:
    if layer.padding is not None:
        return [(0.0, layer.padding)]
    options: list[tuple[float, Sides]] = [(0.0, (0, 0, 0, 0))]
    if height % 2 and width % 2 and (height > 1 or width > 1):
        is_flat = height >= 5 and "." not in layer.name  # as in LeNet-5 and its kin: no blocks, mostly no padding
        options.append((0.4 if is_flat else 0.0, four_sides((height // 2, width // 2))))
    if height % 2 == 0 and width % 2 == 0:
        before = ((height - 1) // 2, (width - 1) // 2)
        options.append((4.0, four_sides((1, 1))))
        options.append((4.0, (*before, height // 2, width // 2)))
    options += [(5.0, four_sides((sides, sides))) for sides in (1, 2, 3) if height > sides + 1 and height // 2 != sides]
    return options


def _gap_cost(layer: Layer, is_pooled: bool, is_last: bool) -> float:
    """What the modules without weights behind a layer, an activation among them, say for or against a pooling."""
    if layer.gap is None and layer.outer_gap is not None:
        return (0.0 if is_pooled else 1.5) if layer.outer_gap else (1.0 if is_pooled else 0.0)
    if layer.gap is None:
        return 0.0
    modules = layer.gap + (layer.norm_gap or 0) - (1 if is_last else 0)  # a flatten stands behind the last
    if modules <= 0:
        return 20.0 if is_pooled else 0.0
    if modules == 1:
        return 5.0 if is_pooled else 0.0
    return 0.0 if is_pooled else 1.5 * min(modules - 1, 2)


def _change(layers: Sequence[Layer], steps: tuple[Step, ...], step: Step) -> float:
    """What a padding costs that is of another kind than that of the convolution before, kernels of 1 x 1 left out.

    LeNet-5 begins with padding and goes on without; blocks in a Sequential do so too; else it is rare.
    """
    layer = layers[-1]
    wide = [one for one, before in zip(steps, layers, strict=False) if before.weight.shape[2] > 1]
    if not wide or layer.weight.shape[2] == 1 or any(wide[-1].padding) == any(step.padding):
        return 0.0
    if step.stride != (1, 1) or wide[-1].stride != (1, 1):
        return 0.5
    is_usual = any(wide[-1].padding) and (layer.weight.shape[2] >= 5 or "." in layer.name)
    return 2.0 if is_usual else 3.5


def _pattern(steps: tuple[Step, ...]) -> float:
    """What it costs that some convolutions have a pooling behind them and others none, or a stride instead."""
    pooled = [step.pool is not None for step in steps]
    strided = [step.stride != (1, 1) for step in steps]
    if any(strided):
        return 3.5 if any(pooled) else 1.0 + 0.5 * strided.count(False)
    if all(pooled):
        return 0.0
    if not any(pooled):
        return 3.0
    if len(pooled) % 2 == 0 and all(one is (at % 2 == 1) for at, one in enumerate(pooled)):
        return 0.5  # blocks of two, as in VGG
    if all(pooled[:-1]) and len(pooled) > 2:
        return 0.6
    return 0.75 * pooled.count(False) + (0.75 if not pooled[-1] else 0.0)


def _end(channels: int, size: int, features: int | None) -> tuple[float, int | None] | None:
    """What it costs that `channels` images of this side become `features` values, and the side they are pooled to."""
    wanted = channels if features is None else features
    if channels * size * size == wanted:
        return 0.0, None
    if wanted == channels:
        return 1.0, 1
    for side in range(2, size):
        if size % side == 0 and channels * side * side == wanted:
            return 4.0, side
    return None
