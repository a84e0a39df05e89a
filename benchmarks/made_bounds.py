"""Pictures with more than a page: lines, frames, bars, tables, notes, windows, and canvases inside a page."""

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.made_ink import InkDigit, Light
from benchmarks.made_pictures import Maker, Sheet, blurred, encoded, encoded_image, even, inked, jpeg, polygon, to_bytes


def line_at_a_side(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A screenshot that caught a line at one or two of its sides."""
    sheet = Sheet.of(rng, digit)
    light = inked(even(sheet.shape, 1), sheet.ink(digit), 0)
    for _ in range(int(rng.integers(1, 3))):
        wide, shade, inset = int(rng.integers(1, 5)), rng.uniform(0, 0.75), int(rng.choice([0, 0, 1, 3]))
        view = np.rot90(light, int(rng.integers(4)))
        view[inset : inset + wide] = shade
    return encoded(light)


def frame_at_the_border(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A frame that touches the border."""
    sheet = Sheet.of(rng, digit)
    light = inked(even(sheet.shape, 1), sheet.ink(digit), 0)
    return encoded(_framed(light, 0, int(rng.integers(1, 12)), rng.uniform(0, 0.7)))


def frame_inside(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A frame some pixels inside, whose corners may be round."""
    sheet = Sheet.of(rng, digit, height=(0.4, 0.55), margin=0.2)
    light = inked(even(sheet.shape, 1), sheet.ink(digit), 0)
    inset, wide, shade = int(rng.integers(1, 40)), int(rng.integers(1, 7)), int(rng.uniform(0, 160))
    if rng.random() < 0.5:
        return encoded(_framed(light, inset, wide, shade / 255))
    image = Image.fromarray(to_bytes(light))
    size = (inset, inset, image.width - 1 - inset, image.height - 1 - inset)
    ImageDraw.Draw(image).rounded_rectangle(size, int(rng.integers(4, 30)), outline=shade, width=wide)
    return encoded_image(image)


def _framed(light: Light, inset: int, wide: int, shade: float) -> Light:
    frame = np.zeros(light.shape, np.bool_)
    frame[inset : light.shape[0] - inset, inset : light.shape[1] - inset] = True
    inner = inset + wide
    frame[inner : light.shape[0] - inner, inner : light.shape[1] - inner] = False
    return np.where(frame, np.float32(shade), light)


def scanners_bar(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A scan with a dark bar at one or two sides, where there was no paper; sometimes a little slanted."""
    sheet = Sheet.of(rng, digit, margin=0.17)
    height, width = sheet.shape
    light = inked(even(sheet.shape, rng.uniform(0.9, 1)), sheet.ink(digit), rng.uniform(0, 0.2))
    for _ in range(int(rng.integers(1, 3))):
        deep, slant = rng.uniform(0.01, 0.12) * min(sheet.shape), rng.choice([0.0, rng.uniform(-0.03, 0.03)])
        corners = [(-5.0, -5.0), (deep - slant * height / 2, -5.0), (deep + slant * height / 2, height + 5.0),
                   (-5.0, height + 5.0)]  # fmt: skip
        side = int(rng.integers(4))
        corners = [((x, y), (width - x, y), (y * width / height, x), (y * width / height, height - x))[side]
                   for x, y in corners]  # fmt: skip
        light = inked(light, polygon(sheet.shape, corners), rng.uniform(0, 0.15))
    return encoded(light)


def table_beside(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A sheet that does not fill the picture: the table shows straight at one side, or at two."""
    sheet = Sheet.of(rng, digit, margin=0.28, height=(0.35, 0.42))
    paper, table = rng.uniform(0.75, 0.95), rng.uniform(0.1, 0.5)
    light = inked(even(sheet.shape, paper), sheet.ink(digit), rng.uniform(0, 0.2))
    for _ in range(int(rng.integers(1, 3))):
        view = np.rot90(light, int(rng.integers(4)))
        view[: int(rng.uniform(0.04, 0.25) * min(sheet.shape))] = table
    return jpeg(rng, light) if rng.random() < 0.5 else encoded(light)


def tilted_table(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """The same, tilted: the table is a wedge or a corner."""
    sheet = Sheet.of(rng, digit, margin=0.28, height=(0.35, 0.42))
    height, width = sheet.shape
    paper, table = rng.uniform(0.75, 0.95), rng.uniform(0.1, 0.5)
    light = inked(even(sheet.shape, paper), sheet.ink(digit), rng.uniform(0, 0.2))
    if rng.random() < 0.7:
        a, b = rng.uniform(0, 0.25, 2) * width
        corners = [(-5.0, 0.0), (a, 0.0), (b, float(height)), (-5.0, float(height))]
    else:
        a, b = rng.uniform(0.2, 0.45, 2) * min(sheet.shape)
        corners = [(-1.0, -1.0), (a, -1.0), (-1.0, b)]
    table_at = polygon(sheet.shape, corners)
    table_at = table_at[:, ::-1] if rng.random() < 0.5 else table_at
    table_at = table_at[::-1] if rng.random() < 0.5 else table_at
    return jpeg(rng, inked(light, blurred(table_at, rng.uniform(0, 2)), table))


def sticky_note(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A note on a table that shows on all sides, straight or tilted, yellow or white; the table may be light."""
    sheet = Sheet.of(rng, digit, height=(0.3, 0.5), margin=0.25, pen=(0.015, 0.03))
    left, top, wide, tall = sheet.box
    room = 0.1 * min(sheet.shape)
    x0, y0 = left - rng.uniform(room, max(left - 4, room)), top - rng.uniform(room, max(top - 4, room))
    x1 = left + wide + rng.uniform(room, max(sheet.shape[1] - left - wide - 4, room))
    y1 = top + tall + rng.uniform(room, max(sheet.shape[0] - top - tall - 4, room))
    turn = rng.choice([0.0, rng.uniform(-0.12, 0.12)])
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) - middle
    turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + middle
    note = polygon(sheet.shape, [(x, y) for x, y in turned.tolist()])
    table, paper = rng.uniform(0.1, 0.55, 3), np.array([(0.95, 0.9, 0.45), (0.9, 0.9, 0.88), (0.95, 0.7, 0.8)])
    light = np.ones((*sheet.shape, 3), np.float32) * table.astype(np.float32)
    light = inked(light, note, paper[int(rng.integers(3))].astype(np.float32))
    return jpeg(rng, inked(light, sheet.ink(digit), rng.uniform(0, 0.2)))


def line_on_a_dark_canvas(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A light digit on black, and a grey line or frame at the border that may be shorter than the side."""
    sheet = Sheet.of(rng, digit)
    light = inked(even(sheet.shape, rng.uniform(0, 0.12)), sheet.ink(digit), rng.uniform(0.8, 1))
    shade, wide = rng.uniform(0.25, 0.9), int(rng.integers(1, 5))
    if rng.random() < 0.3:
        return encoded(_framed(light, int(rng.integers(0, 10)), wide, shade))
    view = np.rot90(light, int(rng.integers(4)))
    short = int(rng.uniform(0, 0.1) * view.shape[1])
    inset = int(rng.choice([0, 0, 2]))
    view[inset : inset + wide, short : view.shape[1] - short] = shade
    return encoded(light)


def window_with_shadow(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A window as macOS captures it: a soft shadow around it on white, sometimes with a title bar."""
    sheet = Sheet.of(rng, digit)
    shade = rng.uniform(0.35, 0.75)
    margin, fall = int(rng.uniform(0.08, 0.2) * min(sheet.shape)), rng.uniform(1, 2.5)
    inside = inked(even(sheet.shape, rng.uniform(0.95, 1)), sheet.ink(digit), rng.uniform(0, 0.2))
    if rng.random() < 0.4:
        inside[: max(int(0.06 * sheet.shape[0]), 6)] = rng.uniform(0.8, 0.9)
    light = np.pad(inside, margin, constant_values=1)
    y, x = (np.arange(side, dtype=np.float32) for side in light.shape)
    down = np.maximum(np.maximum(margin - y, y - (light.shape[0] - 1 - margin)), 0)
    across = np.maximum(np.maximum(margin - x, x - (light.shape[1] - 1 - margin)), 0)
    if rng.random() < 0.5:
        away = np.maximum(down[:, None], across[None, :])
    else:
        away = np.hypot(down[:, None], across[None, :])
    shadow = 1 - shade * np.clip(1 - away / margin, 0, 1) ** fall
    return encoded(np.where(away > 0, shadow, light).astype(np.float32))


def _canvas_in_page(rng: np.random.Generator, digit: InkDigit, page: float, canvas: float, *, nested: bool) -> bytes:
    sheet = Sheet.of(rng, digit, pen=(0.02, 0.05), height=(0.4, 0.7), margin=0.1)
    inside = inked(even(sheet.shape, canvas), sheet.ink(digit), 1 - canvas)
    before, after = (rng.uniform(0.02, 0.5, 2) for _ in range(2))
    high, wide = sheet.shape
    shape = (int(high * (1 + before[0] + after[0])), int(wide * (1 + before[1] + after[1])))
    light = even(shape, page)
    top, left = int(high * before[0]), int(wide * before[1])
    light[top : top + high, left : left + wide] = inside
    if not nested:
        return encoded(light)
    image = Image.fromarray(to_bytes(light))
    brush = ImageDraw.Draw(image)
    outline = int(255 * (0.5 + rng.choice([-0.2, 0.2])))
    gap = int(rng.integers(0, 12))
    brush.rectangle((left - gap - 1, top - gap - 1, left + wide + gap, top + high + gap), outline=outline, width=2)
    size = float(np.clip(0.3 * top, 10, 40))
    words = ("Draw a digit", "Predict", "Clear", "MNIST demo")
    brush.text((left, 0.3 * top), words[int(rng.integers(4))], fill=round(255 * (1 - page)), font_size=size)
    brush.text((left, top + high + gap + 4), words[int(rng.integers(4))], fill=round(255 * (1 - page)), font_size=size)
    return encoded_image(image)


def black_canvas(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A black canvas with a white digit inside a light page."""
    return _canvas_in_page(rng, digit, rng.uniform(0.85, 1), rng.uniform(0, 0.1), nested=False)


def white_canvas(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A white canvas with a black digit inside a dark page."""
    return _canvas_in_page(rng, digit, rng.uniform(0, 0.3), rng.uniform(0.9, 1), nested=False)


def titled_canvas(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A canvas with a frame around it and words above and below; page and canvas may be of one shade."""
    page, canvas = [(1.0, 0.0), (0.1, 1.0), (1.0, 1.0), (0.0, 0.0), (0.95, 1.0)][int(rng.integers(5))]
    return _canvas_in_page(rng, digit, page, canvas, nested=True)


BOUNDS: dict[str, Maker] = {
    "line at a side": line_at_a_side,
    "frame at the border": frame_at_the_border,
    "frame inside": frame_inside,
    "scanner's bar": scanners_bar,
    "table beside": table_beside,
    "tilted table": tilted_table,
    "sticky note": sticky_note,
    "line on a dark canvas": line_on_a_dark_canvas,
    "window with a shadow": window_with_shadow,
    "black canvas": black_canvas,
    "white canvas": white_canvas,
    "titled canvas": titled_canvas,
}
