"""The engines that tests run: the libraries inside the Python packages that the development environment has."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.devices.libraries import Library, changing, put
from mnist_bench.devices.this_computer import this_abi

PATTERNS = {"onnxruntime": ("onnxruntime", "capi/libonnxruntime.so.*"), "litert": ("ai_edge_litert", "libLiteRt.so")}


def library_of(engine: str) -> Path:
    """The engine's library for this computer."""
    package, pattern = PATTERNS[engine]
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    (path,) = Path(found.origin).parent.glob(pattern)
    return path


def install(engine: str, content: bytes | None = None, abi: str | None = this_abi()) -> Library:
    """Put the engine's library, or other content, into the store, as version 1.2.3."""
    assert abi is not None
    assert runner_program(abi, LIBRARY_RUNNER).is_file()
    data = library_of(engine).read_bytes() if content is None else content
    library = Library(engine, abi, "1.2.3", f"lib{engine}.so", sha256_hex(data), "a package", "a licence")
    with changing() as temporary:
        put(temporary, library, data, {})
    return library


@pytest.fixture(scope="module")
def installed_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache with all engines of PATTERNS in it."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locations, "cache_dir", lambda: cache)
        for engine in PATTERNS:
            install(engine)
        yield


@pytest.fixture
def no_engines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache without any engine."""
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")
