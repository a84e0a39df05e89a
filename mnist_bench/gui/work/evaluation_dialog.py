"""Shows an evaluation while it runs and what came of it: one row for each backend."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.gui.look import formatting, theme
from mnist_bench.gui.look.marker import marker_icon
from mnist_bench.gui.look.palette import BackendStyle
from mnist_bench.gui.work.evaluation import EvaluationRow

_HEADERS = ("Backend", "Accuracy", "Right", "Images", "Time", "Images/s")


class EvaluationDialog(QDialog):
    """A table that fills as the backends get on; it does not hold up the window.

    Signals:
        cancel_requested: the person does not want the rest.
    """

    cancel_requested = Signal()

    def __init__(
        self, rows: Sequence[EvaluationRow], styles: Sequence[BackendStyle], model: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Evaluation")
        self._model = model
        self._is_over = False
        self._title = QLabel(f"{model}: reading the digits …", wordWrap=True)
        theme.set_role(self._title, "heading")
        self._table = QTableWidget(len(rows), len(_HEADERS))
        for column, words in enumerate(_HEADERS):
            item = QTableWidgetItem(words)
            item.setTextAlignment(_RIGHT if column else _LEFT)
            self._table.setHorizontalHeaderItem(column, item)
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        self._table.setAccessibleName("Accuracy of each backend")
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(84)
        self._figures = [[QTableWidgetItem() for _ in _HEADERS[1:]] for _ in rows]
        for index, (row, style) in enumerate(zip(rows, styles, strict=True)):
            self._table.setItem(index, 0, QTableWidgetItem(marker_icon(style, self.devicePixelRatioF()), row.title))
            for column, item in enumerate(self._figures[index], 1):
                item.setTextAlignment(_RIGHT)
                self._table.setItem(index, column, item)
            self.show_row(index, row)
        self._copy_button = QPushButton("Copy as text")
        self._copy_button.clicked.connect(self._copy)
        self._end_button = QPushButton("Cancel")
        self._end_button.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._copy_button)
        buttons.addWidget(self._end_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.GRID * 2] * 4)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._table, 1)
        layout.addLayout(buttons)
        self.resize(680, 170 + 32 * len(rows))

    @Slot(str)
    def show_data(self, name: str) -> None:
        """Says what the backends read."""
        self._title.setText(f"{self._model} on {name}")

    @Slot(int, object)
    def show_row(self, index: int, row: EvaluationRow) -> None:
        """Shows how one backend does."""
        texts = ["", "", "", "", ""]
        if (result := row.result) is not None:
            texts = [
                formatting.accuracy(result.accuracy),
                formatting.count(result.correct),
                formatting.count(result.images),
                formatting.duration(result.seconds * 1e9),
                formatting.count(round(result.images / max(result.seconds, 1e-9))),
            ]
        elif row.failure:
            texts[0] = row.failure
        elif row.images:
            texts[0] = f"{row.done * 100 // row.images} %"
            texts[2] = formatting.count(row.images)
        for item, text in zip(self._figures[index], texts, strict=True):
            if item.text() != text:
                item.setText(text)
                item.setToolTip(row.failure)

    @Slot()
    def show_end(self) -> None:
        """Nothing more will come."""
        self._is_over = True
        self._end_button.setText("Close")

    def text(self) -> str:
        """The table as text, with tabs between the columns."""
        model = self._table.model()
        rows = [
            [str(model.index(row, column).data()) for column in range(len(_HEADERS))] for row in range(model.rowCount())
        ]
        return "\n".join([self._title.text(), *("\t".join(row) for row in [_HEADERS, *rows])])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing it while it runs cancels it."""
        if not self._is_over:
            self.cancel_requested.emit()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc closes it, too."""
        self.close()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
