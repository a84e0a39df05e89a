"""Figures about layers as people read them, in a terminal and in the window."""

import math

from mnist_bench.bench.layers.values import BackendLayers, Difference

NONE = "–"
"""Stands where there is no figure."""


def sqnr(difference: Difference | None) -> str:
    """Such as "38.6 dB"; "identical" where no value differs."""
    if difference is None:
        return NONE
    if difference.is_identical:
        return "identical"
    if math.isnan(difference.sqnr_db):
        return "not a number"
    return "no signal" if difference.sqnr_db == -math.inf else f"{difference.sqnr_db:.1f} dB"


def distance(value: float) -> str:
    """A difference of outputs: three significant digits, such as "0.142" and "2.09e-09"."""
    return f"{value:.3g}" if math.isfinite(value) else "not a number"


def sum_to_whole(layers: BackendLayers) -> str:
    """How the layers add up: "layers one by one: 0.85 x the whole"; and what was traced where it is not the same."""
    words = f"layers one by one: {layers.sum_to_whole:.2f} × the whole"
    if layers.traced_as:
        words += f" (traced as {layers.traced_as}: TorchScript has no layers left to look at)"
    return words
