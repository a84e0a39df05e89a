"""Where to label an axis: at round values, a few of them."""

import math


def log_ticks(low: float, high: float) -> list[float]:
    """Places on a logarithmic axis from `low` to `high`, both and the places as log10 of the values."""
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7)):
        decades = range(math.floor(low) - 1, math.ceil(high) + 1)
        ticks = [decade + math.log10(step) for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside[:: -(-len(inside) // 7)]
    return [math.log10(value) for value in even_ticks(10**low, 10**high) if value > 0]


def even_ticks(low: float, high: float) -> list[float]:
    """Three to seven evenly spaced round numbers from `low` to `high`; `low` is less."""
    size: float = 10 ** math.floor(math.log10(high - low))
    for step in (2 * size, size, size / 2, size / 5):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first >= 2:
            break
    return [number * step for number in range(first, last + 1)]
