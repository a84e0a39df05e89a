"""The pass that takes transposes and reshapes out of a graph: images become (channels, height, width) everywhere.

A file keeps images channels last, flattens them in its own order, repeats a gray image three times. Each value is
followed here as a place in the new graph (places.py). A transpose or a reshape then only changes indices; a linear
takes them into the columns of its weights, a convolution into the channels of its kernels.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    Affine,
    ForeignGraph,
    ForeignNode,
    ForeignOperator,
    Identity,
    LogSoftmax,
    Pad,
    Reshape,
    Transpose,
)
from mnist_bench.formats.places import Place, plain, selection
from mnist_bench.formats.rewriting import with_nodes
from mnist_bench.formats.shapes import shape_behind
from mnist_bench.network.layers import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    ResizeBilinear,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.quantization import QuantizedWeights

_NOTE = "The file keeps images channels last; they are now channels first, and the weights are in that order."


def follow_layout(graph: ForeignGraph) -> ForeignGraph:
    """The graph without Transpose, Reshape and Identity, with a flat output. Images must come in as (channels, height,
    width), or flat.

    Raises:
        FormatError: an operator reads values in an order that the product's operators cannot read.
    """
    layout = _Layout(graph)
    for node in graph.nodes:
        layout.add(node)
    output = layout.output(graph.output)
    transposed = any(isinstance(node.operator, Transpose) for node in graph.nodes)
    return replace(with_nodes(graph, layout.nodes, *([_NOTE] if transposed else [])), output=output)


class _Layout:
    """The new graph as it grows, and the places of the old one's values.

    Attributes:
        nodes: of the new graph.
    """

    def __init__(self, graph: ForeignGraph) -> None:
        self.nodes: list[ForeignNode] = []
        self._places = {graph.input: plain(graph.input, graph.input_shape)}
        self._rules: dict[type[Operator | ForeignOperator], Callable[..., Place]] = {
            Transpose: self._transpose,
            Reshape: self._reshape,
            Flatten: self._flatten,
            Identity: lambda _node, _operator, place: place,
            Conv2d: self._conv2d,
            Linear: self._linear,
            MaxPool2d: self._pool,
            AvgPool2d: self._pool,
            ResizeBilinear: self._pool,
            Add: self._add,
            Concat: self._concat,
            Affine: self._affine,
            Pad: self._pad,
            Prelu: self._prelu,
            LogSoftmax: self._last,
            Softmax: self._last,
            **dict.fromkeys((Relu, Relu6, LeakyRelu, Elu, Tanh, Sigmoid), self._elementwise),
        }

    def add(self, node: ForeignNode) -> None:
        """Take over one node."""
        rule = self._rules.get(type(node.operator))
        if rule is None:
            raise FormatError(f"{node.name}: this operator cannot be imported.")
        self._places[node.output] = rule(node, node.operator, *(self._places[value] for value in node.inputs))

    def output(self, value: str) -> str:
        """The name of the graph's output, flat and in its own order."""
        place = self._flat(self._places[value])
        if not place.is_plain:
            raise FormatError("The network's outputs are transposed at its end.")
        return place.stored

    # Nodes of the new graph.

    def _emit(self, node: ForeignNode, operator: Operator | ForeignOperator, *read: Place, output: str = "") -> Place:
        """The place of a new node's output; the node reads stored values whole."""
        made = ForeignNode(node.name, operator, tuple(place.stored for place in read), output or node.output)
        shape = shape_behind(made, *(place.shape for place in read))
        if made not in self.nodes:
            self.nodes.append(made)
        return plain(made.output, shape)

    def _flat(self, place: Place) -> Place:
        """The same place in the stored value flattened, by a node that is made once."""
        if len(place.shape) == 1:
            return place
        output = f"{place.stored}/flatten"
        node = ForeignNode(output, Flatten(), (place.stored,), output)
        return replace(self._emit(node, Flatten(), place), order=place.order)

    def _own_channels(self, node: ForeignNode, place: Place) -> Place:
        """An image whose channels are chosen from a stored one, as a stored value of its own: by a 1 x 1 convolution,
        unless it is that already.
        """
        axes = place.axes() or ()
        channels = self._channels(node, replace(place, order=place.order.transpose(axes or None)))
        if channels == list(range(place.shape[0])):
            return place
        weight = np.zeros((len(channels), place.shape[0], 1, 1), np.float32)
        weight[range(len(channels)), channels, 0, 0] = 1
        output = f"{node.output}/channels{len(self.nodes)}"
        made = self._emit(node, Conv2d(weight, np.zeros(len(channels), np.float32)), place, output=output)
        return replace(made, order=made.order.transpose(np.argsort(axes)))

    def _channels(self, node: ForeignNode, place: Place) -> list[int]:
        channels = place.channels()
        if channels is None:
            raise FormatError(
                f"{node.name}: it reads values of the shape {place.order.shape} that are not an image "
                "(channels, height, width) in the order in which they were made."
            )
        return channels

    # A rule for each operator: from the places that it reads to that of its output.

    def _transpose(self, node: ForeignNode, operator: Transpose, place: Place) -> Place:
        shape_behind(node, place.order.shape)
        return replace(place, order=place.order.transpose(operator.permutation))

    def _reshape(self, node: ForeignNode, _: Reshape, place: Place) -> Place:
        return replace(place, order=place.order.reshape(shape_behind(node, place.order.shape)))

    def _flatten(self, _node: ForeignNode, _: Flatten, place: Place) -> Place:
        return replace(place, order=place.flat_order)

    def _elementwise(self, node: ForeignNode, operator: Operator, place: Place) -> Place:
        return replace(self._emit(node, operator, place), order=place.order)

    def _last(self, node: ForeignNode, operator: Softmax | LogSoftmax, place: Place) -> Place:
        flat = self._flat(place)
        if isinstance(operator, LogSoftmax) and place.order.shape[-1] != place.order.size:
            raise FormatError(f"{node.name}: it works on values of the shape {place.order.shape}, not on one row.")
        return replace(self._emit(node, operator, flat), order=place.order)

    def _conv2d(self, node: ForeignNode, operator: Conv2d, place: Place) -> Place:
        shape_behind(node, place.order.shape)
        channels = self._channels(node, place)
        if channels == list(range(place.shape[0])):
            return self._emit(node, operator, place)
        if operator.groups > 1:
            return self._emit(node, operator, self._own_channels(node, place))
        weight = np.zeros((operator.weight.shape[0], place.shape[0], *operator.kernel), np.float32)
        for index, channel in enumerate(channels):
            weight[:, channel] += operator.weight[:, index]
        return self._emit(node, replace(operator, weight=weight, quantized=None), place)

    def _pool(self, node: ForeignNode, operator: MaxPool2d | AvgPool2d | ResizeBilinear, place: Place) -> Place:
        channels = self._channels(node, place)
        made = self._emit(node, operator, place)
        return selection(made.stored, made.shape, channels)

    def _linear(self, node: ForeignNode, operator: Linear, place: Place) -> Place:
        shape = shape_behind(node, place.order.shape)
        if place.order.size != place.order.shape[-1]:
            raise FormatError(f"{node.name}: it is applied to each row of the shape {place.order.shape} by itself.")
        flat = self._flat(place)
        made = self._emit(node, operator if place.is_plain else _reordered(operator, flat), flat)
        return plain(made.stored, made.shape, shape)

    def _prelu(self, node: ForeignNode, operator: Prelu, place: Place) -> Place:
        shape_behind(node, place.order.shape)
        each = operator.slopes.reshape(-1, *[1] * (place.order.ndim - 1))
        slopes = place.spread(each, 1)
        if slopes is None and place.axes() is not None:
            place = self._own_channels(node, place)
            slopes = place.spread(each, 1)
        if slopes is None or slopes.size != place.shape[0]:
            raise FormatError(f"{node.name}: it has other slopes than one for each channel.")
        return replace(self._emit(node, Prelu(slopes.reshape(-1)), place), order=place.order)

    def _affine(self, node: ForeignNode, operator: Affine, place: Place) -> Place:
        shape = shape_behind(node, place.order.shape)
        place = replace(place, order=np.broadcast_to(place.order, shape))
        scale, offset = place.spread(operator.scale, 1), place.spread(operator.offset, 0)
        if (scale is None or offset is None) and place.axes() is not None:
            place = self._own_channels(node, place)
            scale, offset = place.spread(operator.scale, 1), place.spread(operator.offset, 0)
        if scale is None or offset is None:
            raise FormatError(f"{node.name}: it changes a value that is repeated in another way each time.")
        return replace(self._emit(node, Affine(scale, offset), place), order=place.order)

    def _pad(self, node: ForeignNode, operator: Pad, place: Place) -> Place:
        shape_behind(node, place.order.shape)
        axes = place.axes()
        padding = operator.padding
        if axes is None or (len(axes) == 3 and any(padding[axes[0]])):
            raise FormatError(f"{node.name}: it pads other axes than height and width.")
        image = place.order.transpose(axes)
        channels = self._channels(node, replace(place, order=image if len(axes) == 3 else image[None]))
        made = self._emit(node, Pad(((0, 0), padding[axes[-2]], padding[axes[-1]]), operator.value), place)
        order = selection(made.stored, made.shape, channels).order
        order = order if len(axes) == 3 else order[0]
        return replace(made, order=order.transpose(np.argsort(axes)))

    def _add(self, node: ForeignNode, operator: Add, one: Place, other: Place) -> Place:
        shape = np.broadcast_shapes(one.order.shape, other.order.shape)
        places = [replace(place, order=np.broadcast_to(place.order, shape)) for place in (one, other)]
        if not _alike(*places):
            images = all(place.axes() is not None for place in places)
            places = [self._own_channels(node, place) if images else self._flat(place) for place in places]
        if not _alike(*places):
            raise FormatError(f"{node.name}: it adds values of different shapes or orders.")
        return replace(self._emit(node, operator, *places), order=places[0].order)

    def _concat(self, node: ForeignNode, operator: Concat, *places: Place) -> Place:
        shape_behind(node, *(place.order.shape for place in places))
        if len({place.stored for place in places}) == 1:  # the same image again, as channels
            return replace(places[0], order=np.concatenate([place.order for place in places]))
        if any(len(place.shape) != 3 or place.shape[1:] != places[0].shape[1:] for place in places):
            places = tuple(self._flat(place) for place in places)
        starts = np.cumsum([0, *(np.prod(place.shape) for place in places)])
        order = np.concatenate([place.order + start for place, start in zip(places, starts[:-1], strict=True)])
        return replace(self._emit(node, operator, *places), order=order)


def _alike(one: Place, other: Place) -> bool:
    """Whether values lie in one order in both."""
    return one.shape == other.shape and np.array_equal(one.order, other.order)


def _reordered(linear: Linear, place: Place) -> Linear:
    """The linear with its columns where its values lie in the stored value, which is flat."""

    def moved(columns: Any, kind: Any) -> Any:
        weight = np.zeros((len(columns), place.shape[0]), kind)
        np.add.at(weight.T, place.flat_order, columns.T)
        return weight

    quantized = linear.quantized
    if quantized is not None:
        once = len(np.unique(place.flat_order)) == place.order.size
        quantized = QuantizedWeights(moved(quantized.values, np.int8), quantized.scales) if once else None
    return Linear(moved(linear.weight, np.float32), linear.bias, quantized=quantized)
