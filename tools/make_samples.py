"""Make the sample drawings in resources/samples from skeletons designed by hand; run again, it makes the same files.

A skeleton is what a pen passes through, on a pad of 280 x 280. Each stroke becomes a smooth line of evenly spaced
points, and gets the slant, the width and the slow unsteadiness of a hand, drawn from a generator seeded with the
sample's name.

Usage: python tools/make_samples.py [FOLDER]
"""

import itertools
import math
import random
import sys
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing, Point, Stroke, save_drawing

PAD = 280.0
PEN_WIDTH = 20.0
SPACING = 5.0
"""Between two points: a pen at 100 points a second draws a digit in about a second."""

SKELETONS: dict[str, tuple[str, ...]] = {
    # Closed at the top, started at the top right.
    "0-1": ("150,48 116,56 88,92 78,142 88,196 120,230 158,226 190,190 202,138 192,84 168,54 143,47",),
    # Narrow, leaning, its end crossing its start.
    "0-2": ("164,60 134,52 108,82 92,136 92,192 112,228 144,222 172,182 186,128 180,78 156,52 132,60",),
    # Wide and round, not quite closed.
    "0-3": ("128,60 88,76 60,118 60,168 90,208 140,220 190,204 218,162 214,112 182,76 142,64",),
    # A bar.
    "1-1": ("146,44 143,100 140,160 138,234",),
    # A flag.
    "1-2": ("104,98 126,80 146,52 148,50 146,110 144,170 142,232",),
    # A flag and a foot.
    "1-3": (
        "98,92 122,76 142,48 143,50 142,110 142,170 142,226",
        "94,230 140,228 190,227",
    ),
    # Leaning.
    "1-4": ("176,46 160,104 140,164 116,232",),
    # A straight foot with a sharp corner.
    "2-1": ("82,96 94,64 128,48 166,58 182,92 170,130 136,172 100,206 78,228 80,228 130,226 200,224",),
    # A loop at the foot.
    "2-2": ("88,84 110,54 146,50 176,72 176,110 150,154 112,196 84,216 70,208 82,192 108,200 140,222 174,226 204,210",),
    # A wave.
    "2-3": ("76,92 88,62 120,50 152,62 162,96 146,138 114,180 80,216 82,217 116,206 150,214 182,222 210,210",),
    # Two bows.
    "3-1": (
        "86,70 112,50 150,52 174,78 164,112 132,132 116,134 118,134 154,140 184,166 180,206 146,230 106,226 78,204",
    ),
    # A flat top.
    "3-2": ("84,54 130,54 184,50 184,51 152,92 124,122 125,122 164,134 184,166 174,206 138,230 98,222 76,204",),
    # A small loop between the bows.
    "3-3": (
        "94,74 120,52 156,56 172,86 154,116 124,132 112,126 124,118 154,134 180,162 176,202 144,228 104,224 82,196",
    ),
    # Open, in two strokes.
    "4-1": (
        "98,56 90,100 82,146 84,148 130,148 200,142",
        "172,60 168,120 162,180 158,236",
    ),
    # Closed, as in print: down the slope, along the bar, then the stem.
    "4-2": (
        "160,46 126,98 74,168 75,169 140,168 212,164",
        "162,48 164,110 162,180 162,238",
    ),
    # Open, in one stroke.
    "4-3": ("88,62 78,106 80,142 108,156 146,142 174,108 184,68 185,66 178,120 168,180 164,236",),
    # The top bar a stroke of its own.
    "5-1": (
        "104,58 98,92 92,126 93,127 126,114 164,126 184,164 172,206 134,230 92,222 74,206",
        "104,58 146,56 190,50",
    ),
    # In one stroke from the top right.
    "5-2": ("184,54 140,56 104,58 103,60 98,94 92,128 93,128 130,116 168,132 182,170 166,210 128,230 88,220",),
    # Narrow and leaning.
    "5-3": (
        "128,60 116,96 104,132 105,132 138,126 162,146 162,184 136,218 98,228 72,216",
        "128,60 164,56 202,52",
    ),
    # A long bow into a round belly.
    "6-1": ("170,48 132,76 102,122 88,172 98,214 132,232 168,218 184,184 170,154 138,148 108,166 92,190",),
    # Nearly straight, leaning, with a small belly.
    "6-2": ("148,44 124,92 104,144 96,192 110,226 142,230 166,206 164,176 140,164 112,178 98,200",),
    # Curled at the top, closed with a loop.
    "6-3": ("186,66 164,50 130,62 100,106 86,160 94,208 126,232 164,222 184,188 168,154 132,150 98,176",),
    # Plain.
    "7-1": ("80,62 130,62 194,58 194,59 172,112 148,172 130,234",),
    # A bar through it.
    "7-2": (
        "78,66 130,60 196,58 196,59 168,116 142,176 124,236",
        "104,150 146,146 188,140",
    ),
    # A serif and a bent stem.
    "7-3": ("84,86 86,58 87,57 136,62 194,54 194,55 178,92 152,136 138,184 134,236",),
    # In one stroke from the top right, crossing itself in the middle.
    "8-1": (
        "176,72 142,48 106,62 98,96 130,128 170,156 184,192 160,226 120,230 92,202 104,166 142,134 174,102 180,70",
    ),
    # Two rings, one upon the other.
    "8-2": (
        "144,132 112,122 100,90 116,58 146,50 174,68 176,102 150,130 142,133",
        "142,133 106,148 88,184 104,220 142,232 180,216 190,178 170,146 144,134",
    ),
    # Leaning, its end not quite at its start.
    "8-3": (
        "190,64 160,46 124,60 116,94 136,124 158,156 160,196 136,228 102,226 86,196 102,162 144,130 180,100 194,80",
    ),
    # A round head and a straight stem.
    "9-1": ("176,80 148,54 110,62 92,98 106,132 140,138 170,114 178,78 178,79 174,130 168,184 164,236",),
    # A curved tail.
    "9-2": ("178,88 156,56 118,54 92,86 98,124 132,138 166,118 180,82 180,84 182,138 170,190 138,226 98,222",),
    # Leaning, with a small head.
    "9-3": ("186,76 164,50 132,56 112,88 120,118 148,122 176,98 188,70 188,71 170,128 148,184 128,238",),
}
"""Name to strokes, each the points x,y that the pen passes through."""


