"""Takes straight lines that the digit touches or crosses out of a picture: rules, and the box of a form."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.borders import Box, Mask, extent
from mnist_bench.digits.centering import Field, box_of
from mnist_bench.digits.strokes import Strokes, find_strokes
from mnist_bench.digits.top_hat import dark_strokes, light_strokes

_STEEPEST = 0.14  # of a line: 8 degrees
_PEAK = 0.3  # of the least length is seen as one edge: the digit covers the rest
_GAP = 0.03  # of the picture's side, at most, within a line
_LEAST, _SHORT = 0.5, 0.2  # of the strokes' box along a line, and of its extent, is the side of a box
_WHOLE = 0.9  # of the strokes' extent is a rule
_ACROSS = 0.95  # of the picture's side is a line from side to side
_RULED = 3  # of them, at least, are ruled paper
_HIDDEN = 0.1  # of the score of lines that were taken for the digit, at least, has the digit itself
_HALF = 0.5
_ROUNDS = 3
_LONGER, _LONGER_THICK = 1.35, 2.0  # times as long as the digit is a rule, and one that is as thick as the strokes
_THINNER = 0.75  # of the strokes' mean width is a thin rule
_BEYOND = 0.05  # of its length, at least, a rule goes on beyond the digit at either end
_SEEN, _SEEN_OVER_NOISE = 0.2, 4.0  # of the ink's contrast
_ALONE = 0.25  # of a line, at least, is not thickened by a stroke along it
_SLIM = 0.05  # of its length is a line thick, at most,
_PENS = 1.5  # and so many widths of the strokes
_CORNER = 0.06  # of a box's side, by which its corners may be off
_MOST = 150  # crossings of lines are a form; more are squared paper
_IN_BOX = 0.5  # of the box's height is the digit's, at least
_PIECE = 0.05  # of the largest piece, at least, is one of a digit
_TOO_SMALL_PX = 32  # of a digit: its own strokes are no longer than gaps in lines
_ROOM_PX = 2  # on each side of a line, for soft edges


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is level but for a slight slope, in pixels: its upper edge is at y = offset + slope * x."""

    slope: float
    offset: float
    start: int
    stop: int
    thick: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def y(self, x: NDArray[np.intp] | int) -> NDArray[np.intp]:
        return np.asarray(np.rint(self.offset + self.slope * np.asarray(x)), np.intp)

    def pixels(self, shape: tuple[int, ...], room: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns of its pixels in a picture of this shape, with so many more on each side."""
        columns = np.arange(max(self.start - room, 0), min(self.stop + room, shape[1]))
        rows = self.y(columns) + np.arange(-room, self.thick + room)[:, None]
        inside = (rows >= 0) & (rows < shape[0])
        return rows[inside], np.broadcast_to(columns, rows.shape)[inside]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines to take out together: level ones, and upright ones as if the picture were transposed."""

    level: tuple[_Line, ...] = ()
    upright: tuple[_Line, ...] = ()


class _Beside(NamedTuple):
    """At column `x`, a line must lie between these rows, in pixels."""

    x: int
    top: float
    bottom: float


def without_rules(planes: Field, strokes: Strokes) -> tuple[Field, Strokes]:
    """The planes (1 or 3, H, W) without lines through the digit, and the digit's strokes there.

    Long lines may be what was taken for the digit, which is looked for again without them then.
    """
    shape = planes.shape[1:]
    for _ in range(_ROUNDS):
        if _extent(strokes) < _TOO_SMALL_PX:
            break
        level, upright = _found(planes, strokes, _in_picture(strokes.box, strokes.reduced), _LEAST)
        long = [
            [line for line in lines if line.length >= _WHOLE * min(_extent(strokes), side)]
            for lines, side in ((level, shape[1]), (upright, shape[0]))
        ]
        through = _box_around(level, upright, strokes, shape) or _through(long[0], long[1], strokes, shape)
        lines = through or (_across(planes, strokes) if any(long) else None)
        if lines is None:
            break
        signs = np.sign(strokes.contrasts)
        rest = _erased(planes, signs, lines.level)
        rest = _erased(rest.swapaxes(1, 2), signs, lines.upright).swapaxes(1, 2)
        found = find_strokes(rest)
        if found is None or (through is None and found.score < _HIDDEN * strokes.score):
            break
        planes, strokes = rest, found
    return planes, strokes


def _box_around(level: list[_Line], upright: list[_Line], strokes: Strokes, shape: tuple[int, ...]) -> _Lines | None:
    """Four lines that meet at their ends, if what is left of the strokes fills much of their height."""
    box = _box(level, upright)
    left = box and _left_of(strokes, box, shape)
    return box if box and left and left[0].stop - left[0].start >= _IN_BOX * box.upright[0].length else None


def _through(level: list[_Line], upright: list[_Line], strokes: Strokes, shape: tuple[int, ...]) -> _Lines | None:
    """The lines that are longer than what is left of the strokes and go on at both ends of it.

    Something must be left: a straight 1 is no rule.
    """
    for rules in (_Lines(tuple(level), tuple(upright)), _Lines(tuple(level)), _Lines((), tuple(upright))):
        left = _left_of(strokes, rules, shape) if rules.level or rules.upright else None
        if left is not None and all(
            _passes(line, side, extent(left), strokes.width_px)
            for lines, side in ((rules.level, left[1]), (rules.upright, left[0]))
            for line in lines
        ):
            return rules
    return None


def _across(planes: Field, strokes: Strokes) -> _Lines | None:
    """Long level lines, and upright ones from side to side, that most of the strokes are of.

    If there are several, it is ruled paper, and its other lines may be seen in part.
    """
    height, width = planes.shape[1:]
    level, upright = _found(planes, strokes, (slice(0, height), slice(0, width)), _SHORT)
    # An upright line may be a 1.
    rows = [line for line in level if line.length >= _LEAST * width]
    columns = [line for line in upright if line.length >= _ACROSS * height]
    if max(len(rows), len(columns)) >= _RULED:
        thickest = _PENS * max(line.thick for line in rows + columns)
        rows = [replace(line, start=0, stop=width) for line in level if line.thick <= thickest]
        columns = [replace(line, start=0, stop=height) for line in upright if line.thick <= thickest]
    lines = _Lines(tuple(rows), tuple(columns))
    mask = strokes.whole_mask((height, width))
    return lines if _outside(mask, lines, strokes.reduced).sum() < _HALF * mask.sum() else None


def _passes(line: _Line, side: slice, longest: int, pen_px: float) -> bool:
    """Whether a line goes on at both ends of this side of a digit, as the stem of a 4 does not."""
    longer = _LONGER if line.thick < _THINNER * pen_px else _LONGER_THICK
    beyond = min(side.start - line.start, line.stop - side.stop)
    return bool(line.length >= longer * longest and beyond >= _BEYOND * line.length)


def _extent(strokes: Strokes) -> int:
    return extent(strokes.box) * strokes.reduced


def _in_picture(box: Box, reduced: int) -> Box:
    rows, columns = (slice(side.start * reduced, side.stop * reduced) for side in box)
    return rows, columns


def _outside(mask: Mask, lines: _Lines, reduced: int) -> Mask:
    """What of a mask (H, W), known so many pixels to one, is not of the lines."""
    mask = mask.copy()
    for seen, through in ((mask, lines.level), (mask.T, lines.upright)):
        for line in through:
            seen[line.pixels(seen.shape, _ROOM_PX + reduced)] = False
    return mask


def _left_of(strokes: Strokes, lines: _Lines, shape: tuple[int, ...]) -> Box | None:
    """The box of the strokes without the lines, but for small pieces."""
    from scipy import ndimage

    mask = _outside(strokes.whole_mask(shape), lines, strokes.reduced)
    pieces, _ = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    kept = sizes >= max(_PIECE * sizes.max(), 1)
    return box_of(kept[pieces]) if kept.any() else None


def _found(planes: Field, strokes: Strokes, within: Box, least_share: float) -> tuple[list[_Line], list[_Line]]:
    """Level and upright lines in a box, or beside it, at least this share of its sides long."""
    pen = strokes.width_px
    window = 2 * round(_PENS * pen) + 3
    contrasts = strokes.contrasts
    # The ink of every plane in one: a line that shows in any of them shows there.
    hat, one = (
        (dark_strokes, planes.min(axis=0)) if max(contrasts, key=abs) > 0 else (light_strokes, planes.max(axis=0))
    )
    difference, _ = hat(one, window)
    difference -= np.median(difference)
    noise = 1.48 * float(np.median(np.abs(difference)))
    mask = difference > max(_SEEN * max(map(abs, contrasts)), _SEEN_OVER_NOISE * noise)
    found = []
    covered = mask | strokes.whole_mask(mask.shape)  # strokes that are wider than the window among them
    for seen, whole, sides in ((mask, covered, within), (mask.T, covered.T, within[::-1])):
        (top, bottom), (left, right) = ((side.start, side.stop) for side in sides)
        least = max(least_share * (right - left), _SHORT * extent(within))
        beside = _Beside((left + right) // 2, top - pen, bottom + pen)
        lines = _lines(seen, whole, least, round(_PENS * pen + 1), beside)
        found.append([line for line in lines if line.start < right and line.stop > left])
    return found[0], found[1]


def _lines(mask: Mask, covered: Mask, least: float, thickest: int, beside: _Beside) -> Iterator[_Line]:
    """Lines of the slope that most upper edges in the mask have: peaks of a Hough transform."""
    height, width = mask.shape
    edge = mask.copy()
    edge[1:] &= ~mask[:-1]
    y, x = np.nonzero(edge)
    lean = int(_STEEPEST * width)
    best, slope, most = np.zeros(height + 2 * lean + 2, np.intp), 0.0, 0
    for step in range(-lean, lean + 1):
        votes = np.bincount(np.rint(y - step / width * x).astype(np.intp) + lean, minlength=len(best))
        if (peaked := int(votes @ votes)) > most:
            best, slope, most = votes, step / width, peaked
    best[1:] += best[:-1]  # an edge lies in two rows by rounding
    while best.max() >= _PEAK * least:
        peak = int(best.argmax())
        best[max(peak - _ROOM_PX, 0) : peak + _ROOM_PX + 1] = 0
        offset = peak - lean - 0.5
        if not beside.top <= round(offset + slope * beside.x) <= beside.bottom:
            continue
        line = _traced(mask, covered, slope, offset, thickest)
        if line is not None and line.length >= least and line.thick <= min(thickest, max(_SLIM * line.length, 3)):
            yield line


def _traced(mask: Mask, covered: Mask, slope: float, offset: float, thickest: int) -> _Line | None:
    """The longest part of a line that is covered, but for short gaps, and how thick the mask is there."""
    from scipy import ndimage

    height, width = mask.shape
    columns = np.arange(width)
    rows = np.rint(offset + slope * columns).astype(np.intp) + np.arange(-1, thickest + 2)[:, None]
    rows = np.clip(rows, 0, height - 1)
    gap = max(round(_GAP * width), 3)
    seen = np.pad(covered[rows[:4], columns].any(axis=0), gap)
    labels, count = ndimage.label(ndimage.binary_closing(seen, np.ones(gap))[gap:-gap])
    if not count:
        return None
    start, stop = max(((s.start, s.stop) for (s,) in ndimage.find_objects(labels)), key=lambda run: run[1] - run[0])
    return _Line(slope, offset, start, stop, int(np.quantile(mask[rows, columns][:, start:stop].sum(axis=0), _ALONE)))


def _box(level: list[_Line], upright: list[_Line]) -> _Lines | None:
    """The four lines of the largest box that meet at their ends, and those within that part it, as in a form."""
    if len(level) * len(upright) > _MOST:
        return None
    boxes = [
        (rows, columns)
        for rows in _pairs(level)
        for columns in _pairs(upright)
        if all(_meet(line, columns) for line in rows) and all(_meet(line, rows) for line in columns)
    ]
    if not boxes:
        return None
    rows, columns = max(boxes, key=lambda box: box[0][0].length * box[1][0].length)
    thickest = _PENS * max(line.thick for line in rows + columns)
    level, upright = (
        [line for line in lines if line.thick <= thickest and _meet(line, others)]
        for lines, others in ((level, columns), (upright, rows))
    )
    return _Lines(tuple(level), tuple(upright))


def _pairs(lines: list[_Line]) -> Iterator[tuple[_Line, _Line]]:
    return combinations(sorted(lines, key=lambda line: line.offset), 2)


def _meet(line: _Line, others: tuple[_Line, _Line]) -> bool:
    """Whether it goes from one of the others to the other."""
    near = _CORNER * min(line.length, others[0].length) + line.thick
    ends = zip(others, (line.start, line.stop), strict=True)
    return all(abs(int(other.y(int(line.y(end)))) - end) <= near for other, end in ends)


def _erased(planes: Field, signs: NDArray[np.float32], lines: tuple[_Line, ...]) -> Field:
    """What lies above and below takes the place of a line: paper, or the stroke that crosses it."""
    from scipy import ndimage

    planes = planes.copy()
    for line in lines:
        rows, columns = line.pixels(planes.shape[1:], _ROOM_PX)
        if not rows.size:
            continue
        tall = line.thick + 2 * _ROOM_PX + 1
        top = max(int(rows.min()) - tall, 0)  # nothing further off has a part in what is filled in
        strip = planes[:, top : int(rows.max()) + tall + 1]
        for plane, sign in zip(strip, signs, strict=True):
            fill = ndimage.grey_closing if sign > 0 else ndimage.grey_opening
            plane[rows - top, columns] = fill(plane, (tall, 1), mode="nearest")[rows - top, columns]
    return planes
