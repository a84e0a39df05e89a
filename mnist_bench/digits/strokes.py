"""Finds the strokes of a digit in a picture: where they lie, how wide they are, and whether they are dark or light."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mnist_bench.digits.borders import Box, Mask, bounds_a_region, extent, filled, is_rectangle, on_border
from mnist_bench.digits.centering import Field, box_of
from mnist_bench.digits.top_hat import dark_strokes, darker, light_strokes, with_outside

SEARCH_PX = 320  # the finest level's longest side, at most
WINDOW = 13  # of the top hats, at each level: strokes up to 4 or 5 px wide are whole there
_LEAST_SIDE = 12
_INK_SHARE, _TINY_SHARE = 0.001, 0.0001  # of a level's pixels, at least, are ink; less only where none is found
_LEAST_CONTRAST = 0.08
_LEAST_OVER_NOISE = 6.0
_SEEN = 0.4  # of the contrast: above it is ink
_LINE, _LINE_OVER_NOISE = 0.15, 4.0  # the same for what bounds a region, which may be fainter
_PIECES = 8  # the longest of a level
_ROUNDS = 4
_SLIM = 0.12  # of its longest side is as wide as the strokes of most digits are
_BOUND = 0.1  # of its score is left of what bounds a region
_AROUND = 0.3  # of the longest side belongs to the neighbourhood
_EDGE = 0.1  # a step of the ground, in light
_ENCLOSED, _HOLE = 0.3, 0.95  # a ring has so little lead over what lies in its hole
_SAME_SHADE = 0.25  # of the contrast, at most, one area differs in shade
_BROADER = 1.25  # times as much has a ring, at least, as one side of it, and as much as it has lies in it
_SHALLOW = 2.0  # widths of a side, at most, from the outside of its ring, with its corners
_TOP_HATS = (dark_strokes, light_strokes)


@dataclass(frozen=True, eq=False)
class Strokes:
    """A piece of connected ink that may be a digit, in a level of the picture: the picture reduced by a whole number.

    Attributes:
        level: the level's planes of light (1 or 3, h, w).
        reduced: how many of the picture's pixels one of its level is long.
        mask: of its box only.
        box: rows and columns.
        hats: of the level's planes, how much darker, and how much lighter, each pixel is than its ground.
        is_dark: whether it is darker than its ground, at least in the plane where it differs most.
        score: the higher, the more like a digit.
    """

    level: Field
    hats: tuple[Field, Field]
    reduced: int
    mask: Mask
    box: Box
    is_dark: bool
    score: float

    @property
    def width_px(self) -> float:
        """The mean width of the strokes in the picture's pixels."""
        return _width(self.mask) * self.reduced

    def whole_mask(self, shape: tuple[int, ...]) -> Mask:
        """Its mask in the whole picture (H, W)."""
        mask = np.zeros(shape, np.bool_)
        rows, columns = (slice(side.start * self.reduced, side.stop * self.reduced) for side in self.box)
        mask[rows, columns] = self.mask.repeat(self.reduced, axis=0).repeat(self.reduced, axis=1)
        return mask

    @cached_property
    def contrasts(self) -> list[float]:
        """For each plane how far it differs from the ground: positive where it is darker, negative where lighter."""
        contrasts = []
        for both in zip(*self.hats, strict=True):
            dark, light = (float(hat[self.box][self.mask].mean()) for hat in both)
            contrasts.append(dark if dark >= light else -light)
        return contrasts


def find_strokes(planes: Field) -> Strokes | None:
    """The likeliest piece of a digit in planes of light (1 or 3, H, W), or None."""
    for share in (_INK_SHARE, _TINY_SHARE):
        found = sorted(candidates(planes, share), key=lambda strokes: -strokes.score)
        if found:
            break
    best = next((strokes for strokes in found if not _is_side(strokes)), None)
    if best is None:
        return None
    enclosed = (other for other in found if other.score >= _ENCLOSED * best.score and _encloses(best, other))
    return next(enclosed, best)


