"""Reads whole modules (torch.save(model)): which parts they have and how each is set up, but not how they are joined.

What a Sequential holds runs in its order, so that a module of nothing else is known. Any other class joins its parts in
code that is not in the file: first it is taken to run them as they were made, then it is guessed as a state dict is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count, pairwise
from math import prod
from typing import Any

import numpy as np

from mnist_bench.formats.arranging import Window
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, Unsupported
from mnist_bench.formats.guessing import Known, guess
from mnist_bench.formats.layers_found import Array, Layer, Norm, Slopes, joined, make_norm
from mnist_bench.formats.torch_calls import call
from mnist_bench.formats.torch_graph import INPUT_SHAPES, GraphBuilder, ShapeMismatch, Value
from mnist_bench.formats.torch_operators import pair
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_tensors import Tensor
from mnist_bench.formats.torch_weights import INT8, composed, unpacked
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import Add, AvgPool2d, MaxPool2d, Operator
from mnist_bench.network.operators.window import four_sides

FORMAT = "PyTorch module"
_DEEPEST = 20
_MOST_PARTS = 500
_ORDER = "The file does not say in which order its parts run; they are taken in the order in which they were made."
_QUANTIZED = ".quantized."
"""In the names of torch.ao.quantization's modules of layers."""
_FLATTENING = ("flatten", "view", "reshape")


@dataclass(frozen=True, slots=True)
class Part:
    """A module without modules of its own.

    Attributes:
        name: where it stands, such as "features.0".
        kind: its class, such as "Conv2d".
        settings: its attributes: kernel_size, stride, ...
        arrays: its parameters and buffers.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    arrays: Mapping[str, Array]


def is_module(value: object) -> bool:
    """Whether a record from a pickle is a module of PyTorch's."""
    return isinstance(value, Instance) and isinstance(value.attributes.get("_modules"), dict)


def read_module(module: Instance, name: str) -> list[ForeignGraph]:
    """Graphs that a saved module may be, the likeliest first; of a Sequential the one that it is.

    Raises:
        FormatError: it holds no network that this program can run.
    """
    try:
        graphs = _read(module, name)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FormatError("The module in the file lacks settings that its parts have: it is damaged.") from error
    notes = (INT8.format("dynamic"),) if _is_quantized(module, _DEEPEST) else ()
    return [replace(graph, notes=(*graph.notes, *notes)) for graph in graphs]


def _is_quantized(module: Instance, depth: int) -> bool:
    """Whether a part of it is of torch.ao.quantization."""
    inner = [one for one in _dict(module, "_modules").values() if isinstance(one, Instance)]
    return depth > 0 and (_QUANTIZED in module.kind.module or any(_is_quantized(one, depth - 1) for one in inner))


def _read(module: Instance, name: str) -> list[ForeignGraph]:
    parts = list(_parts(module, "", _DEEPEST, count(1)))
    if len(parts) > _MOST_PARTS:
        raise FormatError(f"The file holds a module of {len(parts)} parts, more than any network that can be read.")
    if _is_sequential(module, _DEEPEST):
        return [_in_order(parts, name, is_sure=True)]
    found: list[ForeignGraph] = []
    with suppress(ShapeMismatch):
        found = [_in_order(parts, name, is_sure=False)]
    if found and any(isinstance(node.operator, Unsupported) for node in found[0].nodes):
        return found
    is_complete = _has_activations(parts)
    try:
        guesses = guess(_layers(parts), FORMAT, name, _known(parts))
    except FormatError:
        if not found or not is_complete:  # the activations that its code calls would be missing
            raise
        return found
    if found and is_complete:  # code may still add what goes around some of the parts
        return [*found, *(one for one in guesses if any(isinstance(node.operator, Add) for node in one.nodes))]
    return [*guesses, *found]


def _parts(module: Instance, name: str, depth: int, visits: Iterator[int]) -> Iterator[Part]:
    """The parts in their order; `visits` counts modules: those in a few that hold each other twice would never end."""
    if depth == 0 or next(visits) > 2 * _MOST_PARTS:
        raise FormatError("The file nests modules too deeply, or holds too many.")
    inner = module.attributes["_modules"]
    if not isinstance(inner, dict):
        raise FormatError(f"The module {name!r} is not what PyTorch writes.")
    if _QUANTIZED in module.kind.module:
        yield _quantized(module, name)
        return
    if inner and module.kind.name not in ("MultiheadAttention", "TransformerEncoderLayer"):
        for key, one in inner.items():
            if isinstance(one, Instance) and is_module(one):
                yield from _parts(one, f"{name}.{key}" if name else str(key), depth - 1, visits)
    else:
        held = {**_dict(module, "_parameters"), **_dict(module, "_buffers")}
        arrays = {f".{key}": value.array() for key, value in held.items() if isinstance(value, Tensor)}
        plain = {key.removeprefix("."): array for key, array in composed(arrays).items()}
        yield Part(name, module.kind.name, module.attributes, plain)


