"""Reads Core ML models (.mlmodel) with a neural network; an ML Program is another kind of file, and refused by name.

Source: coremltools, mlmodel/format/Model.proto, FeatureTypes.proto and NeuralNetwork.proto.
"""

from functools import partial
from pathlib import Path

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.formats import composing
from mnist_bench.formats.building import Array, GraphBuilder, damaged
from mnist_bench.formats.coreml_layers import CONSTANTS, LAYERS, NAMES, Reader, load_constant
from mnist_bench.formats.coreml_use import Use
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph, Identity
from mnist_bench.formats.model_bytes import read_model_bytes
from mnist_bench.formats.protobuf_wire import Message
from mnist_bench.network.arrays import Shape

_DESCRIPTION = 2
_NETWORKS = (500, 403, 303)
"""neuralNetwork, neuralNetworkClassifier, neuralNetworkRegressor."""
_OTHERS = {502: "an ML Program", 200: "a pipeline", 201: "a pipeline", 202: "a pipeline", 402: "a tree ensemble"}
_GRAY, _RGB, _BGR = 10, 20, 30


def recognises(head: bytes, path: Path) -> bool:
    """Whether a file that begins with `head` is a Core ML model: a version, a description and one of its models.

    ONNX files begin alike, but have no field with a number as high as those of the models.
    """
    if head[:1] != b"\x08":
        return False
    try:
        numbers = Message(read_model_bytes(path, "Core ML")).numbers
    except InputError:
        return False
    return _DESCRIPTION in numbers and any(200 <= number < 4_000 for number in numbers)


def read(path: Path) -> ForeignGraph:
    """The network in a Core ML file.

    Raises:
        FormatError: the file is damaged, or holds another kind of model than a neural network.
    """
    model = Message(read_model_bytes(path, "Core ML"))
    number = next((each for each in _NETWORKS if each in model), None)
    if number is None:
        kind = next((name for other, name in _OTHERS.items() if other in model), "another kind of model")
        raise FormatError(
            f"The Core ML file holds {kind}, not a neural network.",
            advice="Convert the original again with coremltools and convert_to='neuralnetwork', or export it to ONNX.",
        )
    network, description = model.message(number), model.message(_DESCRIPTION)
    inputs = description.messages(1)
    if len(inputs) != 1:
        raise FormatError(
            f"The network has {len(inputs)} inputs; this program has one, the digit.",
            advice="Choose a network that reads one image.",
        )
    graph = _begin(path.stem, inputs[0], network)
    names = [_add_layer(graph, layer, index) for index, layer in enumerate(network.messages(1))]
    wanted = [*(output.text(1) for output in description.messages(10)), network.text(200)]
    return graph.finish([name for name in dict.fromkeys(wanted) if name in names] or names[-1:])


def _begin(name: str, feature: Message, network: Message) -> GraphBuilder:
    """A graph with its input, behind what the file does to an image first."""
    image = feature.message(3).message(4)
    source = feature.text(1)
    if 4 not in feature.message(3):
        graph = GraphBuilder("Core ML", name, source, _array_shape(feature.message(3).message(5)))
    else:
        channels = 1 if image.integer(3) == _GRAY else 3
        graph = GraphBuilder("Core ML", name, source, (1, channels, image.integer(2), image.integer(1)))
        graph.takes_bytes = True
    for preprocessing in network.messages(2):
        if preprocessing.text(1) in ("", source):
            graph.read_node(
                "preprocessing",
                "image scaler",
                partial(_preprocess, graph, source, preprocessing, image.integer(3)),
                (source,),
                (source,),
            )
    return graph


def _array_shape(array: Message) -> Shape:
    """The shape of an input that is no image, with the batch in front."""
    shape = array.integers(1)
    if not shape or min(shape) < 1:
        raise FormatError("The Core ML file does not say the shape of its input.")
    return shape if len(shape) in (2, 4) and shape[0] == 1 else (1, *shape)


def _preprocess(graph: GraphBuilder, source: str, preprocessing: Message, colours: int) -> str:
    """Pixels times a scale plus a bias for each colour, or less an image of means."""
    value, shape = graph.value(source), graph.image(graph.value(source))
    if 11 in preprocessing:
        means: Array = preprocessing.message(11).floats(1)
        if means.size != np.prod(shape):
            raise damaged("its image of means has another size than its input")
        return composing.affine(graph, value, np.array(1.0), -means.reshape(1, *shape))
    scaler = preprocessing.message(10)
    blue, green, red, gray = (scaler.float(number) for number in (20, 21, 22, 30))
    biases = {_GRAY: [gray], _BGR: [blue, green, red]}.get(colours, [red, green, blue])
    offset = np.array(biases[: shape[0]]).reshape(1, -1, *[1] * (len(shape) - 1))
    return composing.affine(graph, value, np.array(scaler.float(10, 1.0)), offset)


def _add_layer(graph: GraphBuilder, layer: Message, index: int) -> str:
    """Write a layer into the graph; the name of its first output."""
    place = one_line(layer.text(1)) or f"layer {index}"
    outputs = layer.texts(3)
    number = next((each for each in layer.numbers if each >= 100), 0)
    if not outputs or not number:
        raise damaged(f"{place} is no layer, or has no output")
    params = layer.message(number)
    if number in CONSTANTS:
        graph.constants[outputs[0]] = load_constant(params)
        return outputs[0]
    what, reader = LAYERS.get(number, (NAMES.get(number, f"layer {number}"), None))
    use = Use(graph, params, layer.texts(2))
    graph.read_node(place, what, None if reader is None else partial(_read, reader, use), use.inputs, outputs)
    return outputs[0]


def _read(reader: Reader, use: Use) -> str:
    """What a layer puts out; a layer that changes nothing is an operator all the same, with a value of its own."""
    result = reader(use)
    return composing.elementwise(use.graph, Identity("reshape"), result) if result in use.values else result
