"""The activations: relu, relu6, leaky_relu, elu, prelu, tanh and sigmoid, each a function of one value."""

import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from mnist_bench.network.arrays import FloatArray, Shape, floats
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import Field, Operator, Quantizations, Tabled
from mnist_bench.network.quantization import SIGMOID_QUANTIZATION, TANH_QUANTIZATION, ActivationQuantization
from mnist_bench.network.tables import Table, make_table


@dataclass(frozen=True, slots=True)
class Relu(Operator):
    """max(x, 0)."""

    kind: ClassVar[str] = "relu"
    code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Relu6(Operator):
    """min(max(x, 0), 6)."""

    kind: ClassVar[str] = "relu6"
    code: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class Tanh(Operator):
    """The hyperbolic tangent."""

    kind: ClassVar[str] = "tanh"
    code: ClassVar[int] = 4

    def fixed_quantization(self, before: Quantizations) -> ActivationQuantization:  # noqa: ARG002
        """The one that QNNPACK has for every tanh."""
        return TANH_QUANTIZATION


@dataclass(frozen=True, slots=True)
class Sigmoid(Operator):
    """1 / (1 + exp(-x))."""

    kind: ClassVar[str] = "sigmoid"
    code: ClassVar[int] = 5

    def fixed_quantization(self, before: Quantizations) -> ActivationQuantization:  # noqa: ARG002
        """The one that QNNPACK has for every sigmoid."""
        return SIGMOID_QUANTIZATION


def _check_factor(operator: Operator, name: str) -> None:
    """Round the factor `name` to float32; NetworkError if it is not finite then."""
    value = getattr(operator, name)
    if not (math.isfinite(value) and abs(value) <= np.finfo(np.float32).max):
        raise NetworkError(f"The {name} {value!r} of a {operator.kind} is not a finite float32 number.")
    object.__setattr__(operator, name, float(np.float32(value)))


@dataclass(frozen=True, slots=True)
class LeakyRelu(Tabled):
    """x where x is positive, otherwise slope * x; `slope` is rounded to float32."""

    kind: ClassVar[str] = "leaky_relu"
    code: ClassVar[int] = 11
    body: ClassVar[str] = "f32: slope"
    fields: ClassVar[tuple[Field, ...]] = (Field("slope", is_float=True),)
    slope: float = 0.01

    def __post_init__(self) -> None:
        _check_factor(self, "slope")

    def tables(self, before: ActivationQuantization, after: ActivationQuantization) -> Table:
        """uint8 (1, 256): the output byte for each input byte."""
        return make_table(partial(_leaky, slope=self.slope), before, after)[np.newaxis]


@dataclass(frozen=True, slots=True)
class Elu(Tabled):
    """x where x is positive, otherwise alpha * (exp(x) - 1); `alpha` is rounded to float32."""

    kind: ClassVar[str] = "elu"
    code: ClassVar[int] = 12
    body: ClassVar[str] = "f32: alpha"
    fields: ClassVar[tuple[Field, ...]] = (Field("alpha", is_float=True),)
    alpha: float = 1.0

    def __post_init__(self) -> None:
        _check_factor(self, "alpha")

    def tables(self, before: ActivationQuantization, after: ActivationQuantization) -> Table:
        """uint8 (1, 256): the output byte for each input byte."""
        return make_table(partial(_elu, alpha=self.alpha), before, after)[np.newaxis]


@dataclass(frozen=True, slots=True, eq=False)
class Prelu(Tabled):
    """x where x is positive, otherwise slopes[channel] * x; slopes: float32 (channels,), or one for each feature."""

    kind: ClassVar[str] = "prelu"
    code: ClassVar[int] = 13
    body: ClassVar[str] = "u32: channels; f32 for each: its slope"
    slopes: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "slopes", floats(self.slopes, 1, "slopes"))

    def tables(self, before: ActivationQuantization, after: ActivationQuantization) -> Table:
        """uint8 (channels, 256): the output byte for each input byte."""
        return np.stack([make_table(partial(_leaky, slope=slope), before, after) for slope in self.slopes])

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape itself; NetworkError if it has another number of channels."""
        if shapes[0][0] != len(self.slopes):
            raise NetworkError(f"A prelu for {len(self.slopes)} channels is given {shapes[0][0]}.")
        return shapes[0]

    @property
    def parameters(self) -> tuple[FloatArray, ...]:
        """Its slopes."""
        return (self.slopes,)


def _leaky(values: FloatArray, slope: float) -> FloatArray:
    return np.where(values > 0, values, values * np.float32(slope))


def _elu(values: FloatArray, alpha: float) -> FloatArray:
    shrunk = np.expm1(np.minimum(values, 0).astype(np.float64)).astype(np.float32)
    return np.where(values > 0, values, np.float32(alpha) * shrunk)
