"""The library runner, built once with this computer's compiler, and conversations with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_bench.protocol.loading import LoadFileRequest, LoadResult
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tables import Kind
from tests.library.engines import library_of
from tests.native.conftest import NativeRunner, compile_runner, end


class LibraryRunner(NativeRunner):
    """A runner process over an engine's library, and its frames."""

    def load_file(self, request: LoadFileRequest) -> LoadResult:
        return self.answer(Kind.LOAD_FILE, request.encode(), LoadResult.decode)

    def logits(self, request: LoadFileRequest, images: Pixels) -> npt.NDArray[np.float32]:
        """What a file makes of images."""
        self.load_file(request)
        return self.classify(images)


@pytest.fixture(scope="session")
def library_runner(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner as its source is now."""
    program = tmp_path_factory.mktemp("library") / "mnist-bench-library-runner"
    return compile_runner(compiler, program, "-O1", folder="library")


StartLibrary = Callable[..., LibraryRunner]


@pytest.fixture
def start_engine(library_runner: Path) -> Iterator[StartLibrary]:
    """Starts the runner with an engine, its library or another, and options; all are ended behind the test."""
    runners: list[LibraryRunner] = []

    def start_one(engine: str, *options: str, library: Path | None = None) -> LibraryRunner:
        runners.append(LibraryRunner(library_runner, engine, str(library or library_of(engine)), *options))
        return runners[-1]

    yield start_one
    end(runners)
