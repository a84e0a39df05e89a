"""The sheet of an imported network: what was found in its file and what was guessed, which can be changed."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QLineEdit, QSizePolicy, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import hbox, holding, scroll_area, vbox
from mnist_bench.gui.kit.text import Label, TextLine, set_tip
from mnist_bench.session.network_words import INVERTED, NORMALISATIONS, OTHER, guess_words, sheet_words
from mnist_bench.session.networks import Imported
from mnist_bench.session.session import Session

_WIDTH_CHARS = 90


class ImportSheet(QDialog):
    """Stays beside the window, which answers meanwhile; another normalisation or guess imports the file again.

    Attributes:
        normalisation, other, inverted: what the network's input is scaled to.
        guess: which of the networks that the file may hold; not shown where it holds its graph.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._networks = session.networks
        self._imported: Imported | None = None
        self.normalisation = named_combo("Normalisation", NORMALISATIONS)
        self.other = QLineEdit()
        self.other.setAccessibleName("Mean and deviation")
        self.other.setPlaceholderText("0.1307,0.3081")
        set_tip(self.other, "M,D of (x/255 - M) / D; Enter imports the file again")
        self.inverted = QCheckBox("Black on white")
        self.guess = named_combo("Guess")
        self.guess.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._words = {name: Label(wrap=True, selectable=True) for name in ("Format", "Input", "Guessed", "int8")}
        self._words |= {name: Label(wrap=True, selectable=True) for name in ("Notes", "Operators")}
        self._title = TextLine(role="title", elide=Qt.TextElideMode.ElideMiddle)
        self._kept = TextLine(role="caption", elide=Qt.TextElideMode.ElideMiddle)
        self.normalisation.activated.connect(self._normalisation_chosen)
        self.other.returnPressed.connect(self._import_again)
        self.inverted.clicked.connect(self._normalisation_chosen)
        self.guess.activated.connect(self._import_again)
        self._lay_out()
        session.networks.changed.subscribe(self._follow)
        session.networks.importing.subscribe(self._show_file)

    def _lay_out(self) -> None:
        choices = holding(hbox(self.normalisation, (self.other, 1), self.inverted))
        self._form, self._rows = QFormLayout(), dict[str, QWidget]()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(2 * theme.GRID)
        for name, words in self._words.items():
            words.setAccessibleName(name)
            fields = {"Input": (choices, words), "Guessed": (words, self.guess)}.get(name, (words,))
            self._rows[name] = holding(vbox(*fields, spacing=theme.GRID // 2))
            heading = Label(name, role="heading")
            heading.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._form.addRow(heading, self._rows[name])
        close = push_button("Close", self.close)
        close.setAutoDefault(False)  # Enter in a field is the field's
        self._inside = vbox(self._form, 1)
        self._area = scroll_area(holding(self._inside))
        self.setLayout(vbox(self._title, self._kept, (self._area, 1), hbox(1, close), margins=2 * theme.GRID))

    def show_import(self, imported: Imported) -> None:
        """Show what was found, in front of the window, which stays in use."""
        self._imported, report = imported, imported.report
        self._show_file()
        for name, words in sheet_words(report).items():
            self._words[name].setText(words)
            self._form.setRowVisible(self._rows[name], bool(words))
        base = report.normalisation["name"].removeprefix(INVERTED)
        self.inverted.setChecked(report.normalisation["name"].startswith(INVERTED))
        self.normalisation.setCurrentIndex(self.normalisation.findData(base if base in NORMALISATIONS else OTHER))
        self.other.setText("" if base in NORMALISATIONS else base)
        self.other.setVisible(base not in NORMALISATIONS)
        _fill(self.guess, guess_words(report), report.guess)
        least = self.size() if self.isVisible() else QSize()
        self.show()
        self._fit(least)

    def _fit(self, least: QSize) -> None:
        """As high as what it says needs, a scroll bar beside it or none, if the screen has room; at least `least`."""
        for row in self._rows.values():
            row.updateGeometry()  # else the layout goes by what it held before
        self._inside.activate()
        around = 4 * theme.GRID + self._area.verticalScrollBar().sizeHint().width()
        width = max(_WIDTH_CHARS * self.fontMetrics().averageCharWidth(), least.width() - around)
        height = self.height() - self._area.height() + self._inside.totalHeightForWidth(width)
        self.resize(QSize(width + around, height).expandedTo(least).boundedTo(self.screen().availableSize()))

    def text(self) -> str:
        """All that it says."""
        said = (f"{name}: {words.text()}" for name, words in self._words.items() if words.text())
        return "\n".join((self._title.line(), *said))

    def _normalisation_chosen(self) -> None:
        """Imports again at once; a mean and a deviation are typed first."""
        is_other = self.normalisation.currentData() == OTHER
        self.other.setVisible(is_other)
        if not is_other or self.other.text():
            self._import_again()
        else:
            self.other.setFocus()

    def _import_again(self) -> None:
        """With what is chosen here."""
        if self._imported is not None:
            name = self.normalisation.currentData() or self.other.text().replace(" ", "")
            normalise = f"{INVERTED if self.inverted.isChecked() else ''}{name}"
            self._networks.choose(self._imported.source, normalise, self.guess.currentData())

    def _show_file(self, importing: str = "") -> None:
        """Names the file; while it is imported again, says so."""
        if self._imported is not None:
            name = Path(self._imported.source).name
            self.setWindowTitle(f"Imported {name}".replace("[*]", "[*][*]"))  # Qt's mark of what is modified
            self._title.show_text(f"Importing {importing} …" if importing else name)
            self._kept.show_text(f"Kept as {self._imported.file}")

    def _follow(self, chosen: str) -> None:
        """Goes once another network is used; shows what is used where an import failed or was renamed."""
        if self._imported is None or self.isHidden():
            return
        if (imported := self._networks.imports.get(chosen)) is None:
            self.hide()
        else:
            self.show_import(imported)


def _fill(combo: QComboBox, items: Mapping[int, str], chosen: int) -> None:
    """Its items, which may be long: the open list shows them in full. With fewer than two it is not shown."""
    combo.clear()
    for value, words in items.items():
        combo.addItem(words, value)
    combo.setCurrentIndex(combo.findData(chosen))
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 2 * theme.GRID)
    combo.setVisible(len(items) > 1)
