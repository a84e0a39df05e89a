"""Reads all that an application shows, and finds the texts in which Qt would obey what somebody else wrote."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6 import QtGui
from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextBlock, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QStatusBar,
    QTabBar,
    QTextEdit,
    QToolTip,
    QWidget,
)

from mnist_bench.gui.kit.text import TextBlock, TextLine

_MOST_ROWS = 8
_SAID = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
_TIPS = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.WhatsThisRole, Qt.ItemDataRole.StatusTipRole)


@dataclass(frozen=True)
class Shown:
    """A text as a person sees it, where it stands, and whether something in it was obeyed."""

    where: str
    text: str
    is_obeyed: bool = False


def everything_shown() -> Iterator[Shown]:
    """The texts of all windows that there are, with those of menus, of tips and for screen readers."""
    for widget in QApplication.allWidgets():
        where = f"{type(widget).__name__} {widget.accessibleName()[:20]!r}"
        for text in (widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle()):
            yield Shown(where, text)
        for text in (widget.toolTip(), widget.whatsThis(), widget.statusTip()):
            yield _guessed(f"tip of {where}", text)
        yield from (Shown(where, one.text, one.is_obeyed) for one in _of(widget))


def hovered(widget: QWidget) -> Iterator[Shown]:
    """The tip that is shown while the pointer rests on a widget, or on each of the first rows of a list or table."""
    places = [widget.rect().center()]
    target = widget
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        target = widget.viewport()
        places = [widget.visualRect(index).center() for index in _indexes(widget)]
    for place in places:
        QApplication.sendEvent(target, QHelpEvent(QEvent.Type.ToolTip, place, target.mapToGlobal(place)))
        yield _guessed(f"hovered {type(widget).__name__}", QToolTip.text())
        QToolTip.showText(QPoint(), "")


def _of(widget: QWidget) -> Iterator[Shown]:
    match widget:
        case TextLine():
            yield Shown("", widget.line())
        case TextBlock():
            yield Shown("", widget.text())
        case QLabel():
            is_plain = widget.textFormat() is Qt.TextFormat.PlainText
            yield Shown("", widget.text()) if is_plain else _guessed("", widget.text())
        case QAbstractButton():
            yield _with_mnemonic(widget.text())
        case QMenu():
            for action in widget.actions():
                yield _with_mnemonic(action.text())
                yield _guessed("", action.toolTip() if action.toolTip() != action.text() else "")
        case QComboBox():
            yield from (Shown("", widget.itemText(at)) for at in range(widget.count()))
        case QLineEdit():
            yield Shown("", widget.text())
        case QPlainTextEdit():
            yield Shown("", widget.toPlainText())
        case QTextEdit():
            yield Shown("", widget.toPlainText(), _obeys(widget.document()))
        case QTabBar():
            yield from (_with_mnemonic(widget.tabText(at)) for at in range(widget.count()))
            yield from (_guessed("", widget.tabToolTip(at)) for at in range(widget.count()))
        case QGraphicsView():
            texts = [item for item in widget.items() if isinstance(item, QGraphicsTextItem)]
            yield from (Shown("", item.toPlainText(), _obeys(item.document())) for item in texts)
        case QAbstractItemView() if widget.model() is not None:
            for index in _indexes(widget):
                yield from (Shown("", str(index.data(role) or "")) for role in _SAID)
                yield from (_guessed("", str(index.data(role) or "")) for role in _TIPS)
            across = _columns(widget)
            for at in range(across):
                header = [widget.model().headerData(at, Qt.Orientation.Horizontal, role) for role in (_SAID[0], *_TIPS)]
                yield Shown("", str(header[0] or ""))
                yield from (_guessed("", str(tip or "")) for tip in header[1:])
        case QStatusBar():
            yield Shown("", widget.currentMessage())
        case _:
            pass


def _indexes(view: QAbstractItemView) -> list[QModelIndex]:
    model = view.model()
    rows, columns = min(model.rowCount(), _MOST_ROWS), _columns(view)
    return [model.index(row, column) for row in range(rows) for column in range(columns)]


def _columns(view: QAbstractItemView) -> int:
    return 1 if isinstance(view.model(), QAbstractListModel) else view.model().columnCount()


def _guessed(where: str, text: str) -> Shown:
    """A text that Qt shows as rich text where it looks so."""
    if not QtGui.Qt.mightBeRichText(text):
        return Shown(where, text)
    document = QTextDocument()
    document.setHtml(text)
    return Shown(where, document.toPlainText(), _obeys(document))


def _with_mnemonic(text: str) -> Shown:
    """A text in which an "&" underlines what follows, and a tab moves it to the right."""
    parts = text.split("&&")
    return Shown("", "&".join(parts), any("&" in part for part in parts))


def _obeys(document: QTextDocument) -> bool:
    """Whether it has a picture or a link."""
    block: QTextBlock = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            shape = pieces.fragment().charFormat()
            if shape.isImageFormat() or shape.isAnchor():
                return True
            pieces += 1
        block = block.next()
    return False
