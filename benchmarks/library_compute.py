"""The library runner's compute against a bare loop over the same engine's C API: the same file, one image, one thread.

Both time each inference by themselves, from pixel bytes to float logits; blocks of both alternate.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.best_engine import LIBRARIES
from benchmarks.executorch.peer import Part, peer
from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.interleaved import Block, Rounds, run_rounds
from benchmarks.needed import needed_program
from benchmarks.pictures import sample_digit
from mnist_bench.devices import libraries
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import local_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.protocol.loading import LoadFileRequest
from tools.build_runner import COMMON, SOURCE

_MOST = 1.03
_BLOCK_NS = 20_000_000  # short, so that whatever else the machine does meets a round or spares it
_WARM_UP = 20
_PAIRS = 7
_LOOP = Path(__file__).with_name("library_loop.c")


def measure(setup: Setup) -> Iterator[Figure]:
    """One ratio for each installed engine, bundled network and precision."""
    backends = [backend for backend in local_backends() if backend.kind.name in LIBRARIES]
    if not backends:
        raise NotMeasured("No engine is installed: mnist-bench engines install litert")
    with tempfile.TemporaryDirectory(prefix="mnist-bench-loop-") as folder:
        for backend in backends:
            program = build_loop(backend.kind.name, Path(folder))
            for model in bundled_names():
                yield _compare(backend, model, program, setup.times(10, 2))


def build_loop(engine: str, folder: Path) -> Path:
    """The bare loop around an engine; NotMeasured where there is no compiler."""
    program = folder / f"{engine}-loop"
    if not program.exists():
        runner = (path for name in ("library", COMMON) for path in sorted((SOURCE / name).glob("*.c")))
        sources = (_LOOP, *(path for path in runner if path.name != "main.c"))
        defined = (f"-DENGINE=engine_{engine}", f"-D{engine.upper()}", '-DMNIST_BENCH_VERSION="bare loop"')
        flags = ("-std=c17", "-O3", "-Wall", "-Wextra", "-Werror", *defined)
        includes = ("-I", str(SOURCE / "library"), "-I", str(SOURCE / COMMON))
        compiler = needed_program("cc", "gcc")
        command = (compiler, *flags, *includes, *map(str, sources), "-lm", "-ldl", "-o", str(program))
        subprocess.run(command, check=True)
    return program


def _compare(backend: Backend, model: str, program: Path, rounds: int) -> Figure:
    """The median of several pairs of processes: where a process has its memory is worth 4 % by itself."""
    pairs = [_rounds(backend, model, program, rounds) for _ in range(_PAIRS)]
    ratios = sorted(median(pair.ratios(0, 1)) for pair in pairs)
    own_us, bare_us = (median(pair.median_us(which) for pair in pairs) for which in (0, 1))
    detail = (
        f"{own_us:.3g} µs against {bare_us:.3g} µs, medians; {_PAIRS} pairs of processes with {rounds} rounds each, "
        f"ratios {ratios[0]:.3f} to {ratios[-1]:.3f}"
    )
    title = f"{backend.name}, {model}: the runner against a bare loop"
    return Figure(title, median(ratios), "", at_most(_MOST), detail)


def _rounds(backend: Backend, model: str, program: Path, rounds: int) -> Rounds:
    network, digit = load_network(model), sample_digit()
    request = LoadFileRequest.decode(backend.encode(network).payload)
    library = libraries.find(backend.kind.name, this_abi() or "")
    assert library is not None, "It is installed."
    with tempfile.NamedTemporaryFile() as file, InferenceEngine(backend) as engine:
        file.write(request.file)
        file.flush()
        engine.load(network)
        with peer(program, Path(file.name), digit, str(library.path), str(int(request.order))) as loop:
            np.testing.assert_allclose(engine.classify(digit).logits[0], loop.logits(), rtol=1e-6)
            runs = max(10, int(_BLOCK_NS / median(loop.times_ns(Part.ALL, _WARM_UP, 100))))
            blocks: tuple[Block, ...] = (
                lambda: float(np.median(engine.time(digit, _WARM_UP, runs))),
                lambda: median(loop.times_ns(Part.ALL, _WARM_UP, runs)),
            )
            return run_rounds(blocks, rounds)
