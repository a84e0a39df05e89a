"""The columns of the table of kept drawings: thumbnail, label, answers, when."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtGui import QPixmap

from mnist_bench.base import words
from mnist_bench.digits.kept import KeptDrawing
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.pixels import enlarged
from mnist_bench.gui.kit.table import Table

_THUMBNAIL: Final = 32


def drawings_table(keys: Mapping[str, Callable[[], object]]) -> Table[KeptDrawing]:
    """An empty table, newest first until the person sorts it otherwise; for `keys` see Table."""
    columns: tuple[Column[KeptDrawing], ...] = (
        Column("Drawn", _when, key=lambda kept: (kept.time, kept.id), picture=_thumbnail, spoken=_spoken),
        Column("Label", lambda kept: "?" if kept.label is None else str(kept.label)),
        Column("Answers", _answers, stretch=True, least=30),
    )
    name = "Kept drawings"
    return Table(name, columns, lambda kept: kept.id, keys=keys, newest_first=True, icon_side=_THUMBNAIL)


def _when(kept: KeptDrawing) -> str:
    return words.date_time(kept.time)


def _spoken(kept: KeptDrawing) -> str:
    digit = "an unknown digit" if kept.label is None else f"a {kept.label}"
    return f"Drawing of {digit}, {_when(kept)}"


def _thumbnail(kept: KeptDrawing) -> QPixmap:
    return enlarged(render_drawing(kept.drawing), _THUMBNAIL)


def _answers(kept: KeptDrawing) -> str:
    """As "PyTorch fp32: 7 (99.8 %) ✓   QNNPACK int8: 1 (51.0 %) ✗"; right and wrong only where there is a label."""
    said = []
    for answer in kept.answers:
        sign = "" if kept.label is None else " ✓" if answer.digit == kept.label else " ✗"
        said.append(f"{answer.backend}: {answer.digit} ({words.probability(answer.probability)}){sign}")
    return "    ".join(said)
