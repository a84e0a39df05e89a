"""A network as a foreign file describes it: the product's operators, and others that passes rewrite (passes.py).

Shapes are those of one image, without a batch: what the file calls (N, 28, 28, 1) is (28, 28, 1) here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.quantization import ActivationQuantization


@dataclass(frozen=True, slots=True)
class Transpose:
    """Axes in another order: output axis i is input axis permutation[i]."""

    permutation: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reshape:
    """The same values in another shape; one axis may be -1, which takes what is left."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """x * scale + offset, both broadcast against the value's shape as NumPy does: batch norm, bias, normalisation."""

    scale: FloatArray
    offset: FloatArray


@dataclass(frozen=True, slots=True)
class Pad:
    """`value` around a value: for each of its axes how many before and behind."""

    padding: tuple[tuple[int, int], ...]
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What changes nothing when a network is used, such as "dropout" or "cast"."""

    what: str


@dataclass(frozen=True, slots=True)
class LogSoftmax:
    """The logarithm of the softmax over the last axis."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An operator that this program does not run: the file's own name of it and, where that helps, why."""

    what: str
    why: str = ""

    @classmethod
    def class_alone(cls, what: str) -> "Unsupported":
        """An argmax, in the file called `what`: it is left out where a file ends in it (ARGMAX_LEFT_OUT)."""
        return cls(what, "it puts out the class alone")


ARGMAX_LEFT_OUT = "The file ends in an argmax, which is left out: it would give the digit alone."

ForeignOperator = Transpose | Reshape | Affine | Pad | Identity | LogSoftmax | Unsupported


@dataclass(frozen=True, slots=True)
class ForeignNode:
    """An operator where it stands in a file.

    Attributes:
        name: where that is, in the file's own words, such as "sequential/conv2d_1".
        operator: one of the product's operators, or one that passes rewrite.
        inputs: names of the values that it reads.
        output: name of the value that it makes.
    """

    name: str
    operator: Operator | ForeignOperator
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class ForeignGraph:
    """All that a reader found in a file.

    Attributes:
        format: in words, such as "ONNX" or "PyTorch state dict".
        name: of the network: the file's own, or made of its path.
        input: name of the value that is the image.
        input_shape: of one image, as the file has it: (1, 28, 28), (28, 28, 1), (784,), (3, 32, 32), ...
        nodes: in the order of their execution.
        output: name of the value that the file puts out.
        pixel_scale: what one step of a pixel's byte is in the input's unit, where the file says so: 1 / 255 or 1.0.
        guessed: what had to be guessed, a sentence each; empty where the file holds its graph.
        notes: what a person should know, a sentence each.
        quantizations: how values are quantized in the file, by their names, where they are.
    """

    format: str
    name: str
    input: str
    input_shape: Shape
    nodes: tuple[ForeignNode, ...]
    output: str
    pixel_scale: float | None = None
    guessed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    quantizations: Mapping[str, ActivationQuantization] = field(default_factory=lambda: MappingProxyType({}))