def _quantized(module: Instance, name: str) -> Part:
    """A module of torch.ao.quantization: a dynamically quantized linear layer as the numbers that it stands for."""
    held = _dict(module, "_modules").get("_packed_params")
    packed = held.attributes.get("_packed_params") if isinstance(held, Instance) else None
    if module.kind.name != "Linear" or ".dynamic." not in module.kind.module or not isinstance(packed, Instance):
        return Part(name, f"quantized {module.kind.name}", module.attributes, {})
    content = packed.state[0] if isinstance(packed.state, tuple) and packed.state else packed.state
    arrays = {key.rpartition(".")[2]: value.array() for key, value in unpacked(name, content).items()}
    return Part(name, module.kind.name, module.attributes, arrays)


def _dict(module: Instance, name: str) -> dict[str, object]:
    value = module.attributes.get(name)
    return value if isinstance(value, dict) else {}


def _is_sequential(module: Instance, depth: int) -> bool:
    inner = [one for one in _dict(module, "_modules").values() if isinstance(one, Instance)]
    is_part = not inner or _QUANTIZED in module.kind.module
    return depth > 0 and (
        is_part or (module.kind.name == "Sequential" and all(_is_sequential(one, depth - 1) for one in inner))
    )


def _in_order(parts: Sequence[Part], name: str, *, is_sure: bool) -> ForeignGraph:
    """The parts one after another; ShapeMismatch if no image goes through them."""
    refusals = []
    for shape in INPUT_SHAPES:
        try:
            return _run(parts, shape, name, is_sure)
        except ShapeMismatch as error:
            refusals.append(error)
    raise refusals[0]


def _run(parts: Sequence[Part], shape: Shape, name: str, is_sure: bool) -> ForeignGraph:
    graph = GraphBuilder(shape)
    value: Any = graph.input
    for part in parts:
        graph.place = part.name
        if not is_sure and part.kind == "Linear" and _is_behind_image(value, part):
            value = call(graph, "flatten", [value, 1], {})
        value = _called(graph, part, value)
    return graph.graph(FORMAT, name, value, () if is_sure else (_ORDER,))


def _is_behind_image(value: Value, part: Part) -> bool:
    return len(value.shape) > 2 and part.arrays["weight"].shape[1:] == (prod(value.image_shape),)


def _called(graph: GraphBuilder, part: Part, value: Any) -> Any:
    """What a part makes of a value."""
    rule = _RULES.get(part.kind)
    if rule is not None:
        name, arguments = rule(part)
        result = call(graph, name, [value, *arguments], {})
        return result[0] if isinstance(result, tuple) else result
    if _flattens(part, value):
        return call(graph, "flatten", [value, 1], {})
    if part.kind.startswith("Dropout") or part.kind.endswith("Dropout"):
        return call(graph, "dropout", [value], {})
    return graph.unsupported(part.kind, [value])


def _flattens(part: Part, value: Value) -> bool:
    """Whether a part of somebody's own class makes a row of an image, by its name; a view of a row is another thing."""
    named = [word for word in _FLATTENING if word in part.kind.lower() and not part.arrays]
    is_row = value.is_known and len(value.image_shape) == 1
    return "flatten" in named or (bool(named) and not is_row)


Rule = Callable[[Part], tuple[str, list[Any]]]


def _conv2d(part: Part) -> tuple[str, list[Any]]:
    at = part.settings
    if at.get("padding_mode", "zeros") != "zeros":
        return f"conv2d with {at['padding_mode']} padding", []
    stride, padding, dilation = at["stride"], at["padding"], at["dilation"]
    return "conv2d", [part.arrays["weight"], part.arrays.get("bias"), stride, padding, dilation, at["groups"]]


def _linear(part: Part) -> tuple[str, list[Any]]:
    return "linear", [part.arrays["weight"], part.arrays.get("bias")]


def _batch_norm(part: Part) -> tuple[str, list[Any]]:
    arrays = [part.arrays.get(key) for key in ("weight", "bias", "running_mean", "running_var")]
    return "batch_norm", [*arrays, False, 0.1, part.settings["eps"]]


def _max_pool(part: Part) -> tuple[str, list[Any]]:
    at = part.settings
    return "max_pool2d", [at["kernel_size"], at["stride"], at["padding"], at["dilation"], at["ceil_mode"]]


def _avg_pool(part: Part) -> tuple[str, list[Any]]:
    at = part.settings
    return "avg_pool2d", [
        at["kernel_size"],
        at["stride"],
        at["padding"],
        at.get("ceil_mode", False),
        at.get("count_include_pad", True),
        at.get("divisor_override"),
    ]


