"""Tells from the nodes in front of a network in which unit it takes its pixels."""

from collections.abc import Container, Sequence

import numpy as np

from mnist_bench.formats.foreign import Affine, ForeignNode, Identity, Reshape, Transpose
from mnist_bench.network.layers import ActivationQuantization, Flatten

BYTE = 1.0
"""Pixels from 0 to 255."""
UNIT = 1 / 255
"""Pixels from 0 to 1."""


def scale_of_front(nodes: Sequence[ForeignNode], value: str, learned: Container[str]) -> float | None:
    """One step of a pixel's byte in the unit of the input `value`, or None where no normalisation stands in front.

    A normalisation (a division by 255, a mean and a deviation) leaves pixels within a few units; from what range it
    does so tells what it is given. `learned` are values of which this does not hold: those behind a batch norm.
    """
    scale, found = 1.0, False
    while True:
        readers = [node for node in nodes if value in node.inputs]
        if len(readers) != 1 or readers[0].output in learned:
            break
        operator = readers[0].operator
        if isinstance(operator, Affine):
            scale, found = scale * float(np.abs(operator.scale).mean()), True
        elif not isinstance(operator, Flatten | Identity | Reshape | Transpose):
            break
        value = readers[0].output
    if not found:
        return None
    fitting = [unit for unit in (BYTE, UNIT) if 0.5 < 255 * unit * scale < 8]
    return fitting[0] if fitting else None


def scale_of_bytes(quantization: ActivationQuantization) -> float | None:
    """The unit of pixels that the quantization of an image tells; None where black is not 0 in it.

    A scale that was measured on pictures is a little off 1 / 255; it is taken as that.
    """
    near = [unit for unit in (BYTE, UNIT) if abs(quantization.scale / unit - 1) < 0.02]
    return near[0] if near and not quantization.zero_point else None