def _encloses(ring: Strokes, other: Strokes) -> bool:
    """Whether one is a ring around the other, such as a circle drawn around a digit."""
    outer, inner = ([slice(side.start * s.reduced, side.stop * s.reduced) for side in s.box] for s in (ring, other))
    if any(b.start <= a.start or b.stop >= a.stop for a, b in zip(outer, inner, strict=True)):
        return False
    rows, columns = (
        slice((b.start - a.start) // ring.reduced, (b.stop - a.start) // ring.reduced)
        for a, b in zip(outer, inner, strict=True)
    )
    return bool((filled(ring.mask) & ~ring.mask)[rows, columns].mean() > _HOLE)


def _is_side(strokes: Strokes) -> bool:
    """Whether it is one side of a broad ring, such as the page around a canvas, whose other sides are broader than what
    can be seen at this scale.
    """
    from scipy import ndimage

    contrasts = strokes.contrasts
    plane = max(range(len(contrasts)), key=lambda index: abs(contrasts[index]))
    shade = -strokes.level[plane] if contrasts[plane] < 0 else strokes.level[plane]
    most = float(shade[strokes.box][strokes.mask].mean()) + _SAME_SHADE * abs(contrasts[plane])
    areas, _ = ndimage.label(shade <= most, np.ones((3, 3)))
    own = areas[strokes.box][strokes.mask]
    area = areas == np.bincount(own).argmax()
    if not own.any() or area.sum() < _BROADER * own.size:
        return False
    whole = filled(area)
    depth = ndimage.distance_transform_edt(np.pad(whole, 1))[1:-1, 1:-1]
    is_shallow = depth[strokes.box][strokes.mask].max() <= _SHALLOW * _width(strokes.mask)
    return bool(is_shallow and whole.sum() >= _BROADER * area.sum() and is_rectangle(whole[box_of(whole)]))


def candidates(planes: Field, ink_share: float = _INK_SHARE) -> Iterator[Strokes]:
    """Pieces of ink at every scale, dark and light; what bounds a region at one scale is left out of the next.

    At least `ink_share` of a level's pixels are taken to be ink.
    """
    bounds: list[Mask | None] = [None, None]
    finer: list[Mask | None] = [None, None]
    for level, times in _levels(planes):
        nothing = np.zeros(level.shape[1:], np.bool_)
        seen: list[Mask | None] = []
        both = [[with_outside(hat, plane, WINDOW) for plane in level] for hat in _TOP_HATS]
        dark, light = (np.stack([difference for difference, _ in found]) for found in both)
        for index, (hat, found) in enumerate(zip((dark, light), both, strict=True)):
            difference = hat.max(axis=0)
            steps = np.any([_steps(ground) for _, ground in found], axis=0)
            search = _Search(
                level, (dark, light), times, index == 0, steps, _or(finer[1 - index], nothing),
                _or(bounds[index], nothing), nothing.copy(),
            )  # fmt: skip
            yield from search.pieces(difference - np.median(difference), ink_share)
            bounds[index] = _halved(search.bounds)
            seen.append(_halved(search.seen | _or(finer[index], nothing)))
        finer = seen


def _steps(ground: Field) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.maximum_filter(ground, 5) - ndimage.minimum_filter(ground, 5) > _EDGE)


def _or(mask: Mask | None, nothing: Mask) -> Mask:
    return nothing.copy() if mask is None else mask


