"""Numbers as people read them: one function for each kind of quantity, for the window, the command line and reports.

Three significant digits, the unit beside them after a space, and an x for times. What is not a finite number is
NO_FIGURE.
"""

import math
from datetime import UTC, datetime

NO_FIGURE = "–"
"""Stands where there is no figure, or not yet."""

_Units = tuple[tuple[float, str], ...]
_DURATION_UNITS: _Units = ((1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
_SIZE_UNITS: _Units = ((1e3, "kB"), (1e6, "MB"), (1e9, "GB"))
_COUNT_UNITS: _Units = ((1e6, "M"), (1e9, "G"), (1e12, "T"))
_FREQUENCY_UNITS: _Units = ((1, "MHz"), (1e3, "GHz"))


# Numbers without a unit.


def three_digits(value: float) -> str:
    """Three significant digits, never an exponent: "0.0123", "1.00", "95.0", "212", "12,300"."""
    if not math.isfinite(value):
        return NO_FIGURE
    if value == 0:
        return "0"
    digits = 2 - _exponent(value)
    return f"{round(value, digits):,.{max(0, digits)}f}"


def short_number(value: float) -> str:
    """The same without zeros that say nothing, for axes and settings: "0.05", "1", "2.5", "12,300"."""
    text = three_digits(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def setting(value: float) -> str:
    """A number that somebody set, with six digits at most: 0.01, 6, 1.05e+06."""
    return f"{value:g}"


def count(number: int) -> str:
    """A whole number with its thousands set apart: "10,000"."""
    return f"{number:,}"


def count_of(part: int, whole: int) -> str:
    """How many of how many: "9,871 of 10,000"."""
    return f"{count(part)} of {count(whole)}"


def plural(number: int, singular: str, several: str | None = None) -> str:
    """A number with its noun: "1 thread", "3 threads"."""
    return f"{count(number)} {singular if number == 1 else several or singular + 's'}"


def multiply_adds(number: float) -> str:
    """A large number of them: "59.1 G multiply-adds"."""
    return f"{_with_unit(number, _COUNT_UNITS)} multiply-adds"


def rate(per_second: float | None) -> str:
    """Images per second, without the unit: "8.40", "12,300"."""
    return NO_FIGURE if per_second is None else three_digits(per_second)


# Times.


def duration(nanoseconds: float) -> str:
    """A measured time: "812 ns", "95.0 µs", "1.30 ms", "12.5 s"; negative where it is a difference of two."""
    return _with_unit(nanoseconds, _DURATION_UNITS) if nanoseconds else "0 µs"


def duration_tick(nanoseconds: float) -> str:
    """A time beside an axis: "200 µs", "1 ms"."""
    return _with_unit(nanoseconds, _DURATION_UNITS, short=True) if nanoseconds else "0"


def seconds(value: float) -> str:
    """A time that somebody set, such as a limit: "5 s", "0.25 s"."""
    return f"{short_number(value)} s"


def time_span(seconds: float) -> str:
    """How long a task takes, roughly: "45 s", "12 min", "1 h 40 min"."""
    if seconds < 99.5:
        return f"{max(round(seconds), 0)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def time_left(seconds: float | None) -> str:
    """How long a task will still take: "12 s left", "1 h 5 min left"; empty where nobody can say yet."""
    return "" if seconds is None or not math.isfinite(seconds) else f"{time_span(seconds)} left"


def date_time(moment: datetime | str, *, utc: bool = False) -> str:
    """A date and time (a datetime with its zone, or ISO 8601): "2026-11-28 09:30", local; `utc`: "... 08:30 UTC"."""
    moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if utc else f"{moment.astimezone():%Y-%m-%d %H:%M}"


# Comparisons.


def ratio(value: float) -> str:
    """How many times as much: "0.0515 x", "19.3 x"."""
    text = three_digits(value)
    return text if text == NO_FIGURE else f"{text} x"


def ratio_tick(value: float) -> str:
    """A ratio beside an axis: "0.05 x", "1 x"."""
    return f"{short_number(value)} x"


def ratio_range(low: float, high: float) -> str:
    """The interval of a ratio: "0.265 to 0.267"."""
    return f"{three_digits(low)} to {three_digits(high)}"


def ratio_interval(value: float, low: float, high: float) -> str:
    """A ratio with its interval: "0.266 x (0.265 to 0.267)"."""
    return f"{ratio(value)} ({ratio_range(low, high)})"


def p_value(p: float) -> str:
    """A test's p: "0.53", "0.0042", "<0.0001"."""
    return "<0.0001" if p < 0.0001 else f"{p:.2g}"


def difference(value: float) -> str:
    """The distance of two outputs, such as logits: "0.104", "3.21", "2.09e-07"; "not a number" where one is none."""
    if not math.isfinite(value):
        return "not a number"
    return f"{value:.2e}" if 0 < abs(value) < 0.0009995 else three_digits(value)


def decibels(value: float) -> str:
    """A signal-to-noise ratio: "38.6 dB"; "identical" without noise, "no signal" without anything else."""
    if math.isnan(value):
        return "not a number"
    return f"{three_digits(value)} dB" if math.isfinite(value) else "identical" if value > 0 else "no signal"


# Shares, from 0 to 1.


def share(value: float) -> str:
    """A share in whole per cent: "63 %"; "<1 %" where it is less but not nothing."""
    if not math.isfinite(value):
        return NO_FIGURE
    figure = f"{value * 100:,.0f}"
    return "<1 %" if value > 0 and figure == "0" else f"{figure} %"


def probability(value: float) -> str:
    """A probability: "99.8 %"; "<0.1 %" and ">99.9 %" at the ends, never a false 0 or 100."""
    return f"{probability_figure(value)} %"


def probability_figure(value: float) -> str:
    """A probability in per cent, without the unit: "99.8", "<0.1"."""
    percent = value * 100
    if percent < 0.1:
        return "<0.1"
    return ">99.9" if percent >= 99.95 else f"{percent:.1f}"


def accuracy(value: float | None) -> str:
    """A share of images, exact to one in 10,000: "99.71 %"; "100.00 %" only of all."""
    return NO_FIGURE if value is None else f"{_accuracy_figure(value, 2)} %"


def accuracy_figure(value: float | None) -> str:
    """The same in per cent with one decimal, for narrow columns: "98.1"; "100" only of all."""
    return NO_FIGURE if value is None else "100" if value >= 1 else _accuracy_figure(value, 1)


def accuracy_range(low: float, high: float) -> str:
    """The interval of an accuracy: "99.58 to 99.80 %"."""
    return f"{_accuracy_figure(low, 2)} to {_accuracy_figure(high, 2)} %"


def accuracy_interval(value: float, low: float, high: float) -> str:
    """An accuracy with its interval: "99.71 % (99.58 to 99.80)"."""
    return f"{accuracy(value)} ({accuracy_range(low, high).removesuffix(' %')})"


# Computers.


def size(size_bytes: int) -> str:
    """A size in memory or of a file, decimal: "872 B", "3.40 MB"."""
    return f"{max(size_bytes, 0)} B" if size_bytes < 1000 else _with_unit(size_bytes, _SIZE_UNITS)


def frequency(mhz: float) -> str:
    """A clock: "300 MHz", "1.80 GHz"."""
    return _with_unit(mhz, _FREQUENCY_UNITS)


def celsius(degrees: float) -> str:
    """A temperature: "41.5 °C"."""
    return f"{degrees:.1f} °C"


def _with_unit(value: float, units: _Units, *, short: bool = False) -> str:
    """`value` in the largest of `units` (size, name; the smallest first) of which it is at least one when rounded."""
    if not math.isfinite(value):
        return NO_FIGURE
    fitting = [one for one in units if value and _exponent(value / one[0]) >= 0]
    size_, unit = (fitting or units[:1])[-1]
    return f"{(short_number if short else three_digits)(value / size_)} {unit}"


def _accuracy_figure(value: float, decimals: int) -> str:
    most = 100 - 10**-decimals
    return f"{100.0 if value >= 1 else min(round(value * 100, decimals), most):.{decimals}f}"


def _exponent(value: float) -> int:
    """The decimal exponent of `value` after it was rounded to three significant digits (999.6 has 3)."""
    return int(f"{value:.2e}".split("e")[1])
