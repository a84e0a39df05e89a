"""A network: a graph of operators from 28 x 28 pixels to ten logits, in floats and, once quantized, in int8."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.activations import Relu
from mnist_bench.network.operators.joining import Add
from mnist_bench.network.operators.operator import Operator, Quantizations
from mnist_bench.network.operators.reshaping import Softmax
from mnist_bench.network.operators.weighted import MAX_PARAMETERS, Weighted
from mnist_bench.network.original import OriginalFile
from mnist_bench.network.quantization import INPUT_QUANTIZATION

Inputs = tuple[tuple[int, ...], ...]

INPUT_SHAPE: Shape = (1, 28, 28)
CLASSES = 10
"""Logits of an image."""

MAX_NAME = 100
MAX_OPERATORS = 128
"""Operators of a network."""
MAX_ACTIVATIONS = 4_000_000
"""Values that one operator puts out."""
MAX_MULTIPLY_ADDS = 4_000_000_000
"""Multiply-adds of a network for one image (see VALUE_WORK)."""


class Precision(StrEnum):
    """The numbers a network is executed in."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"
    ORIGINAL = "original"
    """Whatever the file that the network was imported from computes in."""

    @property
    def is_reduced(self) -> bool:
        """Whether it is an approximation of fp32, so that its answers are compared with fp32's."""
        return self not in (Precision.FP32, Precision.ORIGINAL)


PRECISIONS = (Precision.FP32, Precision.INT8)
"""Those that a network has parameters of its own for."""

HALF_PRECISIONS = (Precision.FP16, Precision.BF16)
"""Those that a network's fp32 parameters are rounded to."""

ON_STREAM = (*PRECISIONS, *HALF_PRECISIONS)
"""What a network's operators run in; on the stream, their places are their numbers."""


@dataclass(frozen=True, slots=True)
class FloatFormat:
    """A format of floating-point numbers: the bytes of one, and the largest finite one."""

    size: int
    largest: float


FLOAT_FORMATS = {
    Precision.FP32: FloatFormat(4, (2 - 2**-23) * 2.0**127),
    Precision.FP16: FloatFormat(2, 65504.0),
    Precision.BF16: FloatFormat(2, (2 - 2**-7) * 2.0**127),
}
"""The precisions whose numbers are floats: IEEE 754's binary32 and binary16, and bfloat16."""


