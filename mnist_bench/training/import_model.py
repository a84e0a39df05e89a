"""Imports another program's model file: `python -m mnist_bench.training.import_model FILE [OPTIONS]`.

A process of its own, because the file may be hostile: it runs nothing that the file says, may write to no file, and has
limits on memory and time (SECURITY.md). Its result goes to standard output: a line of JSON and then, if that has
"bytes", a model file of that size.
"""

import argparse
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.text import one_line
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.importing import Imported, import_graph
from mnist_bench.formats.normalisation import parse_normalisation
from mnist_bench.formats.original import is_kept, may_run_as_it_is, only_as_it_is, original_file
from mnist_bench.formats.reading import read_graphs
from mnist_bench.network.model_file import encode_model_file
from mnist_bench.network.network import Network
from mnist_bench.training.faithful import compare_with_program

_MEMORY_BYTES = 1 << 30  # beyond what the process has when it begins to read
_TORCH_MEMORY_BYTES = 3 << 29  # likewise, for PyTorch's arithmetic
_CPU_SECONDS = 60
_LARGE_WORK, _FEW = 50_000_000, 50
"""For one image: of a larger network int8 and fp32 are compared on so many digits."""
_LONGEST = 2_000
"""Characters of a sentence, in which names from the file may stand."""
_MOST_SENTENCES = 400


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mnist_bench.training.import_model", description="Import a model.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--normalise", type=parse_normalisation, default=None)
    parser.add_argument("--guess", type=int, default=None)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Import as `arguments` say, and print the result or the error."""
    options = _parse(arguments)
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # no library's words get into the result
    _limit()
    try:
        header, model = _import(options)
    except MnistBenchError as error:
        header, model = {"error": one_line(error.message, _LONGEST), "advice": one_line(error.advice, _LONGEST)}, b""
    except MemoryError:
        header, model = {"error": "It needs more memory than a model file should.", "advice": ""}, b""
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        header, model = {"error": "It is damaged.", "advice": "Get another copy of it."}, b""
    output.write(json.dumps(header).encode() + b"\n" + model)
    output.flush()


def _import(options: argparse.Namespace) -> tuple[dict[str, Any], bytes]:
    graphs = read_graphs(options.file)
    keeps = len(graphs) == 1 and is_kept(graphs[0])
    try:
        imported = import_graph(graphs, options.normalise, options.guess)
    except InputError as error:
        if not (keeps and may_run_as_it_is(graphs[0])):
            raise
        imported = _only_as_it_is(options, graphs[0], error)
    network, calibration, told = imported.network, "none", list[str]()
    if network.has_operators:
        network, calibration, told = _completed(options.file, graphs[0], imported, keeps)
    notes = {
        "imported from": one_line(options.file.name),
        "format": imported.format,
        "normalisation": imported.normalisation.normalisation.formula,
        "calibration": calibration,
    }
    if imported.guessed:
        notes["guessed"] = one_line(" ".join(imported.guessed), _LONGEST)
    model = encode_model_file(network, notes)
    found = imported.to_object()
    found["notes"] += told
    for name in ("notes", "guessed"):
        found[name] = [one_line(sentence, _LONGEST) for sentence in found[name][:_MOST_SENTENCES]]
    header = {**found, "calibration": calibration, "bytes": len(model)}
    return header, model


def _completed(path: Path, graph: ForeignGraph, imported: Imported, keeps: bool) -> tuple[Network, str, list[str]]:
    """The network with its int8 parameters and, if an engine `keeps` such files, its original; a sentence on int8; and
    notes.
    """
    _limit_memory(None)  # what PyTorch's libraries map depends on the build
    import torch

    _limit_memory(_TORCH_MEMORY_BYTES)
    torch.set_num_threads(1)
    told = [compare_with_program(path, graph, imported.normalisation.normalisation)]
    network, calibration = _quantized(imported.network)
    if keeps:
        network, kept = _with_original(path, graph, network, imported)
        told.append(kept)
    return network, calibration, [sentence for sentence in told if sentence]


def _only_as_it_is(options: argparse.Namespace, graph: ForeignGraph, why: InputError) -> Imported:
    """The file in place of a network; `why`, which says that none can be made of it, where that cannot be either."""
    try:
        return only_as_it_is(options.file, graph, options.normalise, why)
    except InputError as error:
        raise FormatError(f"{why.message} Nor can it run as it is: {error.message}", advice=why.advice) from error


def _with_original(path: Path, graph: ForeignGraph, network: Network, imported: Imported) -> tuple[Network, str]:
    """The network with its file beside it, and a sentence on that; as it is where the file cannot be kept."""
    try:
        original = original_file(path, graph, imported.normalisation.normalisation, imported.fit)
    except InputError as error:
        return network, f"The file itself cannot be run: {error.message}"
    return replace(network, original=original), "The file itself is kept, and runs as it is, too."


def _quantized(network: Network) -> tuple[Network, str]:
    """The network with int8 parameters, calibrated on the bundled digits, and a sentence on that; as it is where int8
    cannot have it.
    """
    from mnist_bench.training.examples import Examples
    from mnist_bench.training.quantize import agreement, quantize

    digits = labelled_digits()
    examples = Examples.of(digits.images, digits.labels)
    if network.is_quantized:
        made, note = network, "the file's own quantization"
    else:
        try:
            made = quantize(network, examples, threading.Event())
        except MnistBenchError as error:
            return network, f"none: {error.message}"
        note = f"calibrated on {len(digits)} digits"
    few = digits.first(_FEW) if network.work > _LARGE_WORK else digits
    figures = agreement(made, Examples.of(few.images, few.labels))
    if figures:
        note += f"; int8 reads {figures['read_alike']} of {figures['compared_images']} as fp32 does"
    return made, note


def _limit() -> None:
    """No file may be written, and time and memory are limited; on Windows the parent's deadline alone does that."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    _limit_memory(_MEMORY_BYTES)


def _limit_memory(beyond_bytes: int | None) -> None:
    """Address space beyond what this process has now; None lifts the limit. Linux alone tells what it has."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        return
    limit = resource.RLIM_INFINITY if beyond_bytes is None else pages * resource.getpagesize() + beyond_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(sys.argv[1:])
