"""What the figures were measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path

from mnist_bench.engines.backends import processor_count


def facts() -> dict[str, str]:
    """Processor, its load, and the versions of what was measured, by name."""
    return {
        "processor": _processor(),
        "cores": str(processor_count()),
        "load": _load(),
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "PySide6-Essentials", "pyqtgraph")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


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
