"""Finds separate digits in a field of ink: pieces of like size that are not strokes of one digit."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.centering import Field
from mnist_bench.digits.picture_view import Box

_MOST_PIECES = 300
_CRUMB = 0.01
"""A piece with less than this share of the heaviest's ink belongs to no digit."""
_LIKE = 0.45
"""A piece this much lower than the others is no digit by itself."""
_ALIKE = 0.7
"""Two whose heights differ by less may be digits side by side."""
_TOO_TALL = 2.5
"""Nor is one so much higher, if there are several others."""
_FLAT = 5.0
"""Nor is a line, so much wider than high."""

_MOST_GROWTH = 2.2
"""Nor is more than this many times as long as most pieces: two halves may become one digit, two digits not."""

# How near two pieces of one digit may be, as a share of the longest side of the larger.
_BROKEN = 0.06  # any two: a stroke that fades for a moment
_BESIDE = 0.015  # two that could be digits side by side
_STACKED = 0.1  # of both together: one above the other, no higher than a digit
_DOT = 0.14  # a small part at the side
_PART = 0.26  # a bar, a base or a dot beside what is much larger
_OPEN = 0.2  # the hook of an open 4 beside its stem


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Connected ink, or several such that belong together: its box, its mass, and its edge's points (N, 2) (x, y)."""

    box: Box
    mass: float
    edge: NDArray[np.intp]

    @property
    def longest(self) -> int:
        return max(self.box.width, self.box.height)

    def and_(self, other: "_Piece") -> "_Piece":
        a, b = self.box, other.box
        box = Box(min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))
        return _Piece(box, self.mass + other.mass, np.concatenate((self.edge, other.edge)))

    def gap(self, other: "_Piece", most: float) -> float:
        """The pixels between their nearest points; infinite if more than `most`."""
        from scipy.spatial import KDTree

        a, b = self.box, other.box
        across = max(a.left - b.right, b.left - a.right, 0)
        down = max(a.top - b.bottom, b.top - a.bottom, 0)
        if math.hypot(across, down) > most:
            return math.inf
        distances, _ = KDTree(self.edge).query(other.edge, distance_upper_bound=most + 2)
        return max(float(distances.min()) - 1, 0.0)


def find_digits(ink: Field) -> tuple[Box, ...]:
    """The boxes of the separate digits in ink (H, W), 0 to 1, row by row from the left; none if there is no ink.

    Strokes of one digit that do not touch (a 5 with its bar apart, an open 4, a 1 with a base) are one digit; digits
    that touch are one, too. What is much smaller than the others is left out.
    """
    pieces = _joined(_pieces(ink))
    if not pieces:
        return ()
    typical = _typical(pieces, [piece.box.height for piece in pieces])
    digits = [one.box for one in pieces if one.box.height >= _LIKE * typical and one.box.width < _FLAT * typical]
    usual = [box for box in digits if box.height <= _TOO_TALL * typical]
    if len(usual) > 2:
        digits = usual
    return _in_reading_order(digits or [max(pieces, key=lambda piece: piece.mass).box])


def ink_of(ink: Field, box: Box) -> Field:
    """Only the ink (H, W) of the digit in a box that `find_digits` gave: pieces that lie within it."""
    from scipy import ndimage

    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    inside = np.zeros(count + 1, np.bool_)
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        inside[number] = (
            box.left <= columns.start
            and columns.stop <= box.right
            and box.top <= rows.start
            and rows.stop <= box.bottom
        )
    return np.where(inside[labels], ink, 0).astype(np.float32)


