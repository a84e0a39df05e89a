"""Where a value of one graph lies in another: the index of each of its elements (see layout.py)."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_bench.network.arrays import FloatArray, Shape

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a value of the old graph is in the new one.

    Attributes:
        stored: the name of the value there, and `shape` its shape.
        order: of the old value's shape; the index of each element in the stored value, flattened. Two elements may lie
            at one index, as the channels of a gray image do that was repeated three times.
    """

    stored: str
    shape: Shape
    order: Indices

    @property
    def flat_order(self) -> Indices:
        """The indices one after another."""
        return self.order.reshape(-1)

    @property
    def is_plain(self) -> bool:
        """Whether the elements lie in their own order, one after another."""
        return self.order.size == math.prod(self.shape) and bool((self.flat_order == np.arange(self.order.size)).all())

    def channels(self) -> list[int] | None:
        """For an old image (channels, height, width): which stored channel each of its channels is. None if it is not
        made of whole stored channels.
        """
        return _channels(self.order, self.shape)

    def axes(self) -> tuple[int, ...] | None:
        """In which order the old value's axes are (channels, height, width): one of two axes has no channels' axis.
        None if in no order it is made of whole stored channels.
        """
        rank = self.order.ndim
        if rank not in (2, 3):
            return None
        for axes in itertools.permutations(range(rank)):
            image = self.order.transpose(axes)
            if _channels(image[None] if rank == 2 else image, self.shape) is not None:
                return axes
        return None

    def spread(self, values: npt.ArrayLike, rest: float) -> FloatArray | None:
        """`values`, one for each element of the old value, as they lie in the stored one, and `rest` elsewhere. Of an
        image that is one for each channel, (channels, 1, 1), where that is enough. None if two elements at one index
        have different values.
        """
        old = np.broadcast_to(np.asarray(values, np.float32), self.order.shape).reshape(-1)
        new = np.full(math.prod(self.shape), rest, np.float32)
        new[self.flat_order] = old
        if not np.array_equal(new[self.flat_order], old):
            return None
        new = new.reshape(self.shape)
        if new.ndim == 3 and (new == new[:, :1, :1]).all():
            return new[:, :1, :1]
        return new


def plain(stored: str, shape: Shape, as_shape: Shape | None = None) -> Place:
    """The place of a value that is stored as it is, or of one of the shape `as_shape` in the same order."""
    return Place(stored, shape, np.arange(math.prod(shape)).reshape(shape if as_shape is None else as_shape))


def selection(stored: str, shape: Shape, channels: list[int]) -> Place:
    """The place of an image that is made of these channels of a stored one."""
    starts = np.array(channels)[:, None, None] * (shape[1] * shape[2])
    return Place(stored, shape, starts + np.arange(shape[1] * shape[2]).reshape(shape[1:]))


def _channels(order: Indices, shape: Shape) -> list[int] | None:
    if order.ndim != 3 or len(shape) != 3 or order.shape[1:] != shape[1:]:
        return None
    size = shape[1] * shape[2]
    starts = order[:, 0, 0]
    if (starts % size).any() or (order != selection("", shape, (starts // size).tolist()).order).any():
        return None
    channels: list[int] = (starts // size).tolist()
    return channels
