"""The Network tab: the operators of the network that every backend runs, where it comes from, what can be done."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QInputDialog, QMenu

from mnist_bench.base import words
from mnist_bench.bench.exporting import ExportFormat
from mnist_bench.gui.dialogs import ask_first
from mnist_bench.gui.kit import export, theme
from mnist_bench.gui.kit.buttons import give_menu, push_button, tool_button
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.containers import Flow, hbox, holding, pages, vbox
from mnist_bench.gui.kit.table import Table
from mnist_bench.gui.kit.text import Label, TextLine, copy_text, empty_label, message_box
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.network.import_sheet import ImportSheet
from mnist_bench.network.model_file import SUFFIX
from mnist_bench.network.network import INPUT_SHAPE, Network, Precision
from mnist_bench.network.quantization import ActivationQuantization
from mnist_bench.network.summary import OperatorSummary, shape_words, summarize
from mnist_bench.network.wire import network_hash
from mnist_bench.session.exporting import EXPORTS
from mnist_bench.session.network_words import inputs, origin_words, reads, sentence, weight_scales
from mnist_bench.session.session import Session

_EMPTY = "Reading the network …"
_INPUT = f"Input: {shape_words(INPUT_SHAPE)}, grey values from 0 (paper) to 255 (ink), divided by 255."


class NetworkView(View):
    """Shows the network that every backend runs.

    Attributes:
        table: its operators.
        found_button, rename_button, share_button, remove_button: for one that was imported, or is kept.
        export_button: what it can be written as; the window's menu has the same.
        sheet: what was found in the file that was imported last; None before the first.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._hashed: Network | None = None
        self._title = TextLine(role="title")
        self._sentence = Label(wrap=True, selectable=True)
        self._file = TextLine(role="caption", elide=Qt.TextElideMode.ElideMiddle)
        self._hash = Label(role="caption", selectable=True)
        self._origin = Label(wrap=True, selectable=True)
        tip = "Copy all of this as text"
        self.copy_button = push_button("Copy", lambda: copy_text(self.text()), tip=tip, role="chip")
        self.sheet: ImportSheet | None = None
        self._make_buttons()
        self.table = operators_table(session)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        head = hbox((self._title, 1), self.copy_button)
        parts = (
            head,
            self._sentence,
            self._origin,
            Label(_INPUT, role="caption", wrap=True),
            self._file,
            self._hash,
            Flow(*self._of_kept, self.export_button),
            (self.table, 1),
        )
        inside = holding(vbox(*parts, spacing=theme.GRID // 2, margins=margins))
        self._pages = pages(empty_label(_EMPTY), inside)
        self.setLayout(self._pages)
        session.networks.changed.subscribe(lambda _chosen: self._show())
        session.networks.imported.subscribe(self._show_found)
        self._show()

    def _make_buttons(self) -> None:
        tip = "What was found in the file that it was imported from; change the normalisation or the guess"
        self.found_button = push_button("Import details …", self._show_found, tip=tip, role="chip")
        tip = "Give it and its file another name"
        self.rename_button = push_button("Rename …", self._ask_for_name, tip=tip, role="chip")
        self.share_button = push_button("Share …", self._share, tip="Save a copy of its one file", role="chip")
        self.remove_button = push_button("Remove …", self._ask_to_remove, tip="Delete its file", role="chip")
        self._of_kept = (self.found_button, self.rename_button, self.share_button, self.remove_button)
        self.export_button = tool_button("Export", tip="Write it as another program's file", role="chip")
        menu = QMenu("The network as")
        give_menu(self.export_button, menu)
        for kind, precision in EXPORTS:
            action = menu.addAction(f"{kind.in_words}, {precision} …")
            action.setData(precision)
            action.triggered.connect(lambda _=False, kind=kind, precision=precision: self._export(kind, precision))
        self.exports = (menu.menuAction(),)

    def _show(self) -> None:
        """Shows the network, and which file it comes from."""
        if (network := self._session.live.network) is None:
            return
        networks = self._session.networks
        is_bundled, file = networks.chosen in networks.bundled, networks.chosen
        self._title.show_text(network.name)
        self._sentence.setText(sentence(network))
        origin = origin_words(networks.notes)
        self._origin.setText(origin)
        self._origin.setVisible(bool(origin))
        for button in self._of_kept:
            button.setVisible(networks.chosen in networks.kept)
        self.found_button.setVisible(networks.chosen in networks.imports)
        for action in self.export_button.menu().actions():
            action.setEnabled(self._session.exporting.can_export(Precision(action.data())))
        self._file.show_text(f"File: {file}{SUFFIX}, bundled with mnist-bench" if is_bundled else f"File: {file}")
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
        lines = (self._title.line(), self._sentence.text(), self._origin.text(), _INPUT, self._file.line())
        said = (*filter(None, lines), self._hash.text())
        return "\n".join((*said, "", self.table.text()))

    # What the person does with it.

    def _show_found(self, _: object = None) -> None:
        networks = self._session.networks
        if (found := networks.imports.get(networks.chosen)) is not None:
            self.sheet = self.sheet or ImportSheet(self._session, self.window())
            self.sheet.show_import(found)

    def _ask_for_name(self) -> None:
        chosen = self._session.networks.chosen
        name, agreed = QInputDialog.getText(self, "Rename", "Name of this network:", text=Path(chosen).stem)
        if agreed:
            self._session.networks.rename(chosen, name)

    def _ask_to_remove(self) -> None:
        networks, chosen = self._session.networks, self._session.networks.chosen
        question = f"Remove {Path(chosen).stem} from your networks?"
        more = f"This deletes {chosen}. The file that it was imported from stays."
        box = message_box(self.window(), "Remove", question, more)
        ask_first(box, "Remove", lambda: networks.remove(chosen), loses=True)

    def _share(self) -> None:
        chosen = self._session.networks.chosen
        if path := export.ask_where(self, "Share", Path(chosen).name, f"Model file (*{SUFFIX})"):
            self._session.networks.share(chosen, Path(path))

    def _export(self, kind: ExportFormat, precision: Precision) -> None:
        name = f"{Path(self._session.networks.chosen).stem}-{precision}{kind.suffix}"
        if path := export.ask_where(self, "Export the network", name, f"{kind.in_words} (*{kind.suffix})"):
            self._session.exporting.export(kind, precision, Path(path))


def operators_table(session: Session) -> Table[OperatorSummary]:
    """An empty table of operators."""
    about = "A value is (byte - zero point) x scale"
    columns: tuple[Column[OperatorSummary], ...] = (
        Column("Operator", lambda one: f"{one.number} {one.kind}", key=lambda one: one.number),
        Column("Fields", lambda one: one.fields, optional=True),
        Column("Reads", reads, "The operators whose outputs it reads, if not the one before it", optional=True),
        Column("Input", inputs, "Channels x height x width, or features"),
        Column("Output", lambda one: shape_words(one.output_shape), "Channels x height x width, or features"),
        numbers("Parameters", lambda one: one.parameters or None, _count, "Weights and biases"),
        numbers("Multiply-adds", lambda one: one.multiply_adds or None, _count, "For one image"),
        Column("Precision", lambda one: "fp32" if one.output is None else "fp32, int8"),
        Column("Weight scales", weight_scales, "Int8 weights times one scale for each output channel", optional=True),
        numbers("Output\nscale", _of_output(lambda output: output.scale), words.three_digits, about, optional=True),
        numbers("Zero\npoint", _of_output(lambda output: output.zero_point), _count, about, optional=True),
    )
    return Table(session, "Operators of the network", columns, lambda one: one.number)


def _of_output(value: Callable[[ActivationQuantization], float]) -> Callable[[OperatorSummary], float | None]:
    return lambda one: None if one.output is None else value(one.output)


def _count(number: float) -> str:
    return words.count(round(number))
