"""Photographs of digits on paper on a table: made papers and tables, perspective, light, shadows, blur, grain, JPEG."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from benchmarks.made_ink import InkDigit, Light
from benchmarks.made_pictures import Sheet, blurred, grid, inked, jpeg, polygon, to_bytes

_SHAPE = (900, 1200)
_PAPER = (800, 800)

Surface = Callable[[np.random.Generator, tuple[int, int]], Light]


def photograph(rng: np.random.Generator, digit: InkDigit, paper: Surface, table: Surface) -> bytes:
    """A JPEG photograph of a digit written on `paper`, which lies on `table`, seen a little from the side."""
    sheet = Sheet.of(rng, digit, shape=_PAPER, pen=(0.013, 0.03), height=(0.35, 0.6), margin=0.2)
    pens = ([0.1, 0.1, 0.12], [0.12, 0.15, 0.45], [0.45, 0.1, 0.12], [0.3, 0.3, 0.32])
    written = inked(paper(rng, _PAPER), sheet.ink(digit), pens[int(rng.integers(len(pens)))])
    light = _laid(rng, written, table(rng, _SHAPE))
    light = light * _lit(rng)[:, :, None]
    image = Image.fromarray(to_bytes(light))
    soft = blurred_colour(image, rng.uniform(0.3, 1.2))
    return jpeg(rng, soft, (0.006, 0.025))


def blurred_colour(image: Image.Image, radius_px: float) -> Light:
    """Light (H, W, 3) of an image that is a little out of focus."""
    return np.stack(
        [blurred(np.asarray(band, np.float32) / np.float32(255), radius_px) for band in image.split()], axis=2
    )


def _laid(rng: np.random.Generator, paper: Light, table: Light) -> Light:
    """The paper in perspective on the table; it may reach over the border, but all of the digit is seen."""
    height, width = table.shape[:2]
    side = rng.uniform(0.75, 1.3) * height
    turn, tilt = rng.uniform(-0.15, 0.15), rng.uniform(-0.12, 0.12, (4, 2))
    corners = (np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (1 + tilt)) * side / 2
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners += (width / 2 + rng.uniform(-0.08, 0.08) * width, height / 2 + rng.uniform(-0.05, 0.05) * height)
    seen = Image.fromarray(to_bytes(paper)).transform(
        (width, height), Image.Transform.PERSPECTIVE, _perspective(corners, paper.shape[:2]),
        Image.Resampling.BICUBIC,
    )  # fmt: skip
    cover = polygon((height, width), [(x, y) for x, y in corners.tolist()])
    cast = blurred(np.roll(cover, (int(rng.integers(0, 12)), int(rng.integers(-8, 8))), (0, 1)), 6)
    under = table * (1 - rng.uniform(0.2, 0.5) * cast[:, :, None])
    return inked(under.astype(np.float32), cover, np.asarray(seen, np.float32) / np.float32(255))


def _perspective(corners: np.ndarray, shape: tuple[int, int]) -> list[float]:
    """Pillow's eight numbers, which take a point of the photograph to a point of the paper."""
    rows, values = [], []
    flat = ((0, 0), (shape[1], 0), (shape[1], shape[0]), (0, shape[0]))
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    numbers: list[float] = np.linalg.solve(np.array(rows), np.array(values)).tolist()
    return numbers


def _lit(rng: np.random.Generator) -> Light:
    """A lamp's light, falling off, and the soft or hard shadow of a hand or a phone in two pictures of three."""
    y, x = grid(_SHAPE)
    lamp = 1 - rng.uniform(0, 0.25) * ((x - rng.uniform(0, 1.3)) ** 2 + (y - rng.uniform(0, 1)) ** 2)
    light = np.asarray(np.clip(lamp, 0.4, 1), np.float32)
    if rng.random() < 0.33:
        return light
    height, width = _SHAPE
    edge = np.array((width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)))
    angle, reach = rng.uniform(0, 2 * np.pi), 2.0 * width
    ways = angle + np.array([0, 1, 2]) * rng.uniform(0.7, 1.57)
    corners = [edge, *(edge + reach * np.array((np.cos(way), np.sin(way))) for way in ways)]
    cover = blurred(polygon(_SHAPE, [(float(x), float(y)) for x, y in corners]), rng.uniform(2, 25))
    return np.asarray(light * (1 - rng.uniform(0.2, 0.55) * cover), np.float32)


def _of_colour(shape: tuple[int, int], colour: tuple[float, float, float]) -> Light:
    return np.ones((*shape, 3), np.float32) * np.array(colour, np.float32)


