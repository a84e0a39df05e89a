"""Shows text from a device, a file or a person as plain text; by itself, Qt would interpret tags in it."""

import html
from collections.abc import Iterable

from PySide6.QtCore import QPoint
from PySide6.QtCore import Qt as _Qt
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QToolTip, QWidget

from mnist_bench.gui.kit import theme


class Label(QLabel):
    """A label whose text is plain, whatever it holds; one to be copied can be selected."""

    def __init__(
        self, text: str = "", *, role: str = "", wrap: bool = False, center: bool = False, selectable: bool = False
    ) -> None:
        super().__init__()
        self.setTextFormat(_Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if center:
            self.setAlignment(_Qt.AlignmentFlag.AlignCenter)
        if selectable:
            flags = _Qt.TextInteractionFlag
            self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        if role:
            theme.set_role(self, role)
        self.setText(text)


def empty_label(text: str = "") -> Label:
    """What stands in the place of something that is not there yet: what to do for it."""
    return Label(text, role="empty", wrap=True, center=True)


def message_box(parent: QWidget | None, title: str, text: str) -> QMessageBox:
    """A box that says `text`, plain, and goes once it is closed; not shown yet."""
    box = QMessageBox(parent)
    box.setAttribute(_Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(_Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(text)
    return box


class Markup(str):
    """Text that is HTML and is meant to be: written here, or with all that others wrote in it escaped."""

    __slots__ = ()


def plain_tip(text: str) -> str:
    """`text` as tool tips want it: what Qt would take for rich text is escaped, unless it is Markup."""
    if isinstance(text, Markup) or not Qt.mightBeRichText(text):
        return text
    return f'<p style="white-space: pre">{html.escape(text)}</p>'


def set_tip(widget: QWidget | QAction, text: str) -> None:
    """Gives a widget or an action this tool tip."""
    widget.setToolTip(plain_tip(text))


def wrapped(text: str) -> Markup:
    """A long plain text as a tool tip of several lines."""
    return Markup(f"<p>{html.escape(text)}</p>" if text else "")


def table_tip(title: str, rows: Iterable[tuple[str, str]]) -> Markup:
    """A tool tip with a small table of plain texts."""
    cells = "".join(f"<tr><td>{html.escape(a)}&nbsp;&nbsp;</td><td>{html.escape(b)}</td></tr>" for a, b in rows)
    return Markup(f"<b>{html.escape(title)}</b><table>{cells}</table>")


def show_tip(where: QPoint, text: str, widget: QWidget) -> None:
    """Shows a tool tip now, at a place on the screen; an empty text hides it."""
    QToolTip.showText(where, plain_tip(text), widget)
