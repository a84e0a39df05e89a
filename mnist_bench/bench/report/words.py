"""Figures for people: three significant digits, units beside them."""

from mnist_bench.bench.statistics.ratio import RatioInterval, Verdict

_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"))


def duration(nanoseconds: float) -> str:
    """A time: "52.7 µs", "1.30 ms"."""
    for size, unit in _UNITS:
        if nanoseconds >= size * 0.9995:
            return f"{three_digits(nanoseconds / size)} {unit}"
    return f"{three_digits(nanoseconds)} ns"


def three_digits(value: float) -> str:
    """Three significant digits, without an exponent: "0.0132", "52.7", "12,300"."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.2e}".split("e")[1])
    return f"{round(value, 2 - exponent):,.{max(0, 2 - exponent)}f}"


def interval(ratio: RatioInterval) -> str:
    """As "0.266 x (0.265 to 0.267)"."""
    return f"{three_digits(ratio.ratio)} x ({three_digits(ratio.low)} to {three_digits(ratio.high)})"


def verdict(found: Verdict) -> str:
    """With a sign of its own, so that it needs no colour."""
    return {Verdict.FASTER: "▼ faster", Verdict.SLOWER: "▲ slower"}.get(found, f"≈ {found}")
