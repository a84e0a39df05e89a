"""Puts the product's input in front of a foreign graph: 28 x 28 pixels / 255, whatever the file's own input is."""

from dataclasses import replace

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import Affine, ForeignGraph, ForeignNode, ForeignOperator, Pad, Reshape, Transpose
from mnist_bench.formats.rewriting import with_nodes
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import Concat, Operator, ResizeBilinear
from mnist_bench.network.network import INPUT_SHAPE
from mnist_bench.network.original import Fit

NORMALISATION = "the input's normalisation"
"""The name of the node that takes pixel / 255 to the file's own unit: an Affine that changes nothing at first."""

FITTING = "the input's size"
"""The name of the node that makes 32 x 32 pixels of a digit's 28 x 28, where the file asks for them: first a Pad."""

_PADDING = {28: 0, 32: 2}
"""By the sides that an input may have: how much a digit's 28 x 28 are padded to fill it."""


def read_pixels(graph: ForeignGraph) -> ForeignGraph:
    """The graph with an image (1, 28, 28), pixel / 255, as its input. In front stand what the file's input asks for:
    padding to 32 x 32, the normalisation, a gray image repeated as three channels, channels last, and its shape.

    Raises:
        FormatError: its input is no image of 28 x 28 or 32 x 32 pixels, gray or in three channels.
    """
    side, channels, channels_last = image_of(graph.input_shape)
    pad = _PADDING[side]
    pixels = f"{graph.input}/pixels"
    front: list[tuple[str, Operator | ForeignOperator]] = []
    if pad:
        front.append((FITTING, Pad(((0, 0), (pad, pad), (pad, pad)))))
    front.append((NORMALISATION, normalisation_operator(1, 0)))
    if channels > 1:
        front.append(("channels", Concat()))
    if channels_last:
        front.append(("channels last", Transpose((1, 2, 0))))
    front.append(("input", Reshape(graph.input_shape)))
    nodes, value = list[ForeignNode](), pixels
    for name, operator in front:
        output = graph.input if operator is front[-1][1] else f"{graph.input}/{name}"
        inputs = (value,) * (channels if isinstance(operator, Concat) else 1)
        nodes.append(ForeignNode(name, operator, inputs, output))
        value = output
    quantizations = dict(graph.quantizations)
    if graph.input in quantizations:
        quantizations[pixels] = quantizations[graph.input]
    notes = []
    if channels > 1:
        notes.append(f"It reads {channels} channels: each is the digit's gray image.")
    return replace(
        with_nodes(graph, (*nodes, *graph.nodes), *notes),
        input=pixels,
        input_shape=INPUT_SHAPE,
        quantizations=quantizations,
    )


def normalisation_operator(scale: float, offset: float) -> Affine:
    """The Affine that makes pixel / 255 * scale + offset of pixel / 255."""
    return Affine(np.full((1, 1, 1), scale, np.float32), np.full((1, 1, 1), offset, np.float32))


def with_normalisation(graph: ForeignGraph, scale: float, offset: float) -> ForeignGraph:
    """A graph behind `read_pixels` with this normalisation."""
    return _with_operator(graph, NORMALISATION, normalisation_operator(scale, offset))


def fit_of(graph: ForeignGraph) -> Fit:
    """How a graph behind `read_pixels` is given a digit."""
    fitting = next((node.operator for node in graph.nodes if node.name == FITTING), None)
    if fitting is None:
        return Fit.AS_THEY_ARE
    return Fit.ENLARGED if isinstance(fitting, ResizeBilinear) else Fit.CENTRED


def reads_32_pixels(graph: ForeignGraph) -> bool:
    """Whether a graph behind `read_pixels` reads 32 x 32 pixels."""
    return any(node.name == FITTING for node in graph.nodes)


def enlarged(graph: ForeignGraph) -> ForeignGraph:
    """A graph that reads 32 x 32 pixels with the digit enlarged to them, as PyTorch's Resize(32) does, not centred."""
    return _with_operator(graph, FITTING, ResizeBilinear((32, 32)))


def _with_operator(graph: ForeignGraph, name: str, operator: Operator | ForeignOperator) -> ForeignGraph:
    """The graph with another operator in the node of this name."""
    nodes = (replace(node, operator=operator) if node.name == name else node for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def image_of(shape: Shape) -> tuple[int, int, bool]:
    """The side of the image that an input of this shape is, its channels, and whether three of them come last.

    Raises FormatError where it is no image of 28 x 28 or 32 x 32 pixels, gray or in three channels.
    """
    sizes = tuple(size for size in shape if size != 1)
    for side in _PADDING:
        if sizes in ((side, side), (side * side,)):
            return side, 1, False
        if sizes in ((3, side, side), (side, side, 3)):
            return side, 3, sizes[-1] == 3
    raise FormatError(
        f"The network reads {' x '.join(map(str, shape)) or 'a single'} values.",
        advice="Open one that reads an image of 28 x 28 or 32 x 32 pixels, gray or with three channels.",
    )