def _clouds(rng: np.random.Generator, shape: tuple[int, int], size: tuple[int, int]) -> Light:
    """Smooth noise, about -1 to 1, whose spots are `size` pixels high and wide."""
    small = rng.normal(0, 0.5, (max(shape[0] // size[0], 2), max(shape[1] // size[1], 2))).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize(shape[::-1], Image.Resampling.BICUBIC))


def _grained(rng: np.random.Generator, field: Light, strength: float, size: tuple[int, int]) -> Light:
    return np.asarray(field * (1 + strength * _clouds(rng, field.shape[:2], size)[:, :, None]), np.float32)


def _lined(rng: np.random.Generator, shape: tuple[int, int], *, squares: bool, margin: bool = False) -> Light:
    light = _of_colour(shape, (0.95, 0.95, 0.93))
    step = int(rng.integers(28, 60))
    light[int(rng.integers(step)) :: step] = 0.76, 0.82, 0.92
    if squares:
        light[:, int(rng.integers(step)) :: step] = 0.76, 0.82, 0.92
    if margin:
        x = int(shape[1] * rng.uniform(0.08, 0.14))
        light[:, x : x + 2] = 0.9, 0.65, 0.65
    return light


def _dotted(rng: np.random.Generator, shape: tuple[int, int]) -> Light:
    light = _of_colour(shape, (0.96, 0.95, 0.92))
    step = int(rng.integers(30, 50))
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        light[step // 2 + dy :: step, step // 2 + dx :: step] = 0.65
    return light


def _wood(rng: np.random.Generator, shape: tuple[int, int], colour: tuple[float, float, float]) -> Light:
    grain = _clouds(rng, shape, (5, 200)) * 0.5 + _clouds(rng, shape, (40, 400)) * 0.5
    return np.asarray(_of_colour(shape, colour) * (1 + 0.28 * grain[:, :, None]), np.float32)


def _cloth(rng: np.random.Generator, shape: tuple[int, int]) -> Light:
    step = int(rng.integers(30, 70))
    y, x = np.indices(shape) // step % 2
    return np.asarray(_of_colour(shape, (0.75, 0.25, 0.25)) * (1 - 0.3 * x - 0.3 * y)[:, :, None], np.float32)


PAPERS: dict[str, Surface] = {
    "white": lambda _, shape: _of_colour(shape, (0.94, 0.94, 0.93)),
    "cream": lambda rng, shape: _grained(rng, _of_colour(shape, (0.93, 0.88, 0.75)), 0.03, (40, 40)),
    "lined": lambda rng, shape: _lined(rng, shape, squares=False),
    "lined with a margin": lambda rng, shape: _lined(rng, shape, squares=False, margin=True),
    "squared": lambda rng, shape: _lined(rng, shape, squares=True),
    "dotted": _dotted,
    "yellow note": lambda _, shape: _of_colour(shape, (0.95, 0.88, 0.4)),
    "pink note": lambda _, shape: _of_colour(shape, (0.95, 0.65, 0.75)),
    "recycled": lambda rng, shape: _grained(rng, _of_colour(shape, (0.78, 0.76, 0.7)), 0.08, (3, 3)),
    "kraft": lambda rng, shape: _grained(rng, _of_colour(shape, (0.72, 0.58, 0.42)), 0.07, (4, 4)),
    "blue": lambda _, shape: _of_colour(shape, (0.7, 0.8, 0.9)),
    "crumpled": lambda rng, shape: _grained(rng, _of_colour(shape, (0.9, 0.9, 0.88)), 0.12, (120, 120)),
}
TABLES: dict[str, Surface] = {
    "pale wood": lambda rng, shape: _wood(rng, shape, (0.72, 0.55, 0.38)),
    "brown wood": lambda rng, shape: _wood(rng, shape, (0.45, 0.3, 0.18)),
    "dark wood": lambda rng, shape: _wood(rng, shape, (0.22, 0.15, 0.1)),
    "black mat": lambda rng, shape: _grained(rng, _of_colour(shape, (0.1, 0.1, 0.11)), 0.1, (3, 3)),
    "grey desk": lambda _, shape: _of_colour(shape, (0.45, 0.46, 0.48)),
    "stone": lambda rng, shape: _grained(rng, _of_colour(shape, (0.5, 0.48, 0.46)), 0.25, (14, 14)),
    "checked cloth": _cloth,
    "green baize": lambda rng, shape: _grained(rng, _of_colour(shape, (0.1, 0.35, 0.2)), 0.15, (3, 3)),
    "blue cloth": lambda rng, shape: _grained(rng, _of_colour(shape, (0.2, 0.3, 0.5)), 0.2, (6, 6)),
    "red brick": lambda rng, shape: _grained(rng, _of_colour(shape, (0.5, 0.22, 0.16)), 0.25, (30, 60)),
}
