"""Exported files of the bundled networks in their own runtimes against this program's PyTorch runners."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy import test_digits
from benchmarks.figures import Figure, NotMeasured, Setup, at_least, at_most
from mnist_bench.bench.exporting import ExportFormat, export_network
from mnist_bench.engines.models import load_network
from mnist_bench.network.bundled import bundled_names
from mnist_bench.network.network import PRECISIONS, Network, Precision

Values = npt.NDArray[Any]
_FURTHEST = 1e-4  # fp32, of the largest logit
_WITHIN_A_STEP = 99.9  # int8, percent of the logits


def measure(setup: Setup) -> Iterator[Figure]:
    """For each format and precision: how far logits are apart, and how many digits are read otherwise."""
    try:
        from tests.formats import own_runtimes
    except ImportError as error:
        raise NotMeasured(f"A runtime is not installed: {error}.") from error
    images = test_digits(setup).images[: setup.times(10_000, 200)]
    for name in bundled_names():
        network = load_network(name)
        for precision in PRECISIONS:
            expected = own_runtimes.by_this_program(network, precision, images)
            for export_format in ExportFormat:
                if (export_format, precision) == (ExportFormat.PT2, Precision.INT8):
                    continue  # torch.export has no quantized tensors
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / f"{name}{export_format.suffix}"
                    export_network(network, export_format, precision, path)
                    found = own_runtimes.by_its_own_runtime(path, images)
                title = f"{name}: {export_format.in_words} {precision}"
                yield from _figures(title, network, precision, found, expected)


def _figures(title: str, network: Network, precision: Precision, found: Values, expected: Values) -> Iterator[Figure]:
    from tests.formats.own_runtimes import logit_scale, steps_apart

    rows = np.arange(len(expected))
    behind = expected.max(axis=1) - expected[rows, found.argmax(axis=1)]
    equal = int((found.argmax(axis=1) == expected.argmax(axis=1)).sum())
    detail = f"{equal:,} of {len(expected):,} digits equal"
    if precision is Precision.FP32:
        largest = float(np.abs(expected).max())
        apart, tie = float(np.abs(found - expected).max()) / largest, 2 * _FURTHEST * largest
        yield Figure(f"{title}, furthest logit", 1e6 * apart, "millionths", at_most(1e6 * _FURTHEST), detail)
    else:
        steps, tie = steps_apart(found, expected, logit_scale(network)), 1.5 * logit_scale(network)
        share = 100 * float((steps <= 1).mean())
        detail += f"; furthest {steps.max():.0f} steps, {100 * float((steps == 0).mean()):.3f} % equal"
        yield Figure(f"{title}, within a step", share, "%", at_least(_WITHIN_A_STEP), detail)
    yield Figure(f"{title}, other digits but for ties", int((behind > tie).sum()), "digits", at_most(0))