def _pieces(ink: Field) -> list[_Piece]:
    """The connected pieces of ink, the heaviest `_MOST_PIECES` of them and no crumbs."""
    from scipy import ndimage

    seen = ink > 0
    labels, count = ndimage.label(seen, np.ones((3, 3)))
    if not count:
        return []
    masses = np.bincount(labels.ravel(), ink.ravel())[1:]
    edges = np.where(seen & ~ndimage.binary_erosion(seen), labels, 0)
    places = ndimage.find_objects(labels)
    pieces = []
    heaviest = np.argsort(-masses)[:_MOST_PIECES]
    for number in heaviest[masses[heaviest] >= _CRUMB * masses.max()].tolist():
        rows, columns = places[number]
        y, x = np.nonzero(edges[rows, columns] == number + 1)
        box = Box(columns.start, rows.start, columns.stop, rows.stop)
        pieces.append(_Piece(box, float(masses[number]), np.column_stack((x + box.left, y + box.top))))
    return pieces


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces with those of one digit put together."""
    usual = _typical(pieces, [piece.longest for piece in pieces])
    waiting, apart = list(pieces), list[_Piece]()
    while waiting:
        piece = waiting.pop()
        for other in apart:
            if _are_one(piece, other, usual):
                apart.remove(other)
                waiting.append(piece.and_(other))
                break
        else:
            apart.append(piece)
    return apart


def _typical(pieces: list[_Piece], sizes: list[int]) -> int:
    """The median of the sizes by mass: half of all ink is in pieces of at most this size; 0 without pieces."""
    if not pieces:
        return 0
    order = np.argsort(sizes)
    mass = np.cumsum([pieces[number].mass for number in order])
    return sizes[int(order[np.searchsorted(mass, mass[-1] / 2)])]


def _are_one(a: _Piece, b: _Piece, usual: int) -> bool:
    """Whether two pieces are strokes of one digit, by how they lie; `usual` is the longest side of most."""
    if a.longest < b.longest:
        a, b = b, a
    size = min(a.longest, _MOST_GROWTH * usual)
    gap = a.gap(b, _PART * size)
    if gap > _PART * size or a.and_(b).longest > _MOST_GROWTH * usual:
        return False
    shared_x = min(a.box.right, b.box.right) - max(a.box.left, b.box.left)
    shared_y = min(a.box.bottom, b.box.bottom) - max(a.box.top, b.box.top)
    narrower, lower = min(a.box.width, b.box.width), min(a.box.height, b.box.height)
    are_beside = lower > _ALIKE * max(a.box.height, b.box.height) and shared_y > lower / 2 and shared_x <= narrower / 3
    if gap <= (_BESIDE if are_beside else _BROKEN) * size or (shared_x > narrower / 2 and shared_y > lower / 2):
        return True
    if shared_x > narrower / 3 and shared_y <= lower / 3:
        return _is_stacked(a, b, gap)
    return shared_y > lower / 2 and _is_open_four(a, b, gap)


def _is_stacked(a: _Piece, b: _Piece, gap: float) -> bool:
    """Whether one above the other is one digit: a bar over a 5, a base under a 1, the halves of a 3."""
    if min(a.box.height, b.box.height) < _LIKE * max(a.box.height, b.box.height):
        return True
    both = a.and_(b).box
    is_stem = max(a.box.width / a.box.height, b.box.width / b.box.height) < 1 / 3
    return gap <= _STACKED * both.height and (is_stem or both.height <= 2 * both.width)


def _is_open_four(a: _Piece, b: _Piece, gap: float) -> bool:
    """Whether these are a hook and, right of it, a stem that goes on below it; or a small part beside a large one."""
    left, right = (a.box, b.box) if a.box.left < b.box.left else (b.box, a.box)
    is_stem = right.width < right.height / 2
    hangs = right.bottom - left.bottom > right.height / 5
    if is_stem and hangs and gap <= _OPEN * a.longest:
        return left.height >= right.height / 4
    return b.longest < _LIKE * a.longest and gap <= _DOT * a.longest


def _in_reading_order(boxes: list[Box]) -> tuple[Box, ...]:
    """Row by row: a box is of the row above it if its middle is above that row's lowest quarter."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        row = rows[-1] if rows else []
        middle = (box.top + box.bottom) / 2
        if row and middle < sum(one.top + 3 * one.bottom for one in row) / (4 * len(row)):
            row.append(box)
        else:
            rows.append([box])
    return tuple(box for row in rows for box in sorted(row, key=lambda box: box.left))
