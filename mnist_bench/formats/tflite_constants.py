"""Computes the parts of a TFLite graph that depend on no image: weights stored as float16, and shapes."""

from math import prod

import numpy as np

from mnist_bench.formats.building import Array, NotSupported, damaged
from mnist_bench.formats.tflite_file import TYPES
from mnist_bench.formats.tflite_node import Node


def constant_of(node: Node) -> Array | None:
    """What an operator puts out that depends on no image; None where it depends on one or is not computed here.

    Raises:
        FormatError: it does not fit what it reads.
    """
    if node.kind == "SHAPE":
        return _shape(node)
    if not all(node.is_constant(index) for index in range(len(node.operator.inputs)) if node.given(index)):
        return None
    try:
        with np.errstate(all="ignore"):  # numbers that are not finite are refused where they end up
            return _computed(node)
    except (LookupError, NotSupported, OverflowError, TypeError, ValueError) as error:
        raise damaged(f"{node.place} ({node.kind}) does not fit its constants") from error


def _shape(node: Node) -> Array | None:
    """The shape of a constant, or of a value behind the image with a batch of one; None behind what is unsupported."""
    if node.is_constant(0):
        return np.array(node.constant(0).shape, np.int32)
    return np.array(node.graph.shape(node.value(0)), np.int32) if node.graph.is_known(node.name(0)) else None


def _computed(node: Node) -> Array | None:
    match node.kind:
        case "CAST":
            kind = TYPES.get(node.output.type)
            return None if kind is None else node.constant(0).astype(kind)
        case "DEQUANTIZE" | "QUANTIZE":
            return node.constant(0).astype(np.float32)
        case "PACK" if prod(node.constant(0).shape) == 1:
            return np.stack([node.constant(index).reshape(()) for index in range(len(node.operator.inputs))])
        case "REDUCE_PROD":
            return np.asarray(np.prod(node.constant(0)))
        case "RESHAPE":
            return node.constant(0).reshape(node.integers(1) if node.given(1) else node.options(0))
        case "STRIDED_SLICE":
            return _slice(node)
        case "TRANSPOSE":
            return node.constant(0).transpose(node.integers(1))
    return None


def _slice(node: Node) -> Array | None:
    """A part of a list. Bits of options 0 and 1 leave out where it begins and ends, of option 4 make it one number."""
    [begin], [end], [step] = (node.integers(index) for index in (1, 2, 3))
    values = node.constant(0)
    if values.ndim != 1 or node.option(2) or node.option(3):
        return None
    if node.option(4) & 1:
        return np.asarray(values[begin])
    return values[None if node.option(0) & 1 else begin : None if node.option(1) & 1 else end : step]
