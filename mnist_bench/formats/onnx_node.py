"""One node of an ONNX graph: its attributes and inputs, asked for by what they must be."""

from collections.abc import Sequence

import onnx

from mnist_bench.base.text import one_line
from mnist_bench.formats.building import Array, GraphBuilder, NotSupported, damaged
from mnist_bench.network.quantization import QuantizedWeights


class Node:
    """A node while it is read into `graph`; `version` is the opset of its model.

    Where an attribute or input is not of the kind that is asked for, FormatError is raised.
    """

    def __init__(self, proto: onnx.NodeProto, graph: GraphBuilder, version: int) -> None:
        self.proto, self.graph, self.version = proto, graph, version
        self.kind = proto.op_type if proto.domain in ("", "ai.onnx") else f"{proto.domain}.{proto.op_type}"
        self.inputs: Sequence[str] = proto.input
        self._attributes = {attribute.name: attribute for attribute in proto.attribute}

    @property
    def place(self) -> str:
        """Where it stands in the file."""
        return one_line(self.proto.name or (self.proto.output[0] if self.proto.output else ""), 100) or self.kind

    def integer(self, name: str, default: int) -> int:
        """A whole number."""
        attribute = self._attribute(name, onnx.AttributeProto.INT)
        return default if attribute is None else attribute.i

    def number(self, name: str, default: float) -> float:
        """A real number."""
        attribute = self._attribute(name, onnx.AttributeProto.FLOAT)
        return default if attribute is None else attribute.f

    def text(self, name: str, default: str) -> str:
        """A word."""
        attribute = self._attribute(name, onnx.AttributeProto.STRING)
        return default if attribute is None else attribute.s.decode("ascii", "replace")

    def integers(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """Whole numbers."""
        attribute = self._attribute(name, onnx.AttributeProto.INTS)
        return tuple(default) if attribute is None else tuple(attribute.ints)

    def pair(self, name: str, default: tuple[int, int]) -> tuple[int, int]:
        """Two whole numbers, for height and width."""
        numbers = self.integers(name, default)
        if len(numbers) != 2:
            raise NotSupported(f"with {name} {list(numbers)}: not of an image")
        return numbers[0], numbers[1]

    def given(self, index: int) -> bool:
        """Whether it has this input; those at the end, and empty names, are left out."""
        return index < len(self.inputs) and bool(self.inputs[index])

    def is_constant(self, index: int) -> bool:
        """Whether this input is a constant."""
        return self.given(index) and self.inputs[index] in self.graph.constants

    def value(self, index: int) -> str:
        """The graph's name of this input, which is computed from the image."""
        if not self.given(index):
            raise damaged(f"{self.place} ({self.kind}) has no input {index + 1}")
        if self.is_constant(index):
            raise NotSupported("of a constant")
        return self.graph.value(self.inputs[index])

    def constant(self, index: int) -> Array:
        """The input, which must be a constant."""
        if not self.given(index):
            raise damaged(f"{self.place} ({self.kind}) has no input {index + 1}")
        if not self.is_constant(index):
            raise NotSupported("with weights or sizes that are computed from the image")
        return self.graph.constants[self.inputs[index]]

    def constant_or(self, index: int, default: Array) -> Array:
        """The input, a constant, or `default` where it is left out."""
        return self.constant(index) if self.given(index) else default

    def int8_weights(self, index: int, order: Sequence[int]) -> QuantizedWeights | None:
        """A weight as the whole numbers of the file, its axes in this order; None where it has no such form."""
        stored = self.graph.quantized_constants.get(self.inputs[index])
        return None if stored is None else stored.as_weights(order)

    def numbers(self, index: int) -> tuple[int, ...] | None:
        """Whole numbers that are this input, a constant; None where it is left out."""
        return tuple(int(number) for number in self.constant(index).reshape(-1)) if self.given(index) else None

    def axes(self, index: int) -> tuple[int, ...] | None:
        """Axes, which newer opsets have as an input and older ones as an attribute; None where there are none."""
        return self.integers("axes") if "axes" in self._attributes else self.numbers(index)

    def _attribute(self, name: str, kind: "onnx.AttributeProto.AttributeType") -> onnx.AttributeProto | None:
        attribute = self._attributes.get(name)
        if attribute is not None and attribute.type != kind:
            raise damaged(f"{self.place} ({self.kind}) has an attribute {name} of the wrong type")
        return attribute
