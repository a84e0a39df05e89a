"""The Network tab: the operators of the network that every backend runs, and what identifies it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QStackedLayout

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.containers import hbox, holding, vbox
from mnist_bench.gui.kit.table import Table
from mnist_bench.gui.kit.text import Label, TextLine, empty_label
from mnist_bench.gui.kit.view import View
from mnist_bench.network.bundled import model_path
from mnist_bench.network.network import INPUT_SHAPE, Network
from mnist_bench.network.summary import OperatorSummary, shape_words, summarize
from mnist_bench.network.wire import network_hash
from mnist_bench.session.session import Session

_EMPTY = "Reading the network …"
_INPUT = f"Input: {shape_words(INPUT_SHAPE)}, grey values from 0 (paper) to 255 (ink), divided by 255."


class NetworkView(View):
    """Shows the network that every backend runs.

    Attributes:
        table: its operators.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._hashed: Network | None = None
        self._title = TextLine(role="title")
        self._sentence = Label(wrap=True, selectable=True)
        self._file = TextLine(role="caption", elide=Qt.TextElideMode.ElideMiddle)
        self._hash = Label(role="caption", selectable=True)
        self.copy_button = push_button("Copy", self._copy, tip="Copy all of this as text", role="chip")
        self.table = operators_table(session)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        head = hbox((self._title, 1), self.copy_button)
        parts = (
            head,
            self._sentence,
            Label(_INPUT, role="caption", wrap=True),
            self._file,
            self._hash,
            (self.table, 1),
        )
        self._pages = QStackedLayout(self)
        self._pages.addWidget(empty_label(_EMPTY))
        self._pages.addWidget(holding(vbox(*parts, spacing=theme.GRID // 2, margins=margins)))

        session.networks.changed.subscribe(lambda _chosen: self._show())
        self._show()

    def _show(self) -> None:
        """Shows the network, and which file it comes from."""
        if (network := self._session.live.network) is None:
            return
        networks = self._session.networks
        path = model_path(networks.chosen)
        file = f"{path.name}, bundled with mnist-bench" if networks.chosen in networks.bundled else str(path)
        self._title.show_text(network.name)
        self._sentence.setText(sentence(network))
        self._file.show_text(f"File: {file}")
        self._hash.setText("SHA-256: …")
        self.table.show_rows(summarize(network))
        self._pages.setCurrentIndex(1)
        self._hashed = None
        if self.isVisible():
            self._tell_hash()

    def showEvent(self, event: QShowEvent) -> None:
        """Tells the hash once somebody looks."""
        super().showEvent(event)
        self._tell_hash()

    def _tell_hash(self) -> None:
        """Works it out: that takes a moment, and a library of some megabytes."""
        network = self._session.live.network
        if network is None or network is self._hashed:
            return
        self._hashed = network
        self._session.background.do(
            lambda: network_hash(network), lambda sha256: self._show_hash(network, sha256), self._session.failed.publish
        )

    def _show_hash(self, network: Network, sha256: str) -> None:
        if network is self._session.live.network:
            self._hash.setText(f"SHA-256: {sha256}")

    def text(self) -> str:
        """All that it says, with the table as lines with tabs."""
        said = (self._title.line(), self._sentence.text(), _INPUT, self._file.line(), self._hash.text())
        return "\n".join((*said, "", self.table.text()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


def sentence(network: Network) -> str:
    """How large the network is, and in which precisions it can run."""
    precisions = "fp32 and int8" if network.is_quantized else "fp32; quantize it to run it in int8"
    return (
        f"{words.plural(len(network.operators), 'operator')}, {words.count(network.parameter_count)} parameters and "
        f"{words.count(network.multiply_adds)} multiply-adds for one image. It runs in {precisions}."
    )


def operators_table(session: Session) -> Table[OperatorSummary]:
    """An empty table of operators."""
    columns: tuple[Column[OperatorSummary], ...] = (
        Column("Operator", lambda one: f"{one.number} {one.kind}", key=lambda one: one.number),
        Column("Fields", lambda one: one.fields, optional=True),
        Column("Reads", _reads, "The operators whose outputs it reads", optional=True),
        Column("Input", _inputs, "Channels × height × width, or features"),
        Column("Output", lambda one: shape_words(one.output_shape), "Channels × height × width, or features"),
        numbers("Parameters", lambda one: one.parameters or None, _count, "Weights and biases"),
        numbers("Multiply-adds", lambda one: one.multiply_adds or None, _count, "For one image"),
        Column("Precision", lambda one: "fp32" if one.output is None else "fp32, int8"),
        Column(
            "Weight scales", _weight_scales, "Int8 weights times this: one scale for each output channel", optional=True
        ),
        numbers(
            "Output scale",
            lambda one: None if one.output is None else one.output.scale,
            words.three_digits,
            _OUTPUT,
            optional=True,
        ),
        numbers(
            "Zero point",
            lambda one: None if one.output is None else one.output.zero_point,
            _count,
            _OUTPUT,
            optional=True,
        ),
    )
    return Table(session, "Operators of the network", columns, lambda one: one.number)


_OUTPUT = "A value is (byte - zero point) × scale"


def _count(number: float) -> str:
    return words.count(round(number))


def _reads(one: OperatorSummary) -> str:
    return ", ".join("image" if number is None else str(number) for number in one.reads)


def _inputs(one: OperatorSummary) -> str:
    return " and ".join(dict.fromkeys(map(shape_words, one.input_shapes)))


def _weight_scales(one: OperatorSummary) -> str:
    if one.weight_scales is None:
        return ""
    low, high = one.weight_scales
    return words.three_digits(low) if low == high else f"{words.three_digits(low)} to {words.three_digits(high)}"