@dataclass(frozen=True)
class Network:
    """A graph of operators in the order of their execution.

    Value 0 is the image, float32 (1, 28, 28), pixel / 255; value i + 1 is the output of operator i. `inputs` has, for
    each operator, the values that it reads, all of them made before; without it the network is a chain.
    `activations` holds one quantization for each operator's output, or is None if the network is not quantized.

    Rules for a quantized network (QNNPACK's, docs/model-file.md): every conv2d and linear has quantized weights; relu,
    relu6, poolings, flatten and softmax keep their input's quantization; tanh and sigmoid have fixed ones; no sum can
    leave 32 bits.

    `original` is the file that the network was imported from, where an engine can run that as it is. A file that cannot
    be imported has no operators, and its original alone.

    Raises NetworkError where the operators do not fit together or are larger than this program runs.
    """

    name: str
    operators: tuple[Operator, ...]
    activations: Quantizations | None = None
    inputs: Inputs = ()
    original: OriginalFile | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME or not self.name.isprintable():
            raise NetworkError("A network's name is empty, too long or not printable.")
        if self.original is not None and not self.has_operators:
            if self.activations is not None or self.inputs:
                raise NetworkError("A network without operators has inputs or quantizations of operators.")
            return
        if not 1 <= len(self.operators) <= MAX_OPERATORS:
            raise NetworkError(f"A network must have 1 to {MAX_OPERATORS} operators, not {len(self.operators)}.")
        if not self.inputs:
            object.__setattr__(self, "inputs", tuple((index,) for index in range(len(self.operators))))
        self._check_graph()
        if not self.logit_operators or self.output_shapes[-1] != (CLASSES,):
            raise NetworkError(f"A network must end in {CLASSES} values, one for each digit.")
        if self.parameter_count > MAX_PARAMETERS:
            raise NetworkError(f"The network has {self.parameter_count:,} parameters; {MAX_PARAMETERS:,} is the limit.")
        if self.work > MAX_MULTIPLY_ADDS:
            raise NetworkError(
                f"The network needs {self.work:,} multiply-adds for one image, poolings and activations counted; the "
                f"limit is {MAX_MULTIPLY_ADDS:,}."
            )
        if self.activations is not None:
            self._check_quantization(self.activations)

    @property
    def has_operators(self) -> bool:
        """Whether this program's own engines can run it: a file that could not be imported has its original alone."""
        return bool(self.operators)

    @property
    def is_quantized(self) -> bool:
        """Whether the network can run in int8 too."""
        return self.activations is not None

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Those of PRECISIONS that it has parameters for."""
        able = {Precision.FP32: self.has_operators, Precision.INT8: self.is_quantized}
        return tuple(precision for precision in PRECISIONS if able[precision])

    @property
    def logit_operators(self) -> tuple[Operator, ...]:
        """The operators up to the logits: without the softmax, which the near end computes."""
        is_last = self.has_operators and isinstance(self.operators[-1], Softmax)
        return self.operators[:-1] if is_last else self.operators

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each value, the operators that read it."""
        readers: list[list[int]] = [[] for _ in range(len(self.operators) + 1)]
        for index, values in enumerate(self.inputs):
            for value in values:
                readers[value].append(index)
        return tuple(map(tuple, readers))

    def can_fuse(self, index: int) -> bool:
        """Whether the operator at `index` may be executed as one with the one before it, which nobody else reads."""
        return index > 0 and self.inputs[index] == (index,) and self.readers[index] == (index,)

    def has_fused_relu(self, index: int) -> bool:
        """Whether QNNPACK runs the operator at `index` and the next one, its ReLU, as one."""
        return (
            index + 1 < len(self.operators)
            and isinstance(self.operators[index], Weighted | Add)
            and isinstance(self.operators[index + 1], Relu)
            and self.can_fuse(index + 1)
        )

    @cached_property
    def input_shapes(self) -> tuple[tuple[Shape, ...], ...]:
        """The shapes of the values that each operator reads."""
        values = (INPUT_SHAPE, *self.output_shapes)
        return tuple(tuple(values[value] for value in read) for read in self.inputs)

    @cached_property
    def output_shapes(self) -> tuple[Shape, ...]:
        """The shape behind each operator."""
        shapes: list[Shape] = [INPUT_SHAPE]
        for operator, read in zip(self.operators, self.inputs, strict=True):
            shape = operator.output_shape(*(shapes[value] for value in read))
            size = math.prod(shape)
            if size > MAX_ACTIVATIONS:
                raise NetworkError(f"An operator puts out {size:,} values; the limit is {MAX_ACTIVATIONS:,}.")
            shapes.append(shape)
        return tuple(shapes[1:])

    @cached_property
    def parameter_count(self) -> int:
        """Weights and biases."""
        return sum(operator.parameter_count for operator in self.operators)

    @cached_property
    def largest_parameter(self) -> float:
        """The largest magnitude among its parameters."""
        arrays = (array for operator in self.operators for array in operator.parameters)
        return max((float(np.abs(array).max(initial=0)) for array in arrays), default=0.0)

    @cached_property
    def multiply_adds(self) -> int:
        """Multiplications for one image."""
        pairs = zip(self.operators, self.input_shapes, strict=True)
        return sum(operator.multiply_adds(*shapes) for operator, shapes in pairs)

    @cached_property
    def work(self) -> int:
        """What one image counts as in MAX_MULTIPLY_ADDS."""
        pairs = zip(self.operators, self.input_shapes, strict=True)
        return sum(operator.work(*shapes) for operator, shapes in pairs)

    def read_quantizations(self, index: int) -> Quantizations:
        """Those of the values that the operator at `index` reads; for a quantized network."""
        own = self.activations or ()
        return tuple(own[value - 1] if value else INPUT_QUANTIZATION for value in self.inputs[index])

    def _check_graph(self) -> None:
        if len(self.inputs) != len(self.operators):
            raise NetworkError(f"{len(self.operators)} operators have {len(self.inputs)} lists of inputs.")
        for index, (operator, read) in enumerate(zip(self.operators, self.inputs, strict=True)):
            fewest, most = operator.arity
            if not fewest <= len(read) <= most:
                raise NetworkError(f"Operator {index} ({operator.kind}) cannot read {len(read)} values.")
            if not all(0 <= value <= index for value in read):
                raise NetworkError(f"Operator {index} ({operator.kind}) reads a value that is not there yet.")
        if any(isinstance(operator, Softmax) for operator in self.operators[:-1]):
            raise NetworkError("A softmax can only be the last operator of a network.")
        for value, readers in enumerate(self.readers[:-1]):
            if not readers:
                what = f"of operator {value - 1} ({self.operators[value - 1].kind})" if value else "that is the image"
                raise NetworkError(f"Nothing reads the value {what}.")

    def _check_quantization(self, activations: Quantizations) -> None:
        if len(activations) != len(self.operators):
            raise NetworkError(f"{len(self.operators)} operators have {len(activations)} activation quantizations.")
        for index, (operator, own) in enumerate(zip(self.operators, activations, strict=True)):
            try:
                operator.check_quantization(own, self.read_quantizations(index))
            except NetworkError as error:
                raise NetworkError(f"Operator {index} ({operator.kind}): {error.message}") from error
