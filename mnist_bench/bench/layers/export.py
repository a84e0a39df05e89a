"""A comparison of layers as JSON and as CSV, for programs and spreadsheets."""

import math
from typing import Any

from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.layers.overhead import overhead
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import BackendLayers, Difference, LayerComparison, LayerEntry

_COLUMNS = (
    *("backend", "name", "first", "last", "output_shape", "multiply_adds"),
    *("compute_us", "p10_us", "p90_us", "share", "of_peak"),
    *("sqnr_db", "identical", "largest_difference", "mean_difference"),
)


def to_json(comparison: LayerComparison) -> dict[str, Any]:
    """A dictionary that JSON can hold: times in µs, shares 0 to 1; null for a figure that there is not.

    An output that is the reference's in every value has `sqnr_db` null and `identical` true.
    """
    return {
        "network": comparison.network,
        "images": comparison.images,
        "reference": comparison.reference_id or None,
        "sentence": dominant_sentence(comparison),
        "results": [
            *map(_backend_json, comparison.backends),
            *({"backend": name, "error": error} for name, error in comparison.failures.items()),
        ],
    }


def to_csv(comparison: LayerComparison) -> bytes:
    """One row for each layer of each backend, UTF-8; an empty cell for a figure that there is not."""
    shaped = (
        {
            "backend": layers.backend_id,
            **_entry_json(layers, entry),
            "output_shape": " x ".join(map(str, entry.output_shape)),
        }
        for layers in comparison.backends
        for entry in layers.entries
    )
    return csv_bytes(_COLUMNS, ([values[column] for column in _COLUMNS] for values in shaped))


def _backend_json(layers: BackendLayers) -> dict[str, Any]:
    fixed = overhead(layers)
    return {
        "backend": layers.backend_id,
        "traces": layers.traces,
        "traced_as": layers.traced_as or layers.backend_id,
        "timed_by": layers.timed_by or None,
        "peak_multiply_adds_per_s": layers.peak or None,
        "sum_us": layers.sum_ns / 1000,
        "whole_us": layers.whole_ns / 1000,
        "sum_to_whole": _finite(layers.sum_to_whole),
        "fixed_cost_us": fixed.total_ns / 1000,
        "fixed_cost_share": fixed.share,
        "layers": [_entry_json(layers, entry) for entry in layers.entries],
    }


def _entry_json(layers: BackendLayers, entry: LayerEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "first": entry.first,
        "last": entry.last,
        "output_shape": list(entry.output_shape),
        "multiply_adds": entry.multiply_adds,
        "compute_us": entry.compute_ns / 1000,
        "p10_us": entry.p10_ns / 1000,
        "p90_us": entry.p90_ns / 1000,
        "share": entry.share,
        "of_peak": layers.of_peak(entry.multiply_adds, entry.compute_ns),
        **_difference_json(entry.difference),
    }


def _difference_json(difference: Difference | None) -> dict[str, Any]:
    if difference is None:
        return dict.fromkeys(("sqnr_db", "identical", "largest_difference", "mean_difference"))
    return {
        "sqnr_db": _finite(difference.sqnr_db),
        "identical": difference.is_identical,
        "largest_difference": _finite(difference.largest),
        "mean_difference": _finite(difference.mean),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
