"""The figure of the native runner against several engines: the one that it is least ahead of counts."""

from collections.abc import Mapping

from benchmarks.figures import Figure, at_most

MOST = 0.85
LIBRARIES = ("onnxruntime", "litert")
"""Engines that the library runner opens."""


def against_best(what: str, ratios: Mapping[str, float], detail: str) -> Figure:
    """`ratios` are what native costs over what each engine costs, by the engines' titles."""
    best = max(ratios, key=ratios.__getitem__)
    return Figure(f"{what}: native against the best engine, {best}", ratios[best], "", at_most(MOST), detail)
