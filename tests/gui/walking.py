"""Walks over all that a window shows, and tells what is clipped, elided, squeezed or scrolled."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

from mnist_bench.gui.kit.text import TextBlock, TextLine

_MAY_SCROLL = (QAbstractItemView, QPlainTextEdit, QTextEdit)  # tables and lists, logs, the list of warnings


def faults(window: QWidget) -> list[str]:
    """What is wrong with the widgets that are in sight, one line for each."""
    found = [f"{_path(bar)}: a scroll bar" for bar in _seen(window, QScrollBar) if not _inside(bar, *_MAY_SCROLL)]
    for widget in _seen(window, QWidget):
        if not _inside(widget, *_MAY_SCROLL) and not isinstance(widget, QScrollBar):
            found += [f"{_path(widget)}: {what}" for what in _faults_of(widget)]
            if not _is_whole(widget, window):
                found.append(f"{_path(widget)}: clipped by what it lies in")
    return found


def is_in_sight(widget: QWidget, window: QWidget) -> bool:
    """Whether all of it can be seen."""
    return widget.isVisible() and not widget.visibleRegion().isEmpty() and _is_whole(widget, window)


def _faults_of(widget: QWidget) -> Iterator[str]:
    metrics = widget.fontMetrics()
    inside = widget.contentsRect()
    match widget:
        case TextLine():
            if widget.is_cut():
                yield f"elided: {widget.line()!r} in {inside.width()} pixels"
            if inside.height() < metrics.height() and widget.line():
                yield f"too low: {widget.line()!r} in {inside.height()} pixels"
        case TextBlock():
            if widget.shown() != widget.text():
                yield f"elided: {widget.text()!r}"
        case QLabel() if widget.text():
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            if widget.height() < needed:
                yield f"too low: {widget.text()!r}, {widget.height()} of {needed} pixels"
            if not widget.wordWrap() and widget.width() < widget.sizeHint().width():
                yield f"too narrow: {widget.text()!r}, {widget.width()} of {widget.sizeHint().width()} pixels"
        case QAbstractButton() if widget.text():
            yield from _faults_of_button(widget)
        case QComboBox():
            option = QStyleOptionComboBox()
            widget.initStyleOption(option)
            field = widget.style().subControlRect(
                QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
            )
            if field.width() < metrics.horizontalAdvance(widget.currentText()):
                yield f"too narrow: {widget.currentText()!r} in {field.width()} pixels"
        case QAbstractSpinBox():
            if widget.width() < widget.minimumSizeHint().width():
                yield f"too narrow: {widget.text()!r}"
        case QLineEdit() if not _inside(widget, QAbstractSpinBox):
            text = widget.text() or widget.placeholderText()
            if metrics.horizontalAdvance(text) > inside.width() - 8:
                yield f"too narrow: {text!r} in {inside.width()} pixels"
        case QTabBar():
            if widget.width() < widget.sizeHint().width():
                yield f"too narrow: {widget.width()} of {widget.sizeHint().width()} pixels"


def _faults_of_button(button: QAbstractButton) -> Iterator[str]:
    needed = button.sizeHint()
    if isinstance(button, QToolButton) and button.property("role") in ("digit", "thumbnail"):
        needed.setWidth(button.fontMetrics().horizontalAdvance(button.text()) + 4)
    if button.width() < needed.width() or button.height() < button.fontMetrics().height():
        yield f"too small: {button.text()!r}, {button.width()} of {needed.width()} pixels"


def _seen(window: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible() and widget.width() and widget.height()]


def _inside(widget: QWidget, *kinds: type[QWidget]) -> bool:
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, kinds):
            return True
        parent = parent.parentWidget()
    return False


def _is_whole(widget: QWidget, window: QWidget) -> bool:
    """Whether no widget that it lies in, nor the window, cuts something off."""
    rect = QRect(QPoint(), widget.size())
    inner, outer = widget, widget.parentWidget()
    while outer is not None:
        rect.translate(inner.pos())
        if not outer.rect().contains(rect):
            return False
        if outer is window:
            break
        inner, outer = outer, outer.parentWidget()
    return True


def _path(widget: QWidget) -> str:
    names = [type(widget).__name__]
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if type(parent).__module__.startswith("mnist_bench"):
            names.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(names)
