"""What stands in for ExecuTorch's packages: its exporter saves PyTorch's own program, and its runtime runs that."""

from collections.abc import Mapping

from mnist_bench.devices import libraries
from mnist_bench.devices.libraries import Library, hash_of
from mnist_bench.devices.this_computer import this_abi

_EXIR = b"""
import io
import torch

print("A library that prints when it is imported.")

class EdgeCompileConfig:
    def __init__(self, _check_ir_validity):
        pass

class _Program:
    def __init__(self, program):
        file = io.BytesIO()
        torch.export.save(program, file)
        self.buffer = file.getvalue()

    def to_executorch(self):
        return self

def to_edge_transform_and_lower(program, partitioner, compile_config):
    return _Program(program)
"""

_RUNTIME = b"""
import io
import os
import tempfile
import torch

assert tempfile.gettempdir() == os.environ["TORCHINDUCTOR_CACHE_DIR"], "torch would try whether it may write"

print("A library that prints when it is imported.")

def _unsafe_reset_threadpool(threads):
    assert threads == 2

class _Method:
    def __init__(self, program):
        self.module = torch.export.load(io.BytesIO(program)).module()

    def forward(self, inputs, clone_outputs=True):
        return [self.module(*inputs).detach()]

_load_for_executorch_from_buffer = _Method
"""

PACKAGES: Mapping[str, bytes] = {
    "executorch/exir/__init__.py": _EXIR,
    "executorch/extension/pybindings/portable_lib.py": _RUNTIME,
    "executorch/backends/xnnpack/partition/xnnpack_partitioner.py": b"class XnnpackPartitioner: pass\n",
}

STUCK: Mapping[str, bytes] = {
    "executorch/backends/xnnpack/partition/xnnpack_partitioner.py": b"""
import sys, time
print("stuck", file=sys.stderr, flush=True)
time.sleep(3600)
""",
}
"""An exporter that never comes to an end."""


def install_packages(content: Mapping[str, bytes] = PACKAGES) -> Library:
    """Put these into the store as ExecuTorch 1.2.3 for this computer."""
    abi = this_abi()
    assert abi is not None
    library = Library("executorch", abi, "1.2.3", "packages", hash_of(content), "some.whl", "BSD-3-Clause")
    with libraries.changing() as temporary:
        libraries.put(temporary, library, content, {"LICENSE": b"Use it."})
    return library
