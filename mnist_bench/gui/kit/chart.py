"""The frame of every chart: what it consists of, when it is drawn, and how it is exported.

A view describes its plots and gives a function that draws them; pyqtgraph is imported once the window is there.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from mnist_bench.base import words
from mnist_bench.bench.report.ticks import even_ticks, log_ticks
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.export import Wanted, export
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.pixels import paint_marker
from mnist_bench.gui.kit.text import empty_label
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import ChartFrame, Plot

_PLOT: Final = "mnist_bench.gui.kit.plot"
_MARK: Final = 10
_THICKNESS: Final = 0.76


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot.

    Attributes:
        label: what is along it.
        tick, told: a value in words, short beside the axis and in full under the pointer.
        places: where it may be labelled between two values; without it, at round numbers.
    """

    label: str
    tick: Callable[[float], str] = words.short_number
    told: Callable[[float], str] = words.short_number
    places: Callable[[float, float], list[float]] = even_ticks


def duration_axis(label: str) -> Axis:
    """An axis of log10(nanoseconds), labelled with times."""
    return Axis(label, lambda value: words.duration_tick(10**value), lambda value: words.duration(10**value), log_ticks)


def ratio_axis(label: str) -> Axis:
    """An axis of log10(ratio), labelled with ratios."""
    return Axis(label, lambda value: words.ratio_tick(10**value), lambda value: words.ratio(10**value), log_ticks)


def share_axis(label: str) -> Axis:
    """An axis of shares from 0 to 1, labelled in per cent."""
    return Axis(label, words.share, words.share)


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a chart; several stand side by side.

    Attributes:
        name: what it shows, for screen readers and as its tip.
        x, y: its axes; `y` is None where there are named rows instead, the first on top.
        stretch: its share of the width.
        zooms: the wheel and dragging zoom along the x axis; a double click shows all again.
    """

    name: str
    x: Axis
    y: Axis | None
    stretch: int = 1
    zooms: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a legend."""

    style: BackendStyle
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: its legend, and what a screen reader says of it; without that, the legend's texts."""

    legend: tuple[Entry, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar, in the plot's coordinates, and what is said of it."""

    left: float
    width: float
    row: int
    fill: str
    label: str
    tip: str

    @property
    def area(self) -> QRectF:
        """Where it is."""
        return QRectF(self.left, self.row - _THICKNESS / 2, self.width, _THICKNESS)


Draw = Callable[[Sequence["Plot"]], Drawn | None]
"""Draws all there is now into the plots of the panels; None where there is nothing to show yet."""


class Legend(QWidget):
    """Marks with texts beside them, in as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self.fit()

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Shows these; another text as wide as the one before moves nothing."""
        if entries != self._entries:
            self._entries = entries
            self.fit()

    def fit(self) -> None:
        """Takes the height that its rows need at this width and size of the text."""
        rows = -(-len(self._entries) // self._columns()) if self._entries else 0
        self.setFixedHeight(rows * self._line())
        self.update()

    def _line(self) -> int:
        return self.fontMetrics().height() + 2

    def _columns(self) -> int:
        advance = self.fontMetrics().horizontalAdvance
        widest = max(advance(entry.text) for entry in self._entries) + _MARK + theme.GRID * 3
        return max(1, min(len(self._entries), self.width() // widest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Uses the room."""
        super().resizeEvent(event)
        self.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints marks and texts."""
        if not self._entries:
            return
        painter, columns, line = QPainter(self), self._columns(), self._line()
        width = self.width() // columns
        for place, entry in enumerate(self._entries):
            left, top = place % columns * width, place // columns * line
            paint_marker(painter, QRect(left, top + (line - _MARK) // 2, _MARK, _MARK).toRectF(), entry.style)
            area = QRect(left + _MARK + theme.GRID, top, width - _MARK - theme.GRID * 2, line)
            painter.setPen(self.palette().windowText().color())
            text = self.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideMiddle, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)


class Chart(QWidget):
    """Plots under one legend. They are drawn by a timer, not for each change, and only while they are seen.

    Attributes:
        title: what an exported picture is called at first; `file_name`: its file, without the ending.
        export_action: asks how and where to, and saves it; enabled while there is something.
        frame: legend and plots, once the library is there.

    `draw` draws it, `to_csv` makes its figures (called on another thread), `empty` says what to do until there is
    something. It waits for `rest_ms` without a change, but no longer than `longest_ms`.
    """

    def __init__(
        self,
        session: Session,
        panels: Sequence[Panel],
        draw: Draw,
        to_csv: Callable[[], bytes],
        *,
        title: str,
        file_name: str,
        empty: str = "",
        rest_ms: int = 0,
        longest_ms: int = 0,
    ) -> None:
        super().__init__()
        self._session = session
        self.title, self.file_name = title, file_name
        self._panels, self._draw, self._to_csv = tuple(panels), draw, to_csv
        self.frame: ChartFrame | None = None
        self._is_stale = False
        self._longest_ms = longest_ms
        self._rest = timer(self, self.redraw, rest_ms, once=True)
        self._longest = timer(self, self.redraw, longest_ms, once=True)
        self.export_action = QAction("Export chart …", self)
        self.export_action.setEnabled(False)
        self.export_action.triggered.connect(self.export)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(empty_label(empty))

    def begin(self) -> None:
        """Imports the library on another thread, so that the window stays live, and makes the plots."""
        session = self._session
        session.analyser.do(lambda: importlib.import_module(_PLOT), self._imported, session.failed.publish)

    def _imported(self, module: ModuleType) -> None:
        self.frame = module.ChartFrame(self._panels)
        self._pages.addWidget(self.frame)
        self.frame.reset_requested.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """There is something else to show."""
        self._is_stale = True
        if self.isVisible() and self.frame is not None:
            self._rest.start()
            if self._longest_ms and not self._longest.isActive():
                self._longest.start()

    @Slot()
    def redraw(self) -> None:
        """Draws all there is now."""
        self._rest.stop()
        self._longest.stop()
        if self.frame is None:
            return
        self._is_stale = False
        drawn = self.frame.draw(self._draw)
        self._pages.setCurrentIndex(0 if drawn is None else 1)
        self.export_action.setEnabled(drawn is not None)
        if drawn is not None:
            self.setAccessibleDescription(drawn.said or "; ".join(entry.text for entry in drawn.legend))

    @Slot()
    def export(self) -> None:
        """Asks how large and where to, and saves a picture drawn at that size, or the figures."""
        wanted = Wanted(self.title, file_name=self.file_name)
        export(self._session, self, wanted, self._for_a_picture, self._to_csv)

    def _for_a_picture(self) -> QWidget:
        frame: ChartFrame = importlib.import_module(_PLOT).ChartFrame(self._panels, is_vector=True)
        frame.draw(self._draw)
        return frame

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what came while it was hidden."""
        super().showEvent(event)
        if self._is_stale:
            self._rest.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark, and the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.refresh()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers the export."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.export_action)
        menu.popup(event.globalPos())
