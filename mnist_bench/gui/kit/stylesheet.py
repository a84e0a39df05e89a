"""The style sheet: one template, resources/window.qss, over a palette. Roles are set with `theme.set_role`.

Frames: `card` (surface, hairline, 8 px radius), `picked` (a card with an accent edge), `alarm` (a card with an edge
that warns), `well` (a sunken field), `line` (a hairline). Labels: `title`, `heading`, `caption` (small, muted),
`muted`, `good`, `warning`, `bad`, `empty` (says what to do). Buttons: `primary`, `quiet` (no edge until hovered),
`chip` (small), `menu` (without an arrow), `digit` (0 to 9).
"""

from dataclasses import asdict
from string import Template
from typing import Final

from mnist_bench.base.locations import resources_dir
from mnist_bench.gui.kit.palette import Palette, mixed

_HAIRLINE: Final = Template(
    "stop: 0 transparent, stop: 0.42 transparent, stop: 0.43 $border, stop: 0.57 $border, stop: 0.58 transparent"
)
"""In the middle of a divider, which is wider: so it can be seen and still be grabbed."""


def style_sheet(colors: Palette, point_size: float) -> str:
    """The application's style sheet in these colours; `point_size` is that of its font, which other sizes follow."""
    template = Template((resources_dir() / "window.qss").read_text(encoding="utf-8"))
    return template.substitute(
        asdict(colors),
        icons=(resources_dir() / "icons").as_posix(),
        hover=mixed(colors.text, colors.raised, 0.06),
        pressed=mixed(colors.text, colors.raised, 0.14),
        tint=mixed(colors.accent, colors.surface, 0.16),
        accent_hover=mixed(colors.text, colors.accent, 0.16),
        disabled=mixed(colors.muted, colors.window, 0.6),
        scroll=mixed(colors.outline, colors.surface, 0.5),
        hairline=_HAIRLINE.substitute(border=colors.border),
        title=f"{point_size * 1.2:.1f}",
        small=f"{point_size * 0.9:.1f}",
    )
