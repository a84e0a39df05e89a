"""What TorchScript's code computes with numbers, lists and types, by the names that it uses."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from mnist_bench.formats.torch_graph import ShapeMismatch, Value

_LARGEST = 1 << 62


def _of_constants(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` on constants; NotImplemented on values of the graph."""

    def compute(*arguments: Any) -> Any:
        return NotImplemented if any(isinstance(one, Value) for one in arguments) else function(*arguments)

    return compute


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` on whole numbers and fractions that stay within 64 bits; NotImplemented on anything else."""

    def compute(*arguments: Any) -> Any:
        if not all(isinstance(one, int | float) and abs(one) < _LARGEST for one in arguments):
            return NotImplemented
        return function(*arguments)

    return compute


def _raise(message: object = "", *_: Any) -> None:
    raise ShapeMismatch(f"The network's own code refuses such an image: {str(message)[:100]}")


def _nothing(*_: Any, **__: Any) -> None:
    """Warnings, and texts made for them, say nothing about the graph."""


def _length(value: Any) -> Any:
    return NotImplemented if isinstance(value, Value) else len(value)


def _append(values: list[Any], value: Any) -> list[Any]:
    values.append(value)
    return values


def _second(_: Any, value: Any) -> Any:
    return value


def _first(value: Any, *_: Any) -> Any:
    return value


def _list(values: Any) -> Any:
    return list(values) if isinstance(values, list | tuple) else NotImplemented


def _element(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list | tuple) else NotImplemented


def _whole(value: Any) -> int:
    return int(value.item() if isinstance(value, np.ndarray) else value)


def _fraction(value: Any) -> float:
    return float(value.item() if isinstance(value, np.ndarray) else value)


def _has_value(value: Any) -> bool:
    return value is not None


BUILTINS: dict[str, Callable[..., Any]] = {
    **{name: _of_constants(getattr(operator, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
    "__not__": _of_constants(operator.not_),
    "__and__": _of_constants(lambda one, two: one and two),
    "__or__": _of_constants(lambda one, two: one or two),
    "__contains__": _of_constants(lambda values, value: value in values),
    "__getitem__": _element,
    "len": _length,
    "append": _append,
    "list": _list,
    "range": range,
    "__range_length": lambda low, high, step: len(range(low, high, step)),
    "__derive_index": lambda index, start, step: start + index * step,
    "floordiv": _of_numbers(operator.floordiv),
    "remainder": _of_numbers(operator.mod),
    "prim::min": _of_numbers(min),
    "prim::max": _of_numbers(max),
    "int": _whole,
    "float": _fraction,
    "bool": _of_constants(bool),
    "Int": _whole,
    "IntImplicit": _whole,
    "FloatImplicit": _fraction,
    "ScalarImplicit": _first,
    "prim::NumToTensor": _first,
    "annotate": _second,
    "unchecked_cast": _second,
    "prim::unchecked_cast": _first,
    "uninitialized": _nothing,
    "isinstance": lambda value, _: _has_value(value),
    "format": _nothing,
    "warn": _nothing,
    "prim::RaiseException": _raise,
    "prim::dtype": lambda _: 6,  # float32 in torch's numbering
    "prim::device": lambda _: "cpu",
    "device": lambda *_: "cpu",
    "prim::is_cuda": lambda _: False,
    "prim::requires_grad": lambda _: False,
    "prim::is_quantized": lambda _: False,
    "is_floating_point": lambda _: True,
    "is_grad_enabled": lambda: False,
}
"""NotImplemented from one of them leaves the call to the operators of torch_calls.py."""
