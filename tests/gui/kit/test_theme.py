import itertools

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit import palette, theme


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(name: str) -> float:
        def linear(part: float) -> float:
            return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)

        color = QColor(name)
        return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_texts_can_be_read_on_what_they_stand_on(colors: palette.Palette) -> None:
    states = (colors.muted, colors.accent, colors.good, colors.warning, colors.bad)
    for behind, enough in ((colors.window, 4.5), (colors.surface, 4.5), (colors.raised, 4)):
        assert contrast(colors.text, behind) >= 7
        for front in states:
            assert contrast(front, behind) >= enough, (front, behind)
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    assert contrast(colors.outline, colors.surface) >= 3


@pytest.mark.parametrize("choice", [theme.SchemeChoice.LIGHT, theme.SchemeChoice.DARK])
def test_the_arrows_of_qts_own_file_dialog_can_be_seen(
    qapp: QApplication, qtbot: QtBot, choice: theme.SchemeChoice
) -> None:
    theme.apply(qapp, choice)
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    for name in ("backButton", "forwardButton", "toParentButton"):
        (button,) = dialog.findChildren(QToolButton, name)
        arrow = button.icon().pixmap(16).toImage()
        points = [arrow.pixelColor(x, y) for x in range(arrow.width()) for y in range(arrow.height())]
        ink = max(points, key=QColor.alpha)
        assert contrast(ink.name(), theme.current().raised) >= 3, name


def test_backends_differ_in_line_or_marker_as_well_as_in_colour() -> None:
    styles = [palette.backend_style(index) for index in range(6)]
    for one, other in itertools.combinations(styles, 2):
        assert one.color != other.color
        assert (one.line, one.marker) != (other.line, other.marker)
    later = [palette.backend_style(index) for index in range(6, 18)]
    assert len({(style.color, style.marker) for style in (*styles, *later)}) == 18


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert palette.mixed("#102030", "#ffffff", 1) == "#102030"
    assert palette.mixed("#102030", "#ffffff", 0) == "#ffffff"
    assert palette.mixed("#000000", "#ffffff", 0.5) in ("#808080", "#7f7f7f")


def test_the_scheme_changes_while_the_application_runs(qapp: QApplication, qtbot: QtBot) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    for choice, colors in ((theme.SchemeChoice.LIGHT, palette.LIGHT), (theme.SchemeChoice.DARK, palette.DARK)):
        theme.apply(qapp, choice)
        assert theme.current() == colors
        assert qapp.palette().color(QPalette.ColorRole.WindowText).name() == colors.text
        label.ensurePolished()
        assert label.palette().color(QPalette.ColorRole.WindowText).name() == colors.text
        assert colors.accent in qapp.styleSheet()


def test_digits_are_equally_wide(themed: QApplication) -> None:
    metrics = QFontMetricsF(theme.tabular(QFont(themed.font())))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


def test_a_role_changes_how_a_label_looks(themed: QApplication, qtbot: QtBot) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    theme.set_role(label, "bad")
    label.ensurePolished()
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == theme.current().bad
