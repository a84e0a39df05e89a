"""The card of one backend: its answer, its times, and how it compares with the baseline and the label."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QRadioButton, QStackedWidget

from mnist_bench.gui.answers.answer_view import AnswerView, ProbabilityBars
from mnist_bench.gui.answers.card_parts import CardMessage, CardTimes, detail_line, detail_tip
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import hbox, holding, vbox
from mnist_bench.gui.kit.palette import BackendStyle, backend_style
from mnist_bench.gui.kit.pixels import Marker
from mnist_bench.gui.kit.text import TextLine, set_tip
from mnist_bench.session.backend_state import BackendState, Status, agreement_words

_MARGIN = theme.GRID
_GAP = 2
_BASELINE_TIP = "The other backends are compared with the baseline.\nA click on a card makes it the baseline."


class BackendCard(QFrame):
    """One backend's answer beside the others; a low card has its bars beside the digit, a high one below it.

    Attributes:
        state: what it shows.

    Signals:
        baseline_requested: the person chose this backend as the baseline (a click, Return or Space).
        retry_requested: the person wants a failed backend started again.
        quantize_requested: the person wants int8 parameters made for the network.
    """

    baseline_requested = Signal()
    retry_requested = Signal()
    quantize_requested = Signal()

    def __init__(self, state: BackendState) -> None:
        super().__init__()
        self.state = state
        self.setObjectName("card")
        self._title = TextLine(role="heading", elide=Qt.TextElideMode.ElideMiddle)
        self._detail = TextLine(role="caption")
        self.answer_view = AnswerView()
        self.bars = ProbabilityBars(backend_style(state.color))
        self.times = CardTimes()
        self.message = CardMessage(self.retry_requested, self.quantize_requested)
        self.agreement = TextLine(role="muted")
        self._baseline_button = QRadioButton("baseline")
        self._baseline_button.setAutoExclusive(False)  # its group are the other cards
        set_tip(self._baseline_button, _BASELINE_TIP)
        self._assemble(backend_style(state.color))
        self._baseline_button.clicked.connect(self._baseline_clicked)
        self._show_names()
        self._show_status()
        self._show_answer()
        self._show_agreement()

    # What it shows.

    def show_backend(self, state: BackendState) -> None:
        """Shows what has changed of its backend."""
        before, self.state = self.state, state
        if state.answer is not before.answer:
            self._show_answer()
        if state.backend.title != before.backend.title or state.is_baseline != before.is_baseline:
            self._show_names()
        if _status_of(state) != _status_of(before):
            self._show_status()
        if state.agreement != before.agreement or state.is_baseline != before.is_baseline:
            self._show_agreement()

    def show_alone(self, alone: bool) -> None:
        """Whether there are no other cards to be compared with."""
        self._baseline_button.setVisible(not alone)

    def describe(self) -> None:
        """Brings up to date what need not be so for each movement of the pen: peak memory, and assistive programs."""
        self.answer_view.describe()
        self.bars.describe()
        self._show_detail()

    def _show_names(self) -> None:
        title = self.state.backend.plain_title
        self.setAccessibleName(f"Backend {title}")
        self._show_detail()
        is_baseline = self.state.is_baseline
        name = f"{title} is the baseline" if is_baseline else f"Make {title} the baseline"
        self._baseline_button.setAccessibleName(name)
        self._baseline_button.setChecked(is_baseline)

    def _show_status(self) -> None:
        state = self.state
        if state.waiting is not None:
            self.message.show_waiting(state.waiting)
        elif state.status is Status.FAILED and state.failure is not None:
            self.message.show_failure(state.failure, can_quantize=state.can_quantize)
        else:
            self.message.show_status(state)
        self._pages.setCurrentWidget(self._answer_page if state.can_answer else self.message)
        self.times.setVisible(state.can_answer)
        self.agreement.setVisible(state.can_answer)
        self._show_detail()
        self._mark()

    def _show_detail(self) -> None:
        """The title; mode, threads and sizes in one line, shorter where that has no room, and the rest in its tip."""
        state, tip = self.state, detail_tip(self.state)
        self._title.show_text(state.backend.plain_title, tip=tip)
        ready = state.status is Status.READY
        text = " · ".join(filter(None, ("" if ready else self.state_text(), detail_line(state))))
        self._detail.show_text(text, state.backend.mode_words if ready else self.state_text(), tip=tip)

    def _show_answer(self) -> None:
        answer = self.state.answer
        self.answer_view.show_answer(answer)
        self.bars.show_probabilities(None if answer is None else answer.probabilities.tolist())
        self.times.show_live(answer)

    def _show_agreement(self) -> None:
        agreement = self.state.agreement
        if agreement is None or self.state.is_baseline:
            self.agreement.show_text("")
        else:
            self.agreement.show_text(*agreement_words(agreement))
            theme.set_role(self.agreement, "good" if agreement.same_digit else "bad")
        self._mark()

    def state_text(self) -> str:
        """The word for what it is doing, or how far that is."""
        return self.state.status.value if self.state.percent is None else f"{self.state.percent} %"

    # What the person does.

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click makes this the baseline."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.baseline_requested.emit()
        super().mouseReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accepts the press, so that the release comes here too."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return on its button makes this the baseline, as Space does by itself."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.baseline_requested.emit()
        else:
            super().keyPressEvent(event)

    # How it is laid out.

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the bars beside the digit on a low card, under it on a high one."""
        low = event.size().height() < 230 + 8 * self.fontMetrics().height()
        self.answer_view.set_compact(low)
        direction = QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom
        if self._answer_layout.direction() != direction:
            self._answer_layout.setDirection(direction)
        self.times.set_narrow(event.size().width() - 2 * _MARGIN < self.times.full_width())
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """As small as a low card can be, whichever way it is arranged now."""
        answer, bars = self.answer_view.size_when(compact=True), self.bars.minimumSizeHint()
        parts = (self._title, self._detail, self.times, self._baseline_button)
        height = max(answer.height(), bars.height()) + sum(part.sizeHint().height() for part in parts)
        margins = self.contentsMargins() + self._layout.contentsMargins()
        return QSize(
            answer.width() + theme.GRID + bars.width() + margins.left() + margins.right(),
            height + len(parts) * _GAP + margins.top() + margins.bottom(),
        )

    def _assemble(self, style: BackendStyle) -> None:
        head = hbox(Marker(style), (self._title, 1))
        foot = hbox(self._baseline_button, (self.agreement, 1), spacing=theme.GRID // 2)
        self._answer_layout = vbox(self.answer_view, (self.bars, 1))
        self._answer_layout.setAlignment(self.answer_view, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._answer_page = holding(self._answer_layout)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._answer_page)
        self._pages.addWidget(self.message)
        margins = (_MARGIN, _MARGIN * 3 // 4, _MARGIN, _MARGIN * 3 // 4)
        parts = (head, self._detail, (self._pages, 1), self.times, foot)
        self._layout = vbox(*parts, spacing=_GAP, margins=margins)
        self.setLayout(self._layout)

    def _baseline_clicked(self) -> None:
        self._baseline_button.setChecked(self.state.is_baseline)
        self.baseline_requested.emit()

    def _mark(self) -> None:
        """The edge of the card: an alarm for one that disagrees, the accent for the baseline."""
        agreement = self.state.agreement if self.state.can_answer else None
        disagrees = agreement is not None and not agreement.same_digit
        theme.set_role(self, "alarm" if disagrees else "picked" if self.state.is_baseline else "card")


def _status_of(state: BackendState) -> tuple[object, ...]:
    """What its message and its line of details depend on."""
    return state.status, state.percent, state.failure, state.waiting, state.loaded, state.info, state.network
