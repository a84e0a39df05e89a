"""Functions of TensorFlow and Keras 3 that a Keras model calls beside its layers: arithmetic, activations, shapes."""

from collections.abc import Callable, Mapping

import numpy as np

from mnist_bench.formats import composing
from mnist_bench.formats.building import NotSupported
from mnist_bench.formats.foreign import Identity
from mnist_bench.formats.keras_use import Use
from mnist_bench.network.layers import Relu, Relu6, Sigmoid, Tanh
from mnist_bench.network.operators.operator import Operator

Reader = Callable[[Use], str]


def _with_number(use: Use, scale: float, offset: float) -> str:
    (value,) = use.values
    return composing.affine(use.graph, value, np.array(scale), np.array(offset))


def _add(use: Use) -> str:
    """A sum of values and numbers, as a layer or as a function."""
    numbers = [argument for argument in use.arguments if isinstance(argument, float)]
    total, *others = use.values
    for value in others:
        total = composing.add(use.graph, total, value)
    return composing.affine(use.graph, total, np.array(1.0), np.array(sum(numbers))) if numbers else total


def _subtract(use: Use) -> str:
    match use.arguments:
        case (str(), float() as number):
            return _with_number(use, 1.0, -number)
        case (float() as number, str()):
            return _with_number(use, -1.0, number)
        case (str() as first, str() as second):
            negated = composing.affine(use.graph, second, np.array(-1.0), np.array(0.0))
            return composing.add(use.graph, first, negated)
    raise NotSupported("of two values that are computed")


def _average(use: Use) -> str:
    return composing.affine(use.graph, _add(use), np.array(1 / len(use.values)), np.array(0.0))


def _multiply(use: Use) -> str:
    match use.arguments:
        case (str(), float() as number) | (float() as number, str()):
            return _with_number(use, number, 0.0)
    raise NotSupported("of two values that are computed")


def _divide(use: Use) -> str:
    match use.arguments:
        case (str(), float() as number) if number != 0:
            return _with_number(use, 1 / number, 0.0)
    raise NotSupported("by a value that is computed")


def _operator(make: Callable[[], Operator]) -> Reader:
    return lambda use: composing.elementwise(use.graph, make(), use.value)


def _softmax(use: Use) -> str:
    return composing.softmax(use.graph, use.value, int(use.option("axis", default=-1)), log=False)


def _numbers(use: Use, setting: str) -> list[int]:
    """The whole numbers beside one value: in Keras 3 a setting, in TensorFlow arguments."""
    if len(use.values) != 1:
        raise NotSupported("by a value that is computed")
    given = use.option(setting, default=[argument for argument in use.arguments if isinstance(argument, float)])
    return [int(number) for number in (given if isinstance(given, list) else [given])]


def _expand_dims(use: Use) -> str:
    return composing.unsqueeze(use.graph, use.value, _numbers(use, "axis"))


def _reshape(use: Use) -> str:
    return composing.reshape(use.graph, use.value, _numbers(use, "newshape"))


def _names(function: str, *of_tensorflow: str) -> tuple[str, ...]:
    """What a function is called: by Keras 3 in .keras files and in .h5 files, and by TensorFlow."""
    return (f"ops.{function}", function, *(f"tf.{name}" for name in of_tensorflow))


FUNCTIONS: Mapping[str, Reader] = {
    **dict.fromkeys(_names("Add", "math.add", "__operators__.add"), _add),
    **dict.fromkeys(_names("Subtract", "math.subtract"), _subtract),
    "Average": _average,
    **dict.fromkeys(_names("Multiply", "math.multiply"), _multiply),
    **dict.fromkeys(_names("TrueDivide", "math.truediv"), _divide),
    **dict.fromkeys(_names("Divide", "math.divide"), _divide),
    **dict.fromkeys(_names("Relu", "nn.relu"), _operator(Relu)),
    **dict.fromkeys(_names("Relu6", "nn.relu6"), _operator(Relu6)),
    **dict.fromkeys(_names("Tanh", "math.tanh"), _operator(Tanh)),
    **dict.fromkeys(_names("Sigmoid", "math.sigmoid"), _operator(Sigmoid)),
    **dict.fromkeys(_names("Softmax", "nn.softmax"), _softmax),
    **dict.fromkeys(_names("ExpandDims", "expand_dims"), _expand_dims),
    **dict.fromkeys(("ops.Reshape", "tf.reshape"), _reshape),  # "Reshape" alone is the layer
    **dict.fromkeys(_names("Cast", "cast"), lambda use: composing.elementwise(use.graph, Identity("cast"), use.value)),
}
"""By their names, as keras_config gives them; the only ones that may read numbers beside values."""
