"""The calls in which a Keras model computes: models within models dissolved, in an order that can be run."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.keras_config import Argument, Layer, Model, Reference

INPUT = "input"
"""The value that the network reads."""

_Values = dict[tuple[str, int], tuple[str, ...]]
"""By a layer's name and the number of its call: the values that it puts out."""
_MAX_USES = 4_000
_DAMAGED = "The layers of the Keras model do not fit together."


@dataclass(frozen=True)
class Call:
    """A layer computing the value `output` from `inputs`: values by their names, and numbers."""

    layer: Layer
    inputs: tuple[str | float, ...]
    output: str


@dataclass
class _Found:
    """The calls so far; `uses` counts them and those of models, of which a small file may have very many."""

    calls: list[Call] = field(default_factory=list)
    uses: int = 0

    def count(self, more: int) -> None:
        self.uses += more
        if self.uses > _MAX_USES:
            raise FormatError("The Keras model has too many layers.", advice="Choose a smaller network.")


def calls_of(model: Model) -> tuple[list[Call], tuple[str, ...]]:
    """What a whole model computes, each call behind those that it reads, and the values that it puts out.

    Raises:
        FormatError: it has several inputs, or its layers do not fit together.
    """
    if len(model.inputs) > 1:
        raise FormatError(
            f"The network has {len(model.inputs)} inputs; this program has one, the digit.",
            advice="Choose a network that reads one image.",
        )
    found = _Found()
    outputs = _add_model(model, (INPUT,), found)
    return found.calls, outputs


def _add_model(model: Model, inputs: tuple[str, ...], found: _Found) -> tuple[str, ...]:
    """Add the calls of one use of a model that reads `inputs`; the values that it puts out."""
    if model.inputs:
        return _add_graph(model, inputs, found)
    values = inputs
    for layer in model.layers:
        if layer.kind != "InputLayer":
            values = _add_layer(layer, values, found)
    return values


def _add_layer(layer: Layer, inputs: Iterable[str | float], found: _Found) -> tuple[str, ...]:
    """Add one call of a layer; the values that it puts out."""
    inputs = tuple(inputs)
    found.count(1)
    if layer.model is not None:
        return _add_model(layer.model, tuple(value for value in inputs if isinstance(value, str)), found)
    output = f"{layer.place}:{len(found.calls)}"
    found.calls.append(Call(layer, inputs, output))
    return (output,)


def _add_graph(model: Model, inputs: tuple[str, ...], found: _Found) -> tuple[str, ...]:
    """The same for a functional model: its calls, each as soon as what it reads is there."""
    if len(inputs) != len(model.inputs):
        raise FormatError(_DAMAGED)
    first = _first_calls(model)
    values: _Values = {(read.layer, read.call): (value,) for read, value in zip(model.inputs, inputs, strict=True)}
    waiting = [
        (layer, number + first.get(layer.name, 0), arguments)
        for layer in model.layers
        for number, arguments in enumerate(layer.inbound)
        if layer.kind != "InputLayer"
    ]
    found.count(len(waiting))
    while waiting:
        still = []
        for layer, number, arguments in waiting:
            read = [_value(values, argument) for argument in arguments]
            if None in read:
                still.append((layer, number, arguments))
            else:
                values[layer.name, number] = _add_layer(layer, [one for one in read if one is not None], found)
        if len(still) == len(waiting):
            raise FormatError(_DAMAGED)
        waiting = still
    outputs = [_value(values, reference) for reference in model.outputs]
    if not outputs or None in outputs:
        raise FormatError(_DAMAGED)
    return tuple(str(one) for one in outputs)


def _value(values: _Values, argument: Argument) -> str | float | None:
    """A number, the name of a value that is there, or None where it is not there yet."""
    if not isinstance(argument, Reference):
        return argument
    there = values.get((argument.layer, argument.call))
    if there is None:
        return None
    if not 0 <= argument.output < len(there):
        raise FormatError(_DAMAGED)
    return there[argument.output]


def _first_calls(model: Model) -> dict[str, int]:
    """The number of the first call of each model within `model`: 1 where its making counts as a call of its own.

    Keras counts so for some of its versions and kinds of model; the numbers that are referred to tell.
    """
    last: dict[str, int] = {}
    arguments = [argument for layer in model.layers for call in layer.inbound for argument in call]
    for argument in (*arguments, *model.outputs):
        if isinstance(argument, Reference):
            last[argument.layer] = max(argument.call, last.get(argument.layer, 0))
    return {
        layer.name: 1
        for layer in model.layers
        if layer.model is not None and last.get(layer.name, 0) >= len(layer.inbound)
    }
