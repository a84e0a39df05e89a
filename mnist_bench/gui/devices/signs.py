"""The sign that stands for a device's state beside its words: never a colour alone."""

from typing import Final

from PySide6.QtGui import QIcon

from mnist_bench.devices.access import Readiness
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.pixels import drawn

_SIZE: Final = 16


SIGNS: Final = {
    Readiness.READY: "✓",
    Readiness.SOON: "…",
    Readiness.NEEDS_ACTION: "!",
    Readiness.GONE: "○",
}
"""As characters, for menus and buttons."""
_LINES: Final = {
    Readiness.READY: '<path d="M4.8 8.4L7.2 10.8L11.4 5.6"/>',
    Readiness.SOON: "".join(f'<circle cx="{x}" cy="8" r="0.5"/>' for x in (3.5, 8, 12.5)),
    Readiness.NEEDS_ACTION: '<path d="M8 4.4V8.6M8 11.6h.01"/>',
    Readiness.GONE: '<circle cx="8" cy="8" r="5"/>',
}
"""The same on a grid of 16 x 16."""


def role_of(readiness: Readiness) -> str:
    """The part of the style sheet that words beside the sign have, and the palette's colour."""
    return {Readiness.READY: "good", Readiness.NEEDS_ACTION: "warning"}.get(readiness, "muted")


def sign_icon(readiness: Readiness, pixel_ratio: float = 1.0) -> QIcon:
    """The sign as an icon in the palette's present colours: a disc with a tick or a mark, three dots, a ring."""
    colors = theme.current()
    color = getattr(colors, role_of(readiness))
    is_disc = readiness in (Readiness.READY, Readiness.NEEDS_ACTION)
    disc = f'<circle cx="8" cy="8" r="7" fill="{color}"/>' if is_disc else ""
    lines = f'<g stroke="{colors.surface if is_disc else color}" stroke-width="1.8">{_LINES[readiness]}</g>'
    pixmap = drawn(disc + lines, 16, _SIZE, pixel_ratio)
    icon = QIcon(pixmap)
    for mode in (QIcon.Mode.Selected, QIcon.Mode.Disabled):
        icon.addPixmap(pixmap, mode)  # or Qt would tint it
    return icon
