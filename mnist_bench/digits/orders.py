"""The orders in which digit images are stored: turned, mirrored, dark on light; and which one a network reads best."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError

Images = NDArray[np.uint8]
Predict = Callable[[Images], NDArray[np.uint8]]
"""From images uint8 (N, 28, 28) to the digit that a network takes each for, uint8 (N,)."""

UPRIGHT = "upright"
_INVERTED = "inverted"
# What makes each upright again: swap rows and columns, then turn the rows' order, then that of the columns.
_TURNS = {
    UPRIGHT: (False, False, False),
    "transposed": (True, False, False),
    "mirrored": (False, False, True),
    "flipped": (False, True, False),
    "rotated-90": (True, True, False),
    "rotated-180": (False, True, True),
    "rotated-270": (True, False, True),
    "transverse": (True, True, True),
}
ORDERS = (*_TURNS, _INVERTED, *(f"{_INVERTED}-{turn}" for turn in _TURNS if turn != UPRIGHT))
"""How stored images may lie. Rotations are clockwise; EMNIST's are transposed; inverted are dark on light."""

_TRIED = 40
_COUNTED = 400
_LOW = 0.8
_GOOD = 0.6
_BETTER = 0.25


@dataclass(frozen=True, slots=True)
class OtherOrder:
    """An order in which a network reads many more of the digits than in the one in which they were read.

    Attributes:
        order: one of ORDERS.
        images: on how many it was tried.
        right: how many of them are read rightly so.
        right_as_read: how many in the order that was taken.

    Raises:
        ValueError: there is no such order, or the numbers do not fit each other.
    """

    order: str
    images: int
    right: int
    right_as_read: int

    def __post_init__(self) -> None:
        are_counts = 0 <= min(self.right, self.right_as_read) <= max(self.right, self.right_as_read) <= self.images
        if self.order not in ORDERS or self.images < 1 or not are_counts:
            raise ValueError("no such order of digits")

    @property
    def sentence(self) -> str:
        """What there is to say of it."""
        right, before = (words.accuracy(one / self.images) for one in (self.right, self.right_as_read))
        return (
            f"These digits look {self.order}: read so, {words.count_of(self.right, self.images)} are right ({right}) "
            f"instead of {words.count(self.right_as_read)} ({before})."
        )


def check_order(text: str) -> str:
    """One of ORDERS, as it is; UsageError for another."""
    if text not in ORDERS:
        raise UsageError(f"There is no order {text!r}.", advice=f"Give one of {', '.join(ORDERS)}.")
    return text


def named_with_order(name: str, order: str) -> str:
    """What a set of digits is called where its images were read in this order: "digits.npz, read inverted"."""
    return name if order == UPRIGHT else f"{name}, read {order}"


def upright(images: Images, order: str) -> Images:
    """Images uint8 (N, 28, 28) that are stored in one of ORDERS, as MNIST's are: upright, light on dark."""
    if order.startswith(_INVERTED):
        images = 255 - images
    swap, turn_rows, turn_columns = _TURNS[order.removeprefix(_INVERTED).removeprefix("-") or UPRIGHT]
    if swap:
        images = images.transpose(0, 2, 1)
    if turn_rows:
        images = images[:, ::-1]
    if turn_columns:
        images = images[:, :, ::-1]
    return np.ascontiguousarray(images)


def stored(images: Images, order: str) -> Images:
    """The reverse of `upright`: upright images as they are stored in this order."""
    reverse = {"rotated-90": "rotated-270", "rotated-270": "rotated-90"}
    turn = order.removeprefix(f"{_INVERTED}-")
    return upright(images, order.replace(turn, reverse.get(turn, turn)))


def find_other_order(images: Images, labels: NDArray[np.uint8], order: str, predict: Predict) -> OtherOrder | None:
    """The order in which a network reads many more of these digits, which were read as stored in `order`; None where
    it reads most of them, or no other is clearly better. It is asked for 1,440 images at most.
    """
    few = _spread(len(labels), _TRIED)
    as_stored, wanted = stored(images[few], order), labels[few]
    right_now = int((predict(images[few]) == wanted).sum())
    if right_now >= _LOW * len(few):
        return None
    others = [one for one in ORDERS if one != order]
    said = predict(np.concatenate([upright(as_stored, one) for one in others]))
    right = (said.reshape(-1, len(few)) == wanted).sum(axis=1)
    best = others[int(right.argmax())]
    if not _is_better(int(right.max()), right_now, len(few)):
        return None
    many = _spread(len(labels), _COUNTED)
    as_stored, wanted = stored(images[many], order), labels[many]
    now, then = (int((predict(upright(as_stored, one)) == wanted).sum()) for one in (order, best))
    return OtherOrder(best, len(many), then, now) if _is_better(then, now, len(many)) else None


def _is_better(right: int, before: int, images: int) -> bool:
    return right >= _GOOD * images and right - before >= max(_BETTER * images, 4)


def _spread(count: int, most: int) -> NDArray[np.intp]:
    """Up to `most` places among `count`, spread evenly: sets are often sorted by label."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))
