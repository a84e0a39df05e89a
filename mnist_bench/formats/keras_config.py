"""A Keras model's configuration (JSON) as a tree of layers.

Keras 1, tf.keras 2 and Keras 3 write it differently; what differs ends here. Nothing of it is run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mnist_bench.base.text import one_line
from mnist_bench.formats.errors import FormatError

MODELS = ("Sequential", "Functional", "Model")
"""Classes that consist of layers; any other model class is a Python class of its author's own."""

_MAX_NESTING = 16
_OWN_PACKAGES = ("keras", "tensorflow", "tf_keras")
_ADVICE = "Save the network again with `model.save('network.keras')`."

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """An output of a layer: of which of its calls, and which of that call's outputs."""

    layer: str
    call: int
    output: int


Argument = Reference | float
"""What a call reads: a layer's output, or a number that stands in the configuration."""


@dataclass(frozen=True)
class Layer:
    """One layer, or one model used as a layer.

    Attributes:
        name: unique within its model.
        place: where it stands, for people: "features/conv2d".
        kind: its class, "Conv2D"; "ops.Add" for a function of Keras, "tf.math.truediv" for one of TensorFlow, with a
            package in front where it is somebody's own.
        config: what it was made with.
        inbound: for each of its calls, what it reads.
        in_training: whether it is called as in training whenever the network is used (`training=True`).
        model: its own layers, where it is a model.
    """

    name: str
    place: str
    kind: str
    config: Config
    inbound: tuple[tuple[Argument, ...], ...] = ()
    in_training: bool = False
    model: "Model | None" = None


@dataclass(frozen=True)
class Model:
    """Layers in the order of the file; `inputs` and `outputs` are empty for a chain (Sequential).

    `shape` is the input's with its batch axis, where the file says it for the whole model.
    """

    layers: tuple[Layer, ...]
    inputs: tuple[Reference, ...] = ()
    outputs: tuple[Reference, ...] = ()
    shape: Any = None

    def leaves(self) -> Iterator[Layer]:
        """Every layer that is no model, in order, once."""
        for layer in self.layers:
            if layer.model is None:
                yield layer
            else:
                yield from layer.model.leaves()


def parse_model(content: Any, place: str = "", nesting: int = 0) -> Model:
    """The model that the JSON object `content` describes.

    Raises:
        FormatError: it is no Sequential or Functional model, or nested too deeply.
    """
    kind, config = layer_kind(content), content["config"]
    if kind not in MODELS or (isinstance(config, dict) and "layers" not in config):
        raise FormatError(
            f"The Keras model is of the class '{one_line(kind)}', whose computation is in its author's Python code.",
            advice="Build it as a Sequential or Functional model and save that, or export it to ONNX.",
        )
    if nesting > _MAX_NESTING:
        raise FormatError("The Keras file nests models too deeply.", advice=_ADVICE)
    entries = config if isinstance(config, list) else config["layers"]  # a list until Keras 2.2
    layers = tuple(_layer(entry, index, place, nesting) for index, entry in enumerate(entries))
    if len({layer.name for layer in layers}) != len(layers):
        raise FormatError("Two layers of the Keras model have the same name.", advice=_ADVICE)
    if kind == "Sequential":
        built = content.get("build_config") or {}
        shape = config.get("build_input_shape", built.get("input_shape")) if isinstance(config, dict) else None
        return Model(layers, shape=shape)
    return Model(layers, _references(config["input_layers"]), _references(config["output_layers"]))


def input_shape(model: Model) -> tuple[int | None, ...]:
    """The shape of one image as the file says it; None where an axis may have any size.

    Raises:
        FormatError: the file does not say it.
    """
    first = model.layers[0]
    if model.inputs:
        first = next(layer for layer in model.layers if layer.name == model.inputs[0].layer)
    shape = first.config.get("batch_input_shape", first.config.get("batch_shape"))
    if shape is None and first.model is not None:
        return input_shape(first.model)
    if shape is None and "input_dim" in first.config:  # of a dense layer in Keras 1
        shape = (None, first.config["input_dim"])
    shape = model.shape if shape is None else shape
    if shape is None:
        raise FormatError(
            "The Keras file does not say the shape of its input.",
            advice="Begin the network with `keras.Input(shape=(28, 28, 1))`, and save it again.",
        )
    return tuple(None if size is None else int(size) for size in shape[1:])


def _layer(entry: Any, index: int, place: str, nesting: int) -> Layer:
    kind, config = layer_kind(entry), entry["config"]
    is_model = kind in MODELS
    named = config if isinstance(config, dict) else {}
    name = str(named.get("name") or entry.get("name") or f"{kind.lower()}_{index}")
    where = f"{place}/{name}" if place else name
    nodes = entry.get("inbound_nodes") or []
    return Layer(
        name,
        where,
        kind,
        named,
        tuple(tuple(_arguments(node)) for node in nodes),
        _in_training(nodes),
        parse_model(entry, where, nesting + 1) if is_model else None,
    )


def layer_kind(entry: Any) -> str:
    """The class of a layer, with the package in front where it is not one of Keras's own layers."""
    name, module = str(entry["class_name"]), entry.get("module")
    if name == "TFOpLambda":
        return f"tf.{entry['config']['function']}"
    if ".ops." in str(module):
        return f"ops.{name}"
    if "module" in entry and str(module).split(".")[0] not in _OWN_PACKAGES:
        return str(entry.get("registered_name") or f"{module}.{name}")
    return name


def _in_training(content: Any) -> bool:
    """Whether one of a layer's calls has the keyword `training=True`."""
    if isinstance(content, dict) and content.get("training") is True:
        return True
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return any(_in_training(part) for part in parts)


def _references(content: Any) -> tuple[Reference, ...]:
    """The outputs of layers in a model's list of inputs or outputs; Keras 3 writes one alone without a list."""
    return tuple(found for found in _arguments(content) if isinstance(found, Reference))


def _arguments(content: Any) -> Iterator[Argument]:
    """What a call reads, in order, from any of the ways in which Keras writes it.

    Keras 1 and 2: [[layer, call, output, keywords], ...]; Keras 3: {"args": [tensors, or lists of them], "kwargs"}.
    """
    if isinstance(content, list):
        if len(content) >= 3 and content[0] == "_CONSTANT_VALUE":  # a number in front of a value, in TensorFlow 2
            yield from _arguments(content[2:])
        elif len(content) >= 3 and isinstance(content[0], str) and all(isinstance(at, int) for at in content[1:3]):
            yield Reference(content[0], content[1], content[2])
            yield from _arguments(content[3:])
        else:
            for part in content:
                yield from _arguments(part)
    elif isinstance(content, dict):
        if content.get("class_name") == "__keras_tensor__":
            yield Reference(*content["config"]["keras_history"])
        else:
            for part in content.values():
                yield from _arguments(part)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield float(content)