def _levels(planes: Field) -> Iterator[tuple[Field, int]]:
    times = min(-(-max(planes.shape[1:]) // SEARCH_PX), *planes.shape[1:])
    planes = reduced(planes, times)
    yield planes, times
    while min(planes.shape[1:]) >= 2 * _LEAST_SIDE:
        planes, times = reduced(planes, 2), 2 * times
        yield planes, times


def reduced(planes: Field, times: int) -> Field:
    """Planes (N, H, W) with as many times fewer pixels in each direction, by area average; a rest is cut off."""
    height, width = (side // times for side in planes.shape[1:])
    blocks = planes[:, : height * times, : width * times].reshape(len(planes), height, times, width, times)
    return np.asarray(blocks.mean(axis=(2, 4)), np.float32)


def _halved(mask: Mask) -> Mask:
    height, width = (side // 2 for side in mask.shape)
    return np.asarray(mask[: 2 * height, : 2 * width].reshape(height, 2, width, 2).any(axis=(1, 3)))


@dataclass(slots=True, eq=False)
class _Search:
    """Looks for pieces of dark or of light ink in one level."""

    level: Field
    hats: tuple[Field, Field]
    reduced: int
    is_dark: bool
    steps: Mask
    finer_opposite: Mask
    bounds: Mask
    seen: Mask

    def pieces(self, difference: Field, ink_share: float) -> Iterator[Strokes]:
        """Candidates, those that bound a region among them, which are then left out until there are none."""
        from scipy import ndimage

        noise = 1.48 * float(np.median(np.abs(difference)))
        count = min(max(round(difference.size * ink_share), 4), difference.size)
        for _ in range(_ROUNDS):
            free = np.where(ndimage.binary_dilation(self.bounds, iterations=2), 0, difference)
            contrast = float(np.partition(free, free.size - count, axis=None)[-count])
            if contrast < max(_LEAST_CONTRAST, _LEAST_OVER_NOISE * noise):
                return
            inked = free > _SEEN * contrast
            self.seen |= inked
            # What bounds a region may be fainter than the ink.
            lines = free > max(_LINE * contrast, _LINE_OVER_NOISE * noise)
            before = self.bounds.copy()
            for seen in (lines, inked):
                yield from self._pieces(seen, difference, bounds=seen is lines)
                if (self.bounds != before).any():
                    break
            else:
                return

    def _pieces(self, seen: Mask, difference: Field, *, bounds: bool) -> Iterator[Strokes]:
        """The largest connected pieces of what is seen, or only those that bound a region."""
        from scipy import ndimage

        labels, _ = ndimage.label(seen, np.ones((3, 3)))
        boxes = ndimage.find_objects(labels)
        for index in sorted(range(len(boxes)), key=lambda index: -extent(boxes[index]))[:_PIECES]:
            box = boxes[index]
            mask = labels[box] == index + 1
            is_bound = bounds_a_region(mask, box, seen.shape)
            if is_bound:
                self.bounds[box] |= mask
            if is_bound or not bounds:
                contrast = float(difference[box][mask].mean())
                score = contrast * self._likeness(mask, box, seen) * self._stands_out(mask, box, contrast)
                score *= _BOUND if is_bound else 1
                yield Strokes(self.level, self.hats, self.reduced, mask, box, self.is_dark, score)

    def _likeness(self, mask: Mask, box: Box, inked: Mask) -> float:
        """Its longest side in the picture's pixels, times a share for each way in which strokes of a digit differ from
        what else there is: they are slim, end within the picture, have the same ground on both sides, and no other
        ink beside them.
        """
        longest, area = extent(box), int(mask.sum())
        slim = 1 / (1 + (_width(mask) / longest / _SLIM) ** 2)
        inside = max(1 - on_border(mask, box, self.steps.shape) / sum(mask.shape), 0)
        on_even_ground = 1 - float(self.steps[box][mask].mean())
        others = (inked | self.finer_opposite)[_around(box)].sum() - area
        alone = 1 / (1 + max(float(others) / area, 0))
        return longest * self.reduced * slim * inside * on_even_ground * alone

    def _stands_out(self, mask: Mask, box: Box, contrast: float) -> float:
        """The share of its contrast that it has to the median around it as well: a gap between strokes has none."""
        around = np.median(self.level[:, *_around(box)], axis=(1, 2))
        own = self.level[:, *box][:, mask].mean(axis=1)
        differs = darker(own, around) if self.is_dark else own - around
        return float(np.clip(2 * differs.max() / contrast, _BOUND, 1))


def _around(box: Box) -> Box:
    """A box with room on all sides."""
    room = int(_AROUND * extent(box))
    rows, columns = (slice(max(side.start - room, 0), side.stop + room) for side in box)
    return rows, columns


def _width(mask: Mask) -> float:
    """Twice the area over the length of the edges."""
    padded = np.pad(mask, 1).astype(np.float32)
    steps = np.hypot(np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1])
    return float(2 * padded.sum() / steps.sum())
