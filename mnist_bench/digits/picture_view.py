"""A picture that was opened, and how it is looked at: turned, cropped, and which of its digits is read."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.centering import Field


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels, from (left, top) to before (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    def distance(self, x: float, y: float) -> float:
        """From a point to the nearest of it, in pixels: 0 within."""
        across, down = max(self.left - x, 0, x - self.right), max(self.top - y, 0, y - self.bottom)
        return float(np.hypot(across, down))

    def scaled(self, factor: float) -> "Box":
        """The same in a picture with so many times as many pixels in each direction."""
        return Box(*(round(edge * factor) for edge in (self.left, self.top, self.right, self.bottom)))

    def grown(self, by: int) -> "Box":
        """The same with so many pixels more on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def clipped(self, width: int, height: int) -> "Box":
        """What of it lies in a picture of this size."""
        left, right = (min(max(x, 0), width) for x in (self.left, self.right))
        top, bottom = (min(max(y, 0), height) for y in (self.top, self.bottom))
        return Box(left, top, right, bottom)

    def moved(self, across: int, down: int) -> "Box":
        """The same so many pixels further to the right and down."""
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def turned(self, quarters: int, width: int, height: int) -> "Box":
        """The same in a picture of this size that is turned clockwise by so many quarter turns."""
        box = self
        for _ in range(quarters % 4):
            box = Box(height - box.bottom, box.left, height - box.top, box.right)
            width, height = height, width
        return box


@dataclass(frozen=True, slots=True, eq=False)
class PictureView:
    """A picture as it is looked at. Boxes are in pixels of what is shown: turned, then cropped.

    Attributes:
        planes: the whole picture's light, upright, 0 to 1: (1, H, W) if it is grey, (3, H, W) if it is coloured.
        scale: how many pixels of its file a pixel of the planes stands for, in each direction.
        quarters: by how many quarter turns it is turned clockwise, 0 to 3.
        crop: what is shown of the turned picture; None for all of it.
        digits: the boxes of the separate digits that are seen, in the order in which they are read.
        picked: which of them the digit image is made of.
        kept: where the digit lies that was picked in another view, and stays so; None where it is not seen.
    """

    planes: Field
    scale: float = 1.0
    quarters: int = 0
    crop: Box | None = None
    digits: tuple[Box, ...] = ()
    picked: int = 0
    kept: Box | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what is shown, in pixels."""
        height, width = self.shown().shape[1:]
        return width, height

    def shown(self) -> Field:
        """The light of what is shown (1 or 3, H, W)."""
        turned = np.rot90(self.planes, -self.quarters, axes=(1, 2))
        box = self.crop
        return turned if box is None else turned[:, box.top : box.bottom, box.left : box.right]

    def pixels(self) -> NDArray[np.uint8]:
        """What is shown, for the eye: uint8 (H, W) if it is grey, (H, W, 3) if it is coloured."""
        light = np.rint(self.shown() * 255).astype(np.uint8)
        return np.ascontiguousarray(light[0] if len(light) == 1 else np.moveaxis(light, 0, 2))

    @property
    def is_largest_picked(self) -> bool:
        """Whether the digit that is read is the largest."""
        return self.picked == _largest(self.digits)

    def with_digits(self, digits: tuple[Box, ...]) -> "PictureView":
        """The same with these digits, one at least, found in it: the one that is kept is picked, else the largest."""
        kept = self.kept
        within = [] if kept is None else [number for number, box in enumerate(digits) if _has_centre_of(box, kept)]
        if not within:
            return replace(self, digits=digits, picked=_largest(digits), kept=None)
        return replace(self, digits=digits, picked=max(within, key=lambda number: _area(digits[number])))

    def turned(self, quarters: int) -> "PictureView":
        """The same by so many quarter turns more clockwise, with the same part of it shown; digits are not known."""
        kept, crop = self._picked_box(), self.crop
        return PictureView(
            self.planes,
            self.scale,
            (self.quarters + quarters) % 4,
            crop and crop.turned(quarters, *replace(self, crop=None).size),
            kept=kept and kept.turned(quarters, *self.size),
        )

    def cropped(self, box: Box) -> "PictureView":
        """Only what lies in a box of what is shown; digits are not known. Where nothing lies in it, the same."""
        box = box.clipped(*self.size)
        if box.width < 1 or box.height < 1:
            return self
        kept = self._picked_box()
        return PictureView(
            self.planes,
            self.scale,
            self.quarters,
            box.moved(*self._corner()),
            kept=kept and kept.moved(-box.left, -box.top),
        )

    def whole(self) -> "PictureView":
        """All of it, the right way up as it was opened; digits are not known."""
        kept, turned = self._picked_box(), replace(self, crop=None)
        kept = kept and kept.moved(*self._corner()).turned(-self.quarters, *turned.size)
        return PictureView(self.planes, self.scale, kept=kept)

    def digit_at(self, x: float, y: float, reach: float) -> int | None:
        """The number of the digit at this point, or of the nearest within `reach` pixels."""
        distances = [box.distance(x, y) for box in self.digits]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= reach else None

    def _picked_box(self) -> Box | None:
        return self.digits[self.picked] if self.digits else self.kept

    def _corner(self) -> tuple[int, int]:
        """Where what is shown begins in the turned picture: pixels from the left and from the top."""
        return (0, 0) if self.crop is None else (self.crop.left, self.crop.top)


def _area(box: Box) -> int:
    return box.width * box.height


def _largest(boxes: tuple[Box, ...]) -> int:
    return max(range(len(boxes)), key=lambda number: _area(boxes[number]))


def _has_centre_of(box: Box, kept: Box) -> bool:
    """Whether the centre of `box` lies in `kept`."""
    return kept.distance((box.left + box.right) / 2, (box.top + box.bottom) / 2) == 0
