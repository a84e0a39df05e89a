"""Networks exported to ExecuTorch, and the C++ runner that executes them, for this computer and for arm64."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.executorch import environment
from benchmarks.figures import NotMeasured, say
from benchmarks.needed import needed_program
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.wire import network_hash

_HERE = Path(__file__).parent
_EXPORT = _HERE / "export.py"
_RUNNER = _HERE / "runner.cpp"
_FLAGS = (
    *("-std=c++17", "-O3", "-Wall"),
    *("-DC10_USING_CUSTOM_GENERATED_MACROS", "-DET_EVENT_TRACER_ENABLED", "-DET_USE_THREADPOOL"),
)
_LIBRARIES = ("-Wl,--no-as-needed", "-lexecutorch", "-lexecutorch_backend_xnnpack", "-lexecutorch_threadpool")
_SECONDS = 1200

ARM64_LIBRARIES = Path("/usr/aarch64-linux-gnu")  # Debian's C library for the cross compiler's programs


def exported(network: Network, precision: Precision) -> Path:
    """`network` as a .pte file of `precision`; made if need be, which takes half a minute for both precisions."""
    made_of = network_hash(network).encode() + _EXPORT.read_bytes() + environment.REQUIREMENTS.read_bytes()
    name = f"{network.name}-{hashlib.sha256(made_of).hexdigest()[:16]}"
    place = environment.folder() / "networks"
    program = place / f"{name}-{precision}.pte"
    if not program.is_file():
        python = environment.python()
        say(f"  Exporting {network.name} to ExecuTorch")
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            arrays = Path(scratch, "network.npz")
            save_arrays(network, arrays)
            command = (python, _EXPORT, arrays, scratch, name)
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
            for made in Path(scratch).glob("*.pte"):  # one precision may be possible where the other is not
                made.replace(place / made.name)
        if not program.is_file():
            words = done.stderr.strip().rpartition("\n")[2]
            raise NotMeasured(f"{network.name} could not be exported to ExecuTorch {precision}: {words}")
    return program


def save_arrays(network: Network, path: Path) -> None:
    """`network` as export.py reads it: an .npz file."""
    arrays = {"layers": np.array([operator.kind for operator in network.logit_operators])}
    for place, operator in enumerate(network.logit_operators):
        arrays[f"{place}.inputs"] = np.array(network.inputs[place])
        arrays |= {f"{place}.{field.name}": np.array(getattr(operator, field.name)) for field in operator.fields}
        if isinstance(operator, Weighted):
            arrays |= {f"{place}.weight": operator.weight, f"{place}.bias": operator.bias}
    np.savez(path, allow_pickle=False, **arrays)


def build_runner(folder: Path) -> Path:
    """The runner for this computer; NotMeasured where there is no compiler."""
    return _build(needed_program("g++", "g++"), environment.sdk(), folder / "executorch-runner")


def build_arm64_runner(folder: Path) -> Path:
    """The runner for arm64 Linux; NotMeasured where there is no cross compiler."""
    compiler = needed_program("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu")
    return _build(compiler, environment.arm64_sdk(), folder / "executorch-runner-arm64")


def _build(compiler: str, sdk: Path, program: Path) -> Path:
    include = sdk / "include"
    search = ("-I", include, "-I", include / "executorch/runtime/core/portable_type/c10", "-L", sdk / "lib")
    command = (compiler, *_FLAGS, *search, f"-Wl,-rpath,{sdk / 'lib'}", _RUNNER, "-o", program, *_LIBRARIES)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode:
        raise NotMeasured(f"ExecuTorch's runner could not be compiled: {done.stderr.strip().rpartition(chr(10))[2]}")
    return program