def _plain(name: str, *settings: str) -> Rule:
    return lambda part: (name, [part.settings[one] for one in settings])


def _softmax(name: str) -> Rule:
    return lambda part: (name, [-1 if part.settings.get("dim") is None else part.settings["dim"]])


_RULES: dict[str, Rule] = {
    "Conv2d": _conv2d,
    "Linear": _linear,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "MaxPool2d": _max_pool,
    "AvgPool2d": _avg_pool,
    "AdaptiveAvgPool2d": _plain("adaptive_avg_pool2d", "output_size"),
    "AdaptiveMaxPool2d": _plain("adaptive_max_pool2d", "output_size"),
    "ReLU": _plain("relu"),
    "ReLU6": _plain("relu6"),
    "LeakyReLU": _plain("leaky_relu", "negative_slope"),
    "ELU": _plain("elu", "alpha"),
    "CELU": _plain("celu", "alpha"),
    "SELU": _plain("selu"),
    "RReLU": _plain("rrelu", "lower", "upper"),
    "Threshold": _plain("threshold", "threshold", "value"),
    "PReLU": lambda part: ("prelu", [part.arrays["weight"]]),
    "Tanh": _plain("tanh"),
    "Sigmoid": _plain("sigmoid"),
    "Hardtanh": _plain("hardtanh", "min_val", "max_val"),
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Flatten": _plain("flatten", "start_dim", "end_dim"),
    "Unflatten": _plain("unflatten", "dim", "unflattened_size"),
    "ZeroPad2d": _plain("pad", "padding"),
    "ConstantPad2d": lambda part: ("pad", [part.settings["padding"], "constant", part.settings["value"]]),
    "Identity": _plain("identity"),
}
"""The operator that each class of torch.nn is, and what it is given behind the value."""
_ACTIVATIONS = frozenset(
    {
        *("ReLU", "ReLU6", "LeakyReLU", "RReLU", "PReLU", "Threshold", "Hardtanh"),
        *("ELU", "CELU", "SELU", "Tanh", "Sigmoid"),
    }
)
_WEIGHTED = frozenset({"Conv2d", "Linear"})


def _has_activations(parts: Sequence[Part]) -> bool:
    """Whether an activation stands between each layer and the next, so that none is left to code."""
    kinds = [part.kind for part in parts if part.kind in _WEIGHTED or part.kind in _ACTIVATIONS]
    return all(one in _ACTIVATIONS or two in _ACTIVATIONS for one, two in pairwise(kinds))


def _layers(parts: Sequence[Part]) -> list[Layer]:
    """The layers for a guess; FormatError, which names them, if some are not supported."""
    known = {*_RULES, "Sequential", "ModuleList"}
    refused = [f"{part.name} ({part.kind})" for part in parts if part.kind not in known and part.arrays]
    if refused:
        raise FormatError(f"The module has layers that this program does not run: {', '.join(refused[:6])}.")
    found: list[Layer | Norm | Slopes] = []
    for part in parts:
        if part.kind in _WEIGHTED:
            found.append(_layer(part))
        elif part.kind == "PReLU":
            found.append(Slopes(part.name, part.arrays["weight"]))
        elif part.kind.startswith("BatchNorm"):
            weight, bias, mean, variance = (
                part.arrays.get(key) for key in ("weight", "bias", "running_mean", "running_var")
            )
            if mean is not None and variance is not None:
                found.append(make_norm(part.name, mean, variance, weight, bias, float(part.settings["eps"])))
    return joined(found)


def _layer(part: Part) -> Layer:
    weight = part.arrays["weight"]
    bias = part.arrays.get("bias", np.zeros(len(weight), np.float32))
    padding = part.settings.get("padding")
    if part.kind == "Linear" or isinstance(padding, str):
        return Layer(part.name, weight, bias)
    return Layer(part.name, weight, bias, stride=pair(part.settings["stride"]), padding=four_sides(pair(padding)))


def _known(parts: Sequence[Part]) -> Known:
    """What the parts without weights say for a guess."""
    pools = [part for part in parts if part.kind in ("MaxPool2d", "AvgPool2d")]
    kinds = {part.kind for part in pools}
    windows = {Window(*(pair(part.settings[key])[0] for key in ("kernel_size", "stride", "padding"))) for part in pools}
    activations = {part.kind: part for part in parts if part.kind in _ACTIVATIONS and part.kind != "PReLU"}
    activation = None
    if len(activations) == 1:
        graph = GraphBuilder((1,))
        _called(graph, next(iter(activations.values())), graph.input)
        made = graph.nodes[-1].operator
        activation = made if isinstance(made, Operator) else None
    pool = MaxPool2d if kinds == {"MaxPool2d"} else AvgPool2d if kinds == {"AvgPool2d"} else None
    return Known(activation, pool, tuple(windows))
