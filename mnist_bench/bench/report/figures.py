"""Figures for people: three significant digits, units beside them."""

_DURATION_UNITS = ((1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
_SIZE_UNITS = ((1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"))


def three_digits(value: float) -> str:
    """A number >= 0 with three significant digits and never an exponent: 0.104, 95.0, 212, 12,300."""
    if value == 0:
        return "0"
    exponent = _exponent(value)
    decimals = max(0, 2 - exponent)
    return f"{round(value, 2 - exponent):,.{decimals}f}"


def duration(nanoseconds: float) -> str:
    """A time with its unit: "812 ns", "95.0 µs", "1.30 ms", "12.5 s"."""
    return "0 µs" if nanoseconds <= 0 else with_unit(nanoseconds, _DURATION_UNITS)


def tick(nanoseconds: float) -> str:
    """A time beside an axis, without digits that say nothing: "200 µs", "1 ms"."""
    units = [(one, unit) for one, unit in _DURATION_UNITS if nanoseconds >= one * 0.9995]
    one, unit = units[-1] if units else _DURATION_UNITS[0]
    return f"{nanoseconds / one:.3g} {unit}"


def size(size_bytes: int) -> str:
    """A size in memory with its unit, decimal: "872 B", "3.40 MB"."""
    if size_bytes < 1000:
        return f"{max(size_bytes, 0)} B"
    return with_unit(size_bytes, _SIZE_UNITS)


def with_unit(value: float, units: tuple[tuple[float, str], ...]) -> str:
    """`value` in the largest of `units` (size, name; the smallest first) of which it is at least one."""
    size, unit = units[0]
    for size_here, unit_here in units:
        if _exponent(value / size_here) < 0:
            break
        size, unit = size_here, unit_here
    return f"{three_digits(value / size)} {unit}"


def _exponent(value: float) -> int:
    """The decimal exponent of `value` after it was rounded to three significant digits (999.6 has 3)."""
    return int(f"{value:.2e}".split("e")[1])
