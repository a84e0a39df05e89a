"""The Devices tab: the phones, one of them in detail, and what was done over adb; or how to connect one."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import scroll_area, splitter
from mnist_bench.gui.kit.errors import Failure
from mnist_bench.gui.phones.detail import PhoneDetail
from mnist_bench.gui.phones.known_phones import KnownPhone
from mnist_bench.gui.phones.log_view import LogView
from mnist_bench.gui.phones.signs import sign_icon, sign_of

_LIST_WIDTH: Final = 200
_STEPS: Final = (
    "1.  On the phone, open Settings > About phone and tap “Build number” seven times.",
    "2.  In Settings > System > Developer options, turn on “USB debugging”.",
    "3.  Plug the phone in, with a cable that carries data, and tap Allow on its screen.",
)
_WITHOUT_CABLE: Final = "Without a cable: turn on “Wireless debugging” in the same place, then pair, then connect."


class PhoneTab(QWidget):
    """Shows the phones and tells which one is selected.

    Attributes:
        detail: the selected phone.
        log: what was done over adb.

    Signals:
        selected: the serial of the phone that is selected now, or still when the tab comes into sight; empty for none.
        connect_requested, pair_requested: the person wants to type an address.
    """

    selected = Signal(str)
    connect_requested = Signal()
    pair_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phones: tuple[KnownPhone, ...] = ()
        self._list = QListWidget()
        self._list.setAccessibleName("Phones")
        self._list.setMinimumWidth(_LIST_WIDTH)
        self._list.setMaximumWidth(_LIST_WIDTH)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentRowChanged.connect(self._row_changed)
        self.detail = PhoneDetail()
        self.log = LogView()
        self._empty_title = QLabel()
        self._empty_title.setWordWrap(True)
        self._empty_words = QLabel()
        self._empty_words.setWordWrap(True)
        self._empty_words.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.show_trouble(None)

    @property
    def serial(self) -> str:
        """The serial of the selected phone; empty for none."""
        row = self._list.currentRow()
        return self._phones[row].serial if 0 <= row < len(self._phones) else ""

    def show_phones(self, phones: Sequence[KnownPhone]) -> None:
        """Lists these; the selected one stays so, else the first is."""
        before = self.serial
        self._phones = tuple(phones)
        self._list.blockSignals(True)
        while self._list.count() > len(phones):
            self._list.takeItem(self._list.count() - 1)
        while self._list.count() < len(phones):
            self._list.addItem(QListWidgetItem())
        for row, phone in enumerate(phones):
            self._fill(self._list.item(row), phone)
        serials = [phone.serial for phone in phones]
        self._list.setCurrentRow(serials.index(before) if before in serials else 0 if phones else -1)
        self._list.blockSignals(False)
        self._pages.setCurrentWidget(self._phones_page if phones else self._empty_page)
        if self.serial != before:
            self.selected.emit(self.serial)

    def select(self, serial: str) -> None:
        """Selects this phone, if it is there."""
        for row, phone in enumerate(self._phones):
            if phone.serial == serial:
                self._list.setCurrentRow(row)

    def show_trouble(self, failure: Failure | None) -> None:
        """Says why no phone can be seen at all, in the place of how to connect one."""
        if failure is None:
            self._empty_title.setText("Connect a phone: turn on USB debugging")
            self._empty_words.setText("\n".join((*_STEPS, _WITHOUT_CABLE)))
        else:
            self._empty_title.setText(failure.sentence)
            self._empty_words.setText(failure.advice)

    def list_words(self) -> list[str]:
        """What the list says."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def empty_words(self) -> str:
        """What it says while there is no phone; empty while there is one."""
        if self._phones:
            return ""
        return f"{self._empty_title.text()} {self._empty_words.text()}"

    def showEvent(self, event: QShowEvent) -> None:
        """Tells that the selected phone is in sight."""
        super().showEvent(event)
        self.selected.emit(self.serial)

    def changeEvent(self, event: QEvent) -> None:
        """Draws the signs again in the colours of another look."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for row, phone in enumerate(self._phones):
                self._fill(self._list.item(row), phone)

    def _fill(self, item: QListWidgetItem, phone: KnownPhone) -> None:
        sign = sign_of(phone.state)
        way = "wireless" if phone.phone.is_wireless else "USB"
        item.setIcon(sign_icon(sign, self.devicePixelRatioF()))
        item.setText(f"{phone.title}\n{phone.state.words} · {way}")
        item.setToolTip(f"{phone.title}, {phone.serial}: {phone.state.words}. {phone.state.next_step}".rstrip())

    @Slot(int)
    def _row_changed(self, _row: int) -> None:
        self.selected.emit(self.serial)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(theme.GRID // 2)
        left.addWidget(self._list, 1)
        left.addLayout(self._address_buttons())
        self._phones_page = QWidget()
        phones = QHBoxLayout(self._phones_page)
        phones.setContentsMargins(0, 0, 0, 0)
        phones.setSpacing(theme.GRID * 2)
        phones.addLayout(left)
        phones.addWidget(self.detail, 1)
        self._pages = QStackedWidget()
        self._empty_page = self._make_empty_page()
        self._pages.addWidget(self._empty_page)
        self._pages.addWidget(self._phones_page)
        divider = splitter(Qt.Orientation.Vertical, self._pages, self.log, stretch=(1, 0), name="devices and log")
        divider.setSizes([360, 160])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (theme.GRID,))
        layout.addWidget(divider)

    def _make_empty_page(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(theme.GRID, 0, 0, 0)
        column.setSpacing(theme.GRID)
        theme.set_role(self._empty_title, "title")
        column.addWidget(self._empty_title)
        column.addWidget(self._empty_words)
        buttons = self._address_buttons()
        buttons.addStretch()
        column.addLayout(buttons)
        column.addStretch()
        return scroll_area(inside)

    def _address_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        connect = push_button("Connect …", tip="Connect to a phone by its address, without a cable", role="chip")
        pair = push_button("Pair …", tip="Once before, without a cable: let the phone know this computer", role="chip")
        connect.clicked.connect(self.connect_requested)
        pair.clicked.connect(self.pair_requested)
        row.addWidget(connect)
        row.addWidget(pair)
        return row
