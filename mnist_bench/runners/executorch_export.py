"""Exports a network to ExecuTorch: `python -m mnist_bench.runners.executorch_export PACKAGES`, started by its runner.

Reads a u64 and as many bytes, a network on the stream (docs/protocol.md), and writes the .pte file's bytes and ends
with status 0, or writes a sentence and ends with status 1. It ends, too, where its input does before that.
"""

import logging
import os
import struct
import sys
import threading
import warnings
from pathlib import Path
from typing import NoReturn

import torch
from torch import nn

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.text import one_line
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import decode_network
from mnist_bench.runners.executorch_modules import blank_image, program_module

SIZE = struct.Struct("<Q")


def use_packages(folder: Path) -> None:
    """Let Python import what lies in `folder`, before all else, and write nothing there."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))


def export(module: nn.Module, precision: Precision) -> bytes:
    """The bytes of a .pte file, which takes and gives what `module` does: an image as `blank_image`."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower

    program = torch.export.export(module, (blank_image(precision),))
    edge = to_edge_transform_and_lower(
        program,
        partitioner=[XnnpackPartitioner()],
        compile_config=EdgeCompileConfig(_check_ir_validity=False),  # quantize and dequantize are no core operators
    )
    return bytes(edge.to_executorch().buffer)


def try_out(program: bytes, precision: Precision) -> None:
    """Run it once, here: XNNPACK refuses some networks only then, and may end the process while it does."""
    from executorch.extension.pybindings import portable_lib

    portable_lib._load_for_executorch_from_buffer(program).forward((blank_image(precision),))


def main() -> NoReturn:
    """Read, export, try it out, answer."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints goes to standard error
    use_packages(Path(sys.argv[1]))
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    (size,) = SIZE.unpack(sys.stdin.buffer.read(SIZE.size))
    payload = sys.stdin.buffer.read(size)
    threading.Thread(target=_end_with_input, daemon=True).start()
    status = 0
    try:
        network, precision = decode_network(payload)
        answer = export(program_module(network, precision), precision)
        try_out(answer, precision)
    except Exception as error:  # whatever a library raises is an answer
        logging.exception("The export failed")
        said = error.message if isinstance(error, MnistBenchError) else f"{type(error).__name__}: {error}"
        status, answer = 1, one_line(said, 300).encode()
    with os.fdopen(answers, "wb") as writer:
        writer.write(answer)
    os._exit(status)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
