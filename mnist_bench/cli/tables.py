"""Plain text tables, readable on a screen, in a log and in an email."""

from collections.abc import Sequence

from mnist_bench.base.text import printable


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), indent: str = "") -> str:
    """Columns under their titles, two spaces apart; the columns in `numbers` are aligned to the right."""
    shown = [[printable(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        cells = [
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)
