"""The Live tab: says what to do until there is something to show, then the chart, and exports what it shows."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QVBoxLayout, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart_export import CSV, PICTURES, ChartExport, ChooseFile, ask_where
from mnist_bench.gui.kit.worker import Background
from mnist_bench.gui.live.live_samples import LiveSamples, Series

if TYPE_CHECKING:
    from mnist_bench.gui.live.live_chart import LiveChart

_EMPTY = "Draw a digit: how long each backend takes for it appears here, and how its times are spread."


class LiveTab(QWidget):
    """Holds the chart, which `begin` makes after the window is on screen, and its exports.

    Attributes:
        chart: the chart, once it is there.
        picture_action, csv_action: enabled while there is something to export.

    Signals:
        message: a sentence for the status bar.
        failed: the exception of an export that failed.
    """

    message = Signal(str)
    failed = Signal(object)

    def __init__(
        self, samples: LiveSamples, parent: QWidget | None = None, *, choose_file: ChooseFile = ask_where
    ) -> None:
        super().__init__(parent)
        self._samples = samples
        self._exporter = ChartExport(self, choose_file)
        self._exporter.saved.connect(self.message)
        self._exporter.failed.connect(self.failed)
        self._series: list[Series] = []
        self.chart: LiveChart | None = None
        self._reader = Background(self)
        self._reader.answered.connect(self._chart_read)
        self._reader.failed.connect(self.failed)
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        theme.set_role(self._empty, "empty")
        self.picture_action = QAction("Live chart as a picture …", self)
        self.csv_action = QAction("Live times as CSV …", self)
        for action in (self.picture_action, self.csv_action):
            action.setEnabled(False)
        self.picture_action.triggered.connect(self._export_picture)
        self.csv_action.triggered.connect(self._export_csv)
        self._page = QWidget()
        self._page_layout = QVBoxLayout(self._page)
        self._page_layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, 0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._page)

    def begin(self) -> None:
        """Makes the chart; its library is imported on another thread, so that the window stays live."""
        self._reader.ask(lambda: importlib.import_module("mnist_bench.gui.live.live_chart"))

    def show_series(self, series: Sequence[Series]) -> None:
        """Shows these backends and no others."""
        self._series = list(series)
        if self.chart is not None:
            self.chart.show_series(self._series)

    @Slot()
    def samples_changed(self) -> None:
        """There is more to show, or nothing any more."""
        something = self.chart is not None and not self._samples.is_empty()
        page = self._page if something else self._empty
        if self.chart is not None:
            self.chart.samples_changed()
        if self._pages.currentWidget() is not page:
            self._pages.setCurrentWidget(page)
            self.picture_action.setEnabled(something)
            self.csv_action.setEnabled(something)

    @Slot(object)
    def _chart_read(self, module: ModuleType) -> None:
        chart: LiveChart = module.LiveChart(self._samples)
        chart.show_series(self._series)
        self._page_layout.addWidget(chart)
        self.chart = chart
        self.samples_changed()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers the exports."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.picture_action, self.csv_action])
        menu.popup(event.globalPos())

    def _export_picture(self) -> None:
        if self.chart is not None:
            self._export(self.chart, "live.png", PICTURES)

    def _export_csv(self) -> None:
        self._export(self, "live.csv", [CSV])

    def _export(self, shown: QWidget, name: str, kinds: Sequence[str]) -> None:
        now = self._samples.to_csv()  # not later, on another thread: samples come while the window is live
        self._exporter.export(shown, name, kinds, lambda: now)