def make_sample(name: str, skeleton: tuple[str, ...]) -> Drawing:
    """The drawing of one skeleton, with the unsteadiness of the hand that belongs to its name."""
    hand = _Hand(random.Random(name))  # noqa: S311  (no secret, but the same every time)
    strokes = tuple(hand.draw(_evenly(smooth_stroke(skeleton_points(stroke)))) for stroke in skeleton)
    return Drawing(PAD, PAD, PEN_WIDTH, strokes, label=int(name[0]))


class _Hand:
    """One person's writing of one digit: slant, width, turn, and a slow waver along the line."""

    def __init__(self, rng: random.Random) -> None:
        self._slant = rng.uniform(-0.06, 0.06)
        self._width = rng.uniform(0.94, 1.06)
        self._turn = rng.uniform(-0.05, 0.05)
        # Waves of 60 to 160 units along the line, 1 unit high.
        self._waves = [
            (rng.uniform(0.4, 1.0), 2 * math.pi / rng.uniform(60, 160), rng.uniform(0, 2 * math.pi)) for _ in range(4)
        ]

    def draw(self, points: list[Point]) -> Stroke:
        return tuple(self._place(point, index * SPACING) for index, point in enumerate(points))

    def _place(self, point: Point, along: float) -> Point:
        waver_x, waver_y = (
            sum(height * math.sin(speed * along + phase) for height, speed, phase in waves)
            for waves in (self._waves[:2], self._waves[2:])
        )
        x, y = point[0] - PAD / 2, point[1] - PAD / 2
        x = x * self._width - self._slant * y
        x, y = x - self._turn * y, y + self._turn * x
        return round(x + PAD / 2 + waver_x, 1), round(y + PAD / 2 + waver_y, 1)


def skeleton_points(stroke: str) -> list[Point]:
    """The points that one stroke of a skeleton passes through."""
    pairs = (point.split(",") for point in stroke.split())
    return [(float(x), float(y)) for x, y in pairs]


def _evenly(line: list[Point]) -> list[Point]:
    """Points about 5 units apart along a polyline, with both its ends."""
    lengths = [0.0]
    for before, after in itertools.pairwise(line):
        lengths.append(lengths[-1] + math.dist(before, after))
    count = max(round(lengths[-1] / SPACING), 1)
    points, piece = [], 0
    for index in range(count + 1):
        at = lengths[-1] * index / count
        while piece < len(line) - 2 and lengths[piece + 1] < at:
            piece += 1
        share = (at - lengths[piece]) / (lengths[piece + 1] - lengths[piece])
        (x0, y0), (x1, y1) = line[piece], line[piece + 1]
        points.append((x0 + (x1 - x0) * share, y0 + (y1 - y0) * share))
    return points


def main() -> None:
    """Write every sample."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else locations.resources_dir() / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    for name, skeleton in SKELETONS.items():
        save_drawing(folder / f"{name}.json", make_sample(name, skeleton))


if __name__ == "__main__":
    main()
