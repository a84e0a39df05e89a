"""Builds a ForeignGraph node by node: what the readers of ONNX and of TFLite share.

Readers work with a file's own shapes, the batch as 1 in front; what comes out is for one image, without it. Where a
file drops the batch (a squeeze), its axes are those of the image already. Since the batch is 1, both stand for the same
values in the same order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    ARGMAX_LEFT_OUT,
    Affine,
    ForeignGraph,
    ForeignNode,
    ForeignOperator,
    Identity,
    LogSoftmax,
    Reshape,
    Transpose,
    Unsupported,
)
from mnist_bench.formats.pixel_scale import scale_of_bytes, scale_of_front
from mnist_bench.formats.quantized_values import QuantizedConstant
from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import Flatten, MaxPool2d, Relu, Relu6, Sigmoid, Softmax
from mnist_bench.network.network import MAX_ACTIVATIONS
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.weighted import MAX_PARAMETERS, Weighted
from mnist_bench.network.quantization import ActivationQuantization

Array = npt.NDArray[Any]

CLASSES = 10
_IMAGE_SIZES = tuple(channels * side * side for channels in (1, 3) for side in (28, 32))
"""Of one image: an input with so many values has no batch in front."""
MAX_NODES = 5_000
"""Of a file; a network has far fewer."""


_SAME_QUANTIZATION = (Flatten, Identity, MaxPool2d, Relu, Relu6, Reshape, Transpose)
_POSITIVE = (Relu, Relu6, Sigmoid, Softmax)


class NotSupported(Exception):
    """An operator is of a kind that is read, but not set up like this; `why` says how, in words that follow it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def without_batch(shape: Shape) -> Shape:
    """The shape of one image."""
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def damaged(what: str) -> FormatError:
    """The error for a file whose parts contradict each other."""
    return FormatError(f"The file is damaged: {what}.", advice="Export it again, or get another copy of it.")


def _in_float(node: ForeignNode) -> ForeignNode:
    """Without int8 weights, which a file may have where it computes in float32 (dynamic quantization)."""
    operator = node.operator
    if isinstance(operator, Weighted) and operator.quantized is not None:
        return replace(node, operator=replace(operator, quantized=None))
    return node


def _parameters(operator: Operator | ForeignOperator) -> int:
    """How many numbers it keeps."""
    match operator:
        case Operator():
            return operator.parameter_count
        case Affine():
            return operator.scale.size + operator.offset.size
        case _:
            return 0


