"""Plain text tables: readable on a screen, in a log and in a mail."""

from collections.abc import Sequence


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), indent: str = "") -> str:
    """Columns under their titles, two spaces apart; the columns in `numbers` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = []
    for row in (titles, *rows):
        cells = [
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def microseconds(value: float) -> str:
    """A time for people: "0.83 µs", "42 µs", "1,260 µs"."""
    return f"{value:,.0f} µs" if value >= 10 else f"{value:.2f} µs"


def percent(share: float) -> str:
    """A share of 0 to 1 for people, never rounded up to a certainty: 0.99999 is "99.99 %"."""
    rounded = min(round(share * 100, 2), 99.99) if share < 1 else 100.0
    return f"{rounded:.2f} %"
