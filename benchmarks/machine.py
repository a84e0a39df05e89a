"""What the figures were measured on."""

import importlib.metadata
import os
import platform

from mnist_bench.base.processors import usable_processors
from mnist_bench.bench.machine import cpu_name
from tools.build_runner import processor_features

_VECTOR_INSTRUCTIONS = ("fma", "avx2", "avx512f", "avx_vnni", "avx512_vnni", "asimd", "asimddp")


def facts() -> dict[str, str]:
    """Processor, its load, and the versions of what was measured, by name."""
    return {
        "processor": cpu_name(),
        "vector instructions": _vector_instructions(),
        "cores": str(usable_processors()),
        "load": _load(),
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "PySide6-Essentials", "pyqtgraph")},
    }


def _vector_instructions() -> str:
    """Those that decide which kernels run: a figure of one processor is not that of another."""
    known = processor_features()
    return ", ".join(name for name in _VECTOR_INSTRUCTIONS if name in known) or "unknown"


def _load() -> str:
    """Processes that wanted to run over the last 1 and 5 minutes: 0 to 1 before a benchmark of a quiet machine."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    one, five, _ = os.getloadavg()
    return f"{one:.2f}, {five:.2f}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
