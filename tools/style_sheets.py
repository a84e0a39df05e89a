"""Draws contact sheets of the styles that networks are trained, chosen and measured on: `make style-sheets`.

A row is a style: its template, then as other hands draw it. With MNIST's files and pen digits there are sheets of the
strokes that are added to them and of coarse scans, too.
"""

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_bench.digits.datasets import load_digits
from mnist_bench.training.examples import Examples, rendered
from mnist_bench.training.pen_digits import for_training, read_pen_digits
from mnist_bench.training.recipes import StyleRenderings
from mnist_bench.training.styled import bundled_styles, drawn_style, styled_examples
from mnist_bench.training.styles.templates import Style, read_styles

_CELL, _CAPTION = 44, 190  # pixels
_ROWS = 30  # of a column of styles
_HANDS = 7
_MEASURED = Path(__file__).parents[1] / "benchmarks/styled_digits.txt"
_NO_KIND = StyleRenderings(templates=0, edited=0, slashed_zeros=0, coarse=0)

Images = NDArray[np.uint8]


def style_sheet(styles: Sequence[Style], strength: float) -> Image.Image:
    """Each style's name, then its template and seven hands of that strength, in columns of 30 styles."""
    chance = np.random.default_rng(1)
    width = _CAPTION + (1 + _HANDS) * _CELL
    sheet = Image.new("L", (width * -(-len(styles) // _ROWS), _CELL * min(len(styles), _ROWS)))
    draw = ImageDraw.Draw(sheet)
    for number, style in enumerate(styles):
        left, top = number // _ROWS * width, number % _ROWS * _CELL
        draw.text((left + 4, top + 14), f"{style.digit} {style.name}", fill=255)
        drawings = [drawn_style(style, strength if hand else 0.0, chance) for hand in range(1 + _HANDS)]
        images = rendered(drawings, np.full(len(drawings), 2.5), threading.Event()).images.numpy()
        sheet.paste(_tiled(images, len(images)), (left + _CAPTION, top))
    return sheet


def _tiled(images: Images, across: int) -> Image.Image:
    sheet = Image.new("L", (_CELL * across, _CELL * -(-len(images) // across)))
    for number, image in enumerate(images):
        tile = Image.fromarray(image).resize((_CELL - 2, _CELL - 2), Image.Resampling.BICUBIC)
        sheet.paste(tile, (number % across * _CELL, number // across * _CELL))
    return sheet


def _sheets(data: Path | None, pen_digits: Path | None) -> dict[str, Callable[[], Image.Image]]:
    own = StyleRenderings().strength
    sheets: dict[str, Callable[[], Image.Image]] = {
        "learned": lambda: style_sheet(bundled_styles("learned"), own),
        "validation": lambda: style_sheet(bundled_styles("validation"), own),
        "measured": lambda: style_sheet(read_styles(_MEASURED), own),
    }
    if data is None:
        return sheets
    digits = load_digits(data, split="train")
    scanned = Examples.of(digits.images[:4000], digits.labels[:4000])
    pens = for_training(read_pen_digits(pen_digits)) if pen_digits else ()

    def made(share: StyleRenderings) -> Callable[[], Image.Image]:
        chance, styles = np.random.default_rng(2), bundled_styles("learned")
        examples = styled_examples(styles, pens, scanned, share, chance, threading.Event())
        return lambda: _tiled(examples.images.numpy()[:400], 20)

    sheets["slashed-zeros"] = made(replace(_NO_KIND, slashed_zeros=1.0))
    sheets["coarse-scans"] = made(replace(_NO_KIND, coarse=0.1))
    if pens:
        sheets["added-strokes"] = made(replace(_NO_KIND, edited=0.1))
    return sheets


def main() -> int:
    """Write the sheets into a folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.style_sheets", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, help="MNIST's files")
    parser.add_argument("--pen-digits", type=Path, help="UNIPEN file of pen digits")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, make in _sheets(options.data, options.pen_digits).items():
        make().save(options.folder / f"{name}.png")
        print(options.folder / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
