"""One operator of a TFLite graph while it is read: its tensors and options, asked for by what they must be."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from flatbuffers import number_types as types

from mnist_bench.base.text import one_line
from mnist_bench.formats.building import Array, GraphBuilder, NotSupported, damaged
from mnist_bench.formats.quantized_values import QuantizedConstant
from mnist_bench.formats.tflite_file import INT8, FileGraph, FileOperator, Tensor
from mnist_bench.network.quantization import QuantizedWeights


def tensor_name(file: FileGraph, index: int) -> str:
    """The name by which a builder knows a tensor of the file: names in files need not differ."""
    return f"{index}: {short_name(file.tensors[index])}"


def short_name(tensor: Tensor) -> str:
    """A tensor's name for people; a converter joins the names of all that it fused with semicolons."""
    return one_line(tensor.name.split(";")[0], 80)


class Node:
    """An operator of `file` while it is read into `graph`.

    Where a tensor or option is not of the kind that is asked for, FormatError is raised.
    """

    def __init__(self, file: FileGraph, operator: FileOperator, graph: GraphBuilder) -> None:
        self.file, self.operator, self.graph = file, operator, graph
        self.kind = operator.name

    @property
    def place(self) -> str:
        """Where it stands in the file: the name of what it puts out."""
        return short_name(self.output) or self.kind

    @property
    def output(self) -> Tensor:
        """The tensor that it writes first."""
        if not self.operator.outputs:
            raise damaged(f"an operator in it ({self.kind}) puts out nothing")
        return self.file.tensors[self.operator.outputs[0]]

    def option(self, field: int, kind: Any = types.Int32Flags, default: float = 0) -> Any:
        """A number of its options."""
        return default if self.operator.options is None else self.operator.options.number(field, kind, default)

    def options(self, field: int) -> tuple[int, ...]:
        """Whole numbers of its options."""
        table = self.operator.options
        return () if table is None else tuple(int(number) for number in table.numbers(field, np.int32))

    def given(self, index: int) -> bool:
        """Whether it reads this tensor."""
        return index < len(self.operator.inputs) and self.operator.inputs[index] >= 0

    def tensor(self, index: int) -> Tensor:
        """A tensor that it reads."""
        if not self.given(index):
            raise damaged(f"{self.place} ({self.kind}) has no input {index + 1}")
        return self.file.tensors[self.operator.inputs[index]]

    def name(self, index: int) -> str:
        """The name of a tensor that it reads."""
        self.tensor(index)
        return tensor_name(self.file, self.operator.inputs[index])

    def is_constant(self, index: int) -> bool:
        """Whether it reads a constant there: one of the file, or one that was computed."""
        return self.given(index) and (self.tensor(index).data.size > 0 or self.name(index) in self.graph.constants)

    def value(self, index: int) -> str:
        """The graph's name of what it reads there, which is computed from the image."""
        if self.is_constant(index):
            raise NotSupported("of a constant")
        return self.graph.value(self.name(index))

    def constant(self, index: int) -> Array:
        """What it reads there, which must be a constant: quantized weights in float32, whole numbers as they are."""
        if not self.is_constant(index):
            raise NotSupported("with weights or sizes that are computed from the image")
        if self.name(index) not in self.graph.constants:
            tensor = self.tensor(index)
            whole = tensor.is_integer and not tensor.scales.size
            self.graph.constants[self.name(index)] = tensor.stored() if whole else tensor.floats()
        return self.graph.constants[self.name(index)]

    def int8_weights(self, index: int, order: Sequence[int]) -> QuantizedWeights | None:
        """A weight as the whole numbers of the file, its axes in this order; None where it has no such form."""
        tensor = self.tensor(index)
        if tensor.type != INT8 or not tensor.scales.size:
            return None
        return QuantizedConstant(tensor.stored(), tensor.scales, tensor.zero_points, tensor.axis).as_weights(order)

    def integers(self, index: int) -> tuple[int, ...]:
        """Whole numbers that it reads there, which must be constant: sizes or axes."""
        return tuple(int(number) for number in self.constant(index).reshape(-1))
