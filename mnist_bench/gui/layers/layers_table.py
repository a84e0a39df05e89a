"""The table of the Layers tab: a row for each part of the network, its time on each backend, and one's difference."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.layers import words
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, Segment
from mnist_bench.gui.kit import formatting, theme
from mnist_bench.gui.kit.marker import marker_icon
from mnist_bench.gui.kit.palette import BackendStyle, layer_fill

_DIFFERENCE = ("SQNR", "Max diff.", "Mean diff.")
_DIFFERENCE_TIPS = (
    "Signal-to-quantization-noise ratio behind this layer, over all images: higher is closer to the reference",
    "The largest difference of a value from the reference's",
    "The mean difference of a value from the reference's",
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SWATCH = 12
_WIDEST_LAYER = 260
_WIDEST_TIME = 160


class LayersTable(QTableWidget):
    """Rows of segments, then the sum of the layers and the whole network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Time and difference of each layer")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + theme.GRID)
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setHighlightSections(False)

    def show_comparison(
        self, comparison: LayerComparison, compared_id: str, styles: Mapping[str, BackendStyle]
    ) -> None:
        """Shows the times of all backends, and the differences of the one with the id `compared_id`."""
        compared = comparison.backend(compared_id)
        backends = comparison.backends
        self.setColumnCount(1 + len(backends) + len(_DIFFERENCE))
        self.setRowCount(len(comparison.segments) + 2)
        self._show_headers(backends, compared, styles)
        for row, segment in enumerate(comparison.segments):
            self._show_segment(row, segment, backends, compared)
        self._show_sums(len(comparison.segments), backends)
        self.resizeColumnsToContents()
        for column in range(self.columnCount()):
            widest = _WIDEST_TIME if 1 <= column <= len(backends) else _WIDEST_LAYER
            self.setColumnWidth(column, min(self.columnWidth(column), widest))

    def _show_headers(
        self, backends: tuple[BackendLayers, ...], compared: BackendLayers | None, styles: Mapping[str, BackendStyle]
    ) -> None:
        self.setHorizontalHeaderItem(0, _item("Layer", align=_LEFT))
        for column, layers in enumerate(backends, 1):
            item = _item(layers.title.replace(" · ", "\n"), tip=f"{layers.title}: {words.sum_to_whole(layers)}")
            if layers.backend_id in styles:
                item.setIcon(marker_icon(styles[layers.backend_id], self.devicePixelRatioF()))
            self.setHorizontalHeaderItem(column, item)
        of = "" if compared is None else f" of {compared.title}"
        for column, (text, tip) in enumerate(zip(_DIFFERENCE, _DIFFERENCE_TIPS, strict=True), 1 + len(backends)):
            self.setHorizontalHeaderItem(column, _item(text, tip=f"{tip}{of}"))

    def _show_segment(
        self, row: int, segment: Segment, backends: tuple[BackendLayers, ...], compared: BackendLayers | None
    ) -> None:
        label = _item(segment.label, tip=segment_tip(segment), align=_LEFT)
        label.setIcon(swatch(layer_fill(row), self.devicePixelRatioF()))
        self.setItem(row, 0, label)
        for column, layers in enumerate(backends, 1):
            tip = "\n".join(entry_lines(layers, segment))
            self.setItem(row, column, _item(formatting.duration(layers.segment_ns(segment)), tip=tip))
        difference = None if compared is None else compared.segment_difference(segment)
        figures = [words.sqnr(difference), words.NONE, words.NONE]
        if difference is not None:
            figures[1:] = [words.distance(difference.largest), words.distance(difference.mean)]
        for column, figure in enumerate(figures, 1 + len(backends)):
            self.setItem(row, column, _item(figure))

    def _show_sums(self, row: int, backends: tuple[BackendLayers, ...]) -> None:
        for offset, name in enumerate(("sum of the layers", "whole network")):
            for column in range(self.columnCount()):
                self.setItem(
                    row + offset, column, _item(name if column == 0 else "", align=_RIGHT if column else _LEFT)
                )
        for column, layers in enumerate(backends, 1):
            tip = words.sum_to_whole(layers)
            self.setItem(row, column, _item(formatting.duration(layers.sum_ns), tip=tip))
            self.setItem(row + 1, column, _item(formatting.duration(layers.whole_ns), tip=tip))


def segment_tip(segment: Segment) -> str:
    """What a part of the network is."""
    shape = " × ".join(map(str, segment.output_shape))
    return f"{segment.label}\n{formatting.count(segment.multiply_adds)} multiply-adds, output {shape}"


def entry_lines(layers: BackendLayers, segment: Segment) -> list[str]:
    """What a backend executes in a part of the network, a line each."""
    return [
        f"{layers.title}, {entry.label}: {formatting.duration(entry.compute_ns)} "
        f"(p10 {formatting.duration(entry.p10_ns)}, p90 {formatting.duration(entry.p90_ns)}), "
        f"{entry.share * 100:.0f} % of its layers, SQNR {words.sqnr(entry.difference)}"
        for entry in layers.within(segment)
    ]


def swatch(color: str, pixel_ratio: float) -> QIcon:
    """A square of this colour."""
    pixmap = QPixmap(round(_SWATCH * pixel_ratio), round(_SWATCH * pixel_ratio))
    pixmap.setDevicePixelRatio(pixel_ratio)
    pixmap.fill(QColor(color))
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # or Qt would tint it
    return icon


def _item(text: str, *, tip: str = "", align: Qt.AlignmentFlag = _RIGHT) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(tip)
    item.setTextAlignment(align)
    return item