class GraphBuilder:
    """Values have two names: the file's, and the graph's; `bind` joins them.

    Attributes:
        input: the graph's name of the image.
        constants: by the file's names.
        quantizations: of activations, by the graph's names.
        quantized_constants: of `constants` those that are whole numbers in the file.
        takes_bytes: whether the image's values are whole numbers, in the file's own types.
        learned: values behind a batch norm, whose factors are not those of a normalisation written by hand.
        class_of: the values of which others are the class alone (an argmax).
        place: where the node that is being read stands in the file.
    """

    def __init__(self, format_name: str, name: str, input_name: str, input_shape: Shape) -> None:
        self.constants: dict[str, Array] = {}
        self.quantizations: dict[str, ActivationQuantization] = {}
        self.quantized_constants: dict[str, QuantizedConstant] = {}
        self.takes_bytes = False
        self.learned: set[str] = set()
        self.class_of: dict[str, str] = {}
        self.place = ""
        has_batch = len(input_shape) > 1 and (input_shape[0] == 1 or prod(input_shape) not in _IMAGE_SIZES)
        self.batch = max(1, input_shape[0]) if has_batch else 1
        shape = (1, *input_shape[1:]) if has_batch else input_shape
        self._format, self._name, self.input = format_name, name, input_name
        self._input_shape = without_batch(shape)
        self._shapes: dict[str, Shape | None] = {input_name: shape}
        self._names = {input_name: input_name}
        self._nodes: list[ForeignNode] = []
        self._notes: list[str] = []
        self._parameters = 0
        self._stands_for: dict[str, str] = {}
        self._positive = {input_name}

    # Values

    def value(self, name: str) -> str:
        """The graph's name of what the file calls `name`; FormatError if nothing has put it out yet."""
        if name not in self._names:
            raise damaged(f"{self.place} reads {name!r}, which no operator in front of it puts out")
        return self._names[name]

    def is_known(self, name: str) -> bool:
        """Whether the shape of the file's value is known; it is not behind what is unsupported."""
        return self._shapes[self.value(name)] is not None

    def shape(self, value: str) -> Shape:
        """The shape of the graph's value, the batch in front."""
        shape = self._shapes[value]
        if shape is None:
            raise NotSupported("behind an operator that cannot be imported")
        return shape

    def image(self, value: str) -> Shape:
        """The shape of the graph's value for one image."""
        return without_batch(self.shape(value))

    def quantized(self, value: str, quantization: ActivationQuantization | None) -> None:
        """Say how the file quantizes the graph's value; the first one counts."""
        if quantization is not None:
            self.quantizations.setdefault(self.resolved(value), quantization)

    def is_positive(self, value: str) -> bool:
        """Whether the graph's value is known to have no number below zero."""
        return self.resolved(value) in self._positive

    def maker(self, value: str) -> ForeignNode | None:
        """The node that puts out the graph's value; None for the image."""
        return next((node for node in reversed(self._nodes) if node.output == self.resolved(value)), None)

    def note(self, sentence: str) -> None:
        """Tell people once."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    # Reading one node of the file

    def read_node(
        self, place: str, what: str, read: Callable[[], str] | None, inputs: Sequence[str], outputs: Sequence[str]
    ) -> None:
        """Add what `read` makes of a node that the file calls `what`, and bind its first output to it.

        Without `read`, or where it raises NotSupported or NetworkError, the node becomes an Unsupported. `inputs` and
        `outputs` are the file's names.

        Raises:
            FormatError: the file is damaged.
        """
        self.place = place
        if read is None:  # such as an LSTM, which reads values of its own past
            inputs = [name for name in inputs if name in self._names]
        sources = tuple(self.value(name) for name in inputs if name not in self.constants)
        unknown = tuple(source for source in sources if self._shapes[source] is None)
        if read is not None and unknown:
            result = self.append(Identity(what), unknown[:1], None)  # the graph is refused for what stands in front
        else:
            result = self._result(what, read, sources)
        self._bind(outputs[0], result)
        for name in outputs[1:]:
            self._names[name] = self.append(Unsupported(what, "more than its first output is read"), sources, None)

    def _result(self, what: str, read: Callable[[], str] | None, sources: tuple[str, ...]) -> str:
        if read is None:
            return self.append(Unsupported(what), sources, None)
        try:
            with np.errstate(all="ignore"):  # numbers that are not finite are refused where they end up
                return read()
        except FormatError:
            raise
        except NotSupported as refusal:
            return self.append(Unsupported(what, refusal.why), sources, None)
        except NetworkError as error:
            return self.append(Unsupported(what, error.message), sources, None)
        except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
            raise damaged(f"{self.place} ({what}) does not fit what it reads") from error

    def _bind(self, name: str, value: str) -> None:
        """Call the graph's value `name` in the file; a node just added takes this name."""
        old = self.resolved(value)
        bound = (self.resolved(one) for one in self._names.values())
        if name not in self._shapes and self._nodes and self._nodes[-1].output == old and old not in bound:
            self._nodes[-1] = replace(self._nodes[-1], output=name)
            self._shapes[name] = self._shapes[old]
            self._stands_for[old] = name
            if value != old:
                self._stands_for[value] = name
            if old in self.quantizations:
                self.quantizations[name] = self.quantizations.pop(old)
            if old in self._positive:
                self._positive.add(name)
        self._names[name] = value

    def append(self, operator: Operator | ForeignOperator, inputs: tuple[str, ...], shape: Shape | None) -> str:
        """A node that reads `inputs`, of the graph, and puts out a new value of `shape`, the batch in front.

        Raises:
            NotSupported: the value is larger than any of a network.
            FormatError: the file has too many operators or weights, so that a small file cannot take much memory.
        """
        if len(self._nodes) >= MAX_NODES:
            raise FormatError(f"The file has more than {MAX_NODES:,} operators.")
        if shape is not None and prod(shape) > MAX_ACTIVATIONS:
            raise NotSupported(f"that puts out more than {MAX_ACTIVATIONS:,} values")
        self._parameters += _parameters(operator)
        if self._parameters > MAX_PARAMETERS:
            raise FormatError(f"The file has more than {MAX_PARAMETERS:,} weights.")
        output = self._new_name(shape)
        sources = tuple(map(self.resolved, inputs))
        self._nodes.append(ForeignNode(self.place, operator, sources, output))
        if isinstance(operator, _POSITIVE) or (
            isinstance(operator, _SAME_QUANTIZATION) and self._positive.issuperset(sources)
        ):
            self._positive.add(output)
        return output

    def renamed_shape(self, value: str, shape: Shape) -> str:
        """The same value under a new name, with another shape here but the same for one image."""
        name = self._new_name(shape)
        self._stands_for[name] = self.resolved(value)
        return name

    def resolved(self, value: str) -> str:
        """The name that nodes use for a value of the graph."""
        return self._stands_for.get(value, value)

    def _new_name(self, shape: Shape | None) -> str:
        name = f"{self.place} #{len(self._shapes)}"
        while name in self._shapes:
            name += "'"
        self._shapes[name] = shape
        return name

    # The end

    def finish(self, outputs: Sequence[str]) -> ForeignGraph:
        """The graph that leads to the logits among `outputs`, the file's names.

        Raises:
            FormatError: there is no output.
        """
        if not outputs:
            raise damaged("it has no output")
        output = self.resolved(self._choose([self.value(name) for name in outputs]))
        if len(outputs) > 1:
            self.note(f"The file has {len(outputs)} outputs; {output!r} is used.")
        nodes = self._leading_to(output)
        quantizations = self._quantizations(nodes)
        return ForeignGraph(
            format=self._format,
            name=self._name,
            input=self.input,
            input_shape=self._input_shape,
            nodes=tuple(node if node.output in quantizations else _in_float(node) for node in nodes),
            output=output,
            pixel_scale=self._pixel_scale(nodes),
            notes=tuple(self._notes),
            quantizations=quantizations,
        )

    def _quantizations(self, nodes: tuple[ForeignNode, ...]) -> dict[str, ActivationQuantization]:
        """Of the values that nodes read and put out, but for the answer's softmax, which is not run in int8.

        What only arranges values or takes the larger of them leaves their quantization as it is, so one says it for
        both sides.
        """
        known = {name: self.quantizations[name] for name in (self.input,) if name in self.quantizations}
        for node in nodes:
            if node.output in self.quantizations and not isinstance(node.operator, Softmax | LogSoftmax):
                known[node.output] = self.quantizations[node.output]
        steps = [(node.inputs[0], node.output) for node in nodes if isinstance(node.operator, _SAME_QUANTIZATION)]
        for one, other in (*steps, *((after, before) for before, after in reversed(steps))):
            if one in known:
                known.setdefault(other, known[one])
        return known

    def _pixel_scale(self, nodes: tuple[ForeignNode, ...]) -> float | None:
        if self.input in self.quantizations:
            return scale_of_bytes(self.quantizations[self.input])
        return (
            1.0
            if self.takes_bytes
            else scale_of_front(nodes, self.input, {self.resolved(value) for value in self.learned})
        )

    def _choose(self, values: list[str]) -> str:
        """Of the outputs, the one that has a logit for each class; a softmax only where there is no other."""
        by_output = {node.output: node.operator for node in self._nodes}
        scored = [value for value in values if self._is_score(value)]
        if not scored and values[0] in self.class_of:
            self.note(ARGMAX_LEFT_OUT)
            return self.class_of[values[0]]
        logits = [
            value for value in scored if not isinstance(by_output.get(self.resolved(value)), Softmax | LogSoftmax)
        ]
        return (logits or scored or values)[0]

    def _is_score(self, value: str) -> bool:
        shape = self._shapes[value]
        return shape is not None and prod(shape) == CLASSES

    def _leading_to(self, output: str) -> tuple[ForeignNode, ...]:
        needed, kept = {output}, []
        for node in reversed(self._nodes):
            if node.output in needed:
                needed.update(node.inputs)
                kept.append(node)
        return tuple(reversed(kept))
