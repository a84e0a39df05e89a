"""Keeps another program's file beside the network that was imported from it, or in its place where none can be.

An engine runs that file as it is, with the normalisation and the input's size that the import found.
"""

from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import read_limited
from mnist_bench.formats.foreign import ForeignGraph, Unsupported
from mnist_bench.formats.importing import Imported
from mnist_bench.formats.input import image_of
from mnist_bench.formats.lower import network_name
from mnist_bench.formats.normalisation import FoundNormalisation, Normalisation, Source, of_pixel_scale
from mnist_bench.formats.normalisation_search import usual
from mnist_bench.formats.passes import drop_unused, puts_out_probabilities
from mnist_bench.formats.runnable import keeps_state, refuse_unfit
from mnist_bench.network.network import Network
from mnist_bench.network.original import MAX_ORIGINAL_BYTES, Fit, OriginalFile

_FORMATS = {"TFLite": "tflite", "ONNX": "onnx"}
"""By the word that a reader's format begins with."""


def is_kept(graph: ForeignGraph) -> bool:
    """Whether an engine runs files of the format that the graph was read from."""
    return graph.format.split()[0] in _FORMATS


def may_run_as_it_is(graph: ForeignGraph) -> bool:
    """Whether operators that this program does not run are what keeps the file from being imported."""
    return is_kept(graph) and any(isinstance(node.operator, Unsupported) for node in drop_unused(graph).nodes)


def original_file(path: Path, graph: ForeignGraph, normalisation: Normalisation, fit: Fit) -> OriginalFile:
    """The file at `path`, which `graph` was read from.

    Raises:
        FormatError: no engine can run it (runnable.py), or its input is no image.
        InputError: it is too large to be kept, or cannot be read.
    """
    _, channels, _ = image_of(graph.input_shape)
    original = OriginalFile(
        format=_FORMATS[graph.format.split()[0]],
        data=read_limited(path, MAX_ORIGINAL_BYTES, "kept"),
        channels=channels,
        channels_last=len(graph.input_shape) == 3 and graph.input_shape[-1] == channels,
        fit=fit,
        scale=normalisation.scale / 255,
        offset=normalisation.offset,
        puts_out_probabilities=puts_out_probabilities(graph),
    )
    refuse_unfit(original)
    return original


def only_as_it_is(path: Path, graph: ForeignGraph, normalise: Normalisation | None, why: InputError) -> Imported:
    """The network of a file that cannot be imported: it has no operators. `why` is told.

    Its normalisation is the person's word, the file's own, or what people use most with its format.

    Raises:
        FormatError, InputError: as `original_file`.
    """
    side, _, _ = image_of(graph.input_shape)
    fit = Fit.AS_THEY_ARE if side == 28 else Fit.CENTRED
    found = _stated(graph, normalise)
    original = original_file(path, graph, found.normalisation, fit)
    network = Network(network_name(graph.name), (), original=original)
    notes = [f"It cannot be imported: {why.message}", f"It runs as it is, with the backend {original.backend}."]
    if fit is Fit.CENTRED:
        notes.append("It reads 32 x 32 pixels: a digit's 28 x 28 are centred in them.")
    if keeps_state(original):
        notes.append("It keeps a state from run to run, as an LSTM does: an answer may depend on the digits before it.")
    return Imported(network, graph.format, (), found, (), 0, (), tuple(notes), fit)


def _stated(graph: ForeignGraph, normalise: Normalisation | None) -> FoundNormalisation:
    if normalise is not None:
        return FoundNormalisation(normalise, Source.PERSON, 0, 0)
    if graph.pixel_scale is not None:
        return FoundNormalisation(of_pixel_scale(graph.pixel_scale), Source.FILE, 0, 0)
    return FoundNormalisation(usual(graph), Source.USUAL, 0, 0)
