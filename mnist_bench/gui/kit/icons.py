"""The icons: lines on a grid of 24 x 24, drawn in the colours of the palette."""

from typing import Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import mixed

SIZE: Final = 20
"""Pixels: the side that icons are drawn for."""

_PATHS: Final = {
    "undo": "M9 5L4.5 9.5L9 14M4.5 9.5H14.5a5 5 0 0 1 0 10H9",
    "redo": "M15 5L19.5 9.5L15 14M19.5 9.5H9.5a5 5 0 0 0 0 10H15",
    "clear": "M4.5 7H19.5M9.5 7V4.5H14.5V7M6.5 7L7.5 19.5H16.5L17.5 7M10.5 11V15.5M13.5 11V15.5",
    "open": "M3.5 18.5V6H9.5L11.5 8.5H20.5V18.5Z",
    "save": "M12 4V14.5M7.5 10.5L12 15L16.5 10.5M4.5 15.5V19.5H19.5V15.5",
    "copy": "M9 9H19.5V19.5H9ZM5.5 15H4.5V4.5H15V5.5",
    "paste": "M8.5 5.5H5.5V19.5H18.5V5.5H15.5M9 3.5H15V7.5H9Z",
    "random": "M4.5 4.5H19.5V19.5H4.5ZM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01",
}
_RATIOS: Final = (1, 2, 3)


def icon(name: str) -> QIcon:
    """The icon of this name in the palette's present colours; ask again when they change."""
    colors = theme.current()
    result = QIcon()
    for mode, color in (
        (QIcon.Mode.Normal, colors.text),
        (QIcon.Mode.Disabled, mixed(colors.muted, colors.window, 0.5)),
    ):
        for ratio in _RATIOS:
            result.addPixmap(_draw(_PATHS[name], color, ratio), mode)
    return result


def _draw(path: str, color: str, ratio: int) -> QPixmap:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="none" stroke-width="1.6" '
        f'stroke-linecap="round" stroke-linejoin="round" stroke="{color}" d="{path}"/></svg>'
    )
    pixmap = QPixmap(SIZE * ratio, SIZE * ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
