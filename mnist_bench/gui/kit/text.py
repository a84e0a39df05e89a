"""Text as labels and tips show it: plain, whatever a device, a file or a person wrote; elided where it is too long.

By itself, Qt would interpret tags in it.
"""

import html
from bisect import bisect_right
from collections.abc import Iterable

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QGuiApplication, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QListWidgetItem, QMessageBox, QSizePolicy, QTextBrowser, QToolTip, QWidget

from mnist_bench.base.text import printable
from mnist_bench.gui.kit import theme


class Label(QLabel):
    """A label whose text is plain, whatever it holds; one to be copied can be selected."""

    def __init__(
        self, text: str = "", *, role: str = "", wrap: bool = False, center: bool = False, selectable: bool = False
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if center:
            self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if selectable:
            flags = Qt.TextInteractionFlag
            self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        if role:
            theme.set_role(self, role)
        self.setText(text)


def empty_label(text: str = "") -> Label:
    """What stands in the place of something that is not there yet: what to do for it."""
    return Label(text, role="empty", wrap=True, center=True)


def message_box(parent: QWidget | None, title: str, text: str, more: str = "") -> QMessageBox:
    """A box that says `text`, and `more` in smaller letters, both plain; it goes once it is closed; not shown yet."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(more)
    for label in box.findChildren(QLabel):  # the box's own text format is that of `text` alone
        label.setTextFormat(Qt.TextFormat.PlainText)
    return box


def copy_text(text: str) -> None:
    """Puts a text on the clipboard, without what a terminal that it is pasted into would obey."""
    QGuiApplication.clipboard().setText(printable(text, keep="\n\t"))


def entry(text: str) -> str:
    """`text` for a menu's entry or a button, where "&" marks the next letter, and a tab begins the key."""
    return " ".join(text.split()).replace("&", "&&")


class Markup(str):
    """Text that is HTML and is meant to be: written here, or with all that others wrote in it escaped."""

    __slots__ = ()


def plain_tip(text: str) -> str:
    """`text` as tool tips want it: what Qt would take for rich text is escaped, unless it is Markup."""
    if isinstance(text, Markup) or not QtGui.Qt.mightBeRichText(text):
        return text
    return f'<p style="white-space: pre">{html.escape(text)}</p>'


def set_tip(owner: QWidget | QAction | QListWidgetItem, text: str) -> None:
    """Gives a widget, an action or an entry of a list this tool tip."""
    owner.setToolTip(plain_tip(text))


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


class TextLine(Label):
    """One line, elided if it is too long, complete in its tip.

    Unlike a label's, its size does not follow its text, so a new text costs a repaint and no layout.

    `widest` is a text whose width it keeps free; without one it takes what it is given. `elide` says where it is cut,
    `right` that it ends at the right edge.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: str = "",
        widest: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        right: bool = False,
    ) -> None:
        super().__init__(role=role)
        if right:
            self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._elide = elide
        self._forms: tuple[str, ...] = ("",)
        self._widest = widest
        self._tip = ""
        horizontal = QSizePolicy.Policy.Fixed if widest else QSizePolicy.Policy.Ignored
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.show_text(text)

    def show_text(self, text: str, *shorter: str, tip: str = "") -> None:
        """Shows `text`, or the first of the `shorter` forms that has room; `tip` explains it, else it is the text."""
        self._tip = tip
        if (text, *shorter) != self._forms:
            self._forms = (text, *shorter)
            self.setAccessibleName(text)
            self.update()

    def line(self) -> str:
        """What it shows, in full."""
        return self._forms[0]

    def is_cut(self) -> bool:
        """Whether there is no room for what it shows."""
        return self.fontMetrics().horizontalAdvance(self._fitting()) > self.contentsRect().width()

    def sizeHint(self) -> QSize:
        """As wide as the widest text it is made for, as high as a line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._widest) + 1, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """It may be squeezed to nothing unless it has a widest text."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the text, elided."""
        painter = QPainter(self)
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self._fitting(), self._elide, area.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, shown)

    def event(self, event: QEvent) -> bool:
        """Shows the tip, or the whole text where it was cut short."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._tip or (self.line() if len(self._forms) > 1 or self.is_cut() else "")
            if text:
                show_tip(event.globalPos(), text, self)
                return True
            return False
        return super().event(event)

    def _fitting(self) -> str:
        """The longest form that has room, or the shortest."""
        advance, room = self.fontMetrics().horizontalAdvance, self.contentsRect().width()
        return next((form for form in self._forms if advance(form) <= room), self._forms[-1])


class TextBlock(QWidget):
    """Text in as many lines as there is room for; where it is longer, it ends in "…" and is whole in its tip."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show_text(self, text: str) -> None:
        """Shows `text`, whose words are plain text."""
        self._text = text
        self.setAccessibleName(text)
        set_tip(self, wrapped(text))
        self.update()

    def text(self) -> str:
        """What it shows, in full."""
        return self._text

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws as many words as fit."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), _WRAPPED, self.shown())

    def shown(self) -> str:
        """What there is room for."""
        words = self._text.split(" ")
        beginnings = [" ".join(words[:end]) + "…" for end in range(len(words))]
        fitting = bisect_right(beginnings, False, key=lambda text: not self._fits(text))
        return self._text if self._fits(self._text) else beginnings[max(fitting - 1, 0)]

    def _fits(self, text: str) -> bool:
        needed = self.fontMetrics().boundingRect(self.rect(), _WRAPPED, text)
        return needed.height() <= self.height() and needed.width() <= self.width()


class MarkupView(QTextBrowser):
    """Shows Markup, to read and to copy; what that names is neither loaded nor opened."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)

    def show_markup(self, markup: Markup) -> None:
        """Shows this in place of what was there."""
        self.setHtml(markup)

    def loadResource(self, kind: int, name: QUrl | str) -> None:  # noqa: N802 - Qt's name
        """Nothing."""


_WRAPPED = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignTop.value
