"""The two small windows in which a phone's address is typed: to connect to it, and to pair with it first."""

import contextlib
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mnist_bench.base.errors import Cancelled, UsageError
from mnist_bench.devices.phone.wireless import pairing_address, pairing_code
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.errors import describe

_USUAL_PORT: Final = "5555"
_MIN_WIDTH: Final = 420


class AddressDialog(QDialog):
    """Asks for host and port; says what is missing, and stays open until what was asked for has worked.

    Attributes:
        host, port: the fields.
        ok_button: does it; enabled once the words can be an address.

    Signals:
        submitted: the address, "HOST:PORT".
        given_up: it was closed while it waited.
    """

    submitted = Signal(str)
    given_up = Signal()

    title = "Connect a phone by its address"
    explanation = (
        "On the phone, open Settings > System > Developer options > Wireless debugging: its address and port stand "
        "there. It must be in the same network. The first time, pair with it before."
    )
    action = "Connect"
    waiting = "Connecting …"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.title)
        self.setMinimumWidth(_MIN_WIDTH)
        self._is_waiting = False
        self.host = QLineEdit()
        self.host.setPlaceholderText("192.168.1.20")
        self.port = QLineEdit(_USUAL_PORT)
        self.port.setMaxLength(5)
        self.port.setMaximumWidth(100)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.ok_button = push_button(self.action, role="primary")
        self.ok_button.setDefault(True)
        self.ok_button.clicked.connect(self._submit)
        self._form = QFormLayout()
        self._form.addRow("&Address", self.host)
        self._form.addRow("&Port", self.port)
        self._lay_out()
        for field in self.fields():
            field.textChanged.connect(self._changed)
        self.host.textChanged.connect(self._split)
        self._changed()

    def fields(self) -> list[QLineEdit]:
        """What is to be filled in."""
        return [self.host, self.port]

    def address(self) -> str:
        """HOST:PORT as typed."""
        return f"{self.host.text().strip()}:{self.port.text().strip()}"

    def problem(self) -> str:
        """What is wrong with the words so far; empty if they can be tried."""
        if not self.host.text().strip():
            return "Type the phone's address, such as 192.168.1.20."
        if not self.port.text().strip():
            return "Type the port, which the phone shows behind the address."
        try:
            pairing_address(self.address())
        except UsageError as error:
            return error.message
        return ""

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """It did not work; it can be tried again."""
        if not isinstance(error, Cancelled):
            failure = describe(error)
            self._wait(False)
            self._say(f"{failure.sentence} {failure.advice}".strip(), "bad")

    @Slot()
    def finish(self) -> None:
        """It has worked."""
        self._wait(False)
        self.accept()

    def words(self) -> str:
        """What it says below the fields."""
        return self._words.text()

    def done(self, result: int) -> None:
        """Closing it while it waits gives up."""
        if self._is_waiting and result == QDialog.DialogCode.Rejected.value:
            self.given_up.emit()
        super().done(result)

    def _lay_out(self) -> None:
        explanation = QLabel(self.explanation)
        explanation.setWordWrap(True)
        theme.set_role(explanation, "muted")
        cancel = push_button("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.ok_button)
        buttons.addWidget(cancel)
        self._words.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.GRID * 2] * 4)
        layout.setSpacing(theme.GRID)
        layout.addWidget(explanation)
        layout.addLayout(self._form)
        layout.addWidget(self._words)
        layout.addLayout(buttons)

    def _split(self, text: str) -> None:
        """HOST:PORT pasted into the address goes into both fields."""
        with contextlib.suppress(UsageError):
            host, _, port = pairing_address(text).rpartition(":")
            self.port.setText(port)
            self.host.setText(host)

    def _changed(self) -> None:
        problem = self.problem()
        self.ok_button.setEnabled(not problem)
        self._say(problem, "muted")

    def _submit(self) -> None:
        self._wait(True)
        self._say(self.waiting, "muted")
        self._tell()

    def _tell(self) -> None:
        self.submitted.emit(self.address())

    def _wait(self, waits: bool) -> None:
        self._is_waiting = waits
        for field in self.fields():
            field.setEnabled(not waits)
        self.ok_button.setEnabled(not waits)

    def _say(self, words: str, role: str) -> None:
        self._words.setText(words)
        self._words.setAccessibleName(words)
        theme.set_role(self._words, role)


class PairDialog(AddressDialog):
    """Asks for the address and the code that a phone shows to be paired with.

    Attributes:
        code: the field of the six digits.

    Signals:
        code_submitted: the address, and the code.
    """

    code_submitted = Signal(str, str)

    title = "Pair with a phone"
    explanation = (
        "On the phone, open Settings > System > Developer options > Wireless debugging > Pair device with pairing code."
        " It shows a code, and an address with a port of its own. Needs Android 11 or later; once is enough."
    )
    action = "Pair"
    waiting = "Pairing …"

    def __init__(self, parent: QWidget | None = None) -> None:
        self.code = QLineEdit()
        self.code.setMaxLength(6)
        super().__init__(parent)
        self.port.clear()
        self.port.setPlaceholderText("37099")
        self.code.setMaximumWidth(100)
        self.code.setPlaceholderText("123456")
        self._form.addRow("&Code", self.code)

    def fields(self) -> list[QLineEdit]:
        """What is to be filled in."""
        return [*super().fields(), self.code]

    def problem(self) -> str:
        """What is wrong with the words so far; empty if they can be tried."""
        if wrong := super().problem():
            return wrong
        try:
            pairing_code(self.code.text())
        except UsageError as error:
            return error.message
        return ""

    def _tell(self) -> None:
        self.code_submitted.emit(self.address(), self.code.text())
