"""Calls PyTorch's operators by name, as TorchScript's code and exported programs do."""

from collections.abc import Mapping, Sequence
from typing import Any

from mnist_bench.formats import torch_activations, torch_arithmetic, torch_shapes
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_graph import GraphBuilder, Value
from mnist_bench.formats.torch_operators import OPERATORS

__all__ = [
    "call",
    "torch_activations",
    "torch_arithmetic",
    "torch_shapes",
]  # these enter their operators by being imported

_SAME_SHAPE = {
    *("gelu", "silu", "mish", "hardswish", "hardsigmoid", "softplus", "softsign", "hardshrink", "softshrink"),
    *("log_sigmoid", "layer_norm", "group_norm", "instance_norm", "rms_norm", "exp", "sqrt", "rsqrt", "abs"),
    *("sin", "cos", "pow", "square", "sign", "round", "floor"),
}
"""Operators that are not supported but whose output has the shape of their input, so that reading goes on behind."""
_UNKNOWN_FORM = "its arguments are of a form that is not known"


def call(graph: GraphBuilder, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What operator `name` ("relu", "prepacked::linear_clamp_run") gives; one that is not known enters as unsupported.

    Raises:
        ShapeMismatch: it does not take values of these shapes.
    """
    function = OPERATORS.get(name)
    inputs = [one for one in _flat(arguments, named) if isinstance(one, Value)]
    if function is None:
        return graph.unsupported(name, inputs, keeps_shape=name in _SAME_SHAPE)
    if not all(one.is_known for one in inputs):
        return graph.behind_unsupported(name, inputs)
    try:
        return function(graph, *arguments, **named)
    except FormatError:
        raise
    except (TypeError, AttributeError, ValueError, IndexError, KeyError, ZeroDivisionError):
        return graph.unsupported(name, inputs, why=_UNKNOWN_FORM)


def _flat(arguments: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """The arguments, and what lists among them hold."""
    several = (*arguments, *named.values())
    return [part for one in several for part in (one if isinstance(one, list | tuple) else [one])]
