"""Examples of styles: templates in other hands, strokes added to pen digits and scanned zeros, and coarse scans."""

import threading
from collections.abc import Sequence
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing
from mnist_bench.training.examples import Examples, check_stop, rendered
from mnist_bench.training.pen_digits import PenDigit
from mnist_bench.training.recipes import StyleRenderings
from mnist_bench.training.styles.edits import lacks_stroke, with_added_stroke, with_slash
from mnist_bench.training.styles.hands import deformed
from mnist_bench.training.styles.scans import coarse
from mnist_bench.training.styles.templates import Style, read_styles

_BOX = 500.0  # a drawing's side, of which a digit fills half
_JITTER_LEAST, _JITTER_MOST = 0.01, 0.05  # of a digit's height: how far control points stray


def bundled_styles(name: str) -> tuple[Style, ...]:
    """The styles to train on ("learned") or those that choose an epoch ("validation")."""
    with as_file(files("mnist_bench.training.styles") / f"{name}.txt") as path:
        return read_styles(path)


def styled_examples(
    styles: Sequence[Style],
    pens: Sequence[PenDigit],
    scanned: Examples,
    share: StyleRenderings,
    chance: np.random.Generator,
    stop: threading.Event,
) -> Examples:
    """One rendering: as many of each kind as `share` says; Cancelled once `stop` is set."""
    count = len(scanned)
    drawings = [
        drawn_style(styles[index], share.strength, chance)
        for index in chance.integers(0, len(styles), round(share.templates * count))
    ]
    if editable := [pen.drawing for pen in pens if lacks_stroke(pen.drawing)]:
        for index in chance.integers(0, len(editable), round(share.edited * count)):
            strokes = with_added_stroke(editable[index], chance)
            drawings.append(_in_box(deformed(strokes, chance, share.strength / 2), editable[index].label))
    widths = chance.uniform(share.thinnest_px, share.thickest_px, len(drawings))
    parts = [rendered(drawings, widths, stop)]
    zeros = np.flatnonzero(scanned.labels.numpy() == 0)
    slashed = chance.permutation(zeros)[: round(share.slashed_zeros * len(zeros))]
    coarsened = chance.permutation(count)[: round(share.coarse * count)]
    for chosen, change in ((slashed, with_slash), (coarsened, coarse)):
        check_stop(stop)
        images = scanned.images[chosen].clone()
        for image in images.numpy():  # shares its memory
            image[:] = change(image, chance)
        parts.append(Examples(images, scanned.labels[chosen]))
    return parts[0].joined(*parts[1:])


def drawn_style(style: Style, strength: float, chance: np.random.Generator) -> Drawing:
    """A style as somebody draws it: control points stray, and the strokes are another hand's (see `deformed`)."""
    jitter = chance.uniform(_JITTER_LEAST, _JITTER_MOST) * strength
    strokes = [np.array(stroke) + chance.normal(0, jitter, (len(stroke), 2)) for stroke in style.strokes]
    return _in_box(deformed([tuple(map(tuple, stroke.tolist())) for stroke in strokes], chance, strength), style.digit)


def _in_box(strokes: Sequence[Sequence[tuple[float, float]]], label: int | None) -> Drawing:
    """Strokes in any unit, scaled to half of a drawing's box and put in its middle."""
    points: NDArray[np.float64] = np.array([point for stroke in strokes for point in stroke])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _BOX / 2 / max(float((high - low).max()), 1e-9)
    moved = (((np.array(stroke) - (low + high) / 2) * scale) + _BOX / 2 for stroke in strokes)
    return Drawing(_BOX, _BOX, _BOX / 20, tuple(tuple(map(tuple, stroke.tolist())) for stroke in moved), label)
