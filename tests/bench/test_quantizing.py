"""Quantizing into a folder: each file under a name of its own, and nothing of one that was cancelled."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.progress import Progress
from mnist_bench.bench import quantizing
from mnist_bench.bench.jobs import Job, JobFailed
from mnist_bench.bench.quantizing import quantize_model
from mnist_bench.bench.stop import Stop
from mnist_bench.network.bundled import load_network
from mnist_bench.network.model_file import read_model_file, write_model_file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "digits.npz"
    images = np.random.default_rng(3).integers(0, 256, (200, 28, 28), np.uint8)
    np.savez(path, images=images, labels=np.arange(200, dtype=np.uint8) % 10)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


class Done(Job):
    """A job that is done at once: it copies the model, and then does what the test says."""

    then: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, name: str, options: list[str], *, stop_seconds: float) -> None:
        super().__init__(name, options, stop_seconds=stop_seconds)
        self._out = Path(options[options.index("--out") + 1])

    def run(self, *_told: Callable[[Any], None] | None, **_more: Any) -> dict[str, Any]:
        write_model_file(self._out, load_network("digits-mlp"))
        type(self).then()
        return {}


def test_a_network_is_quantized_beside_others_of_its_name(data: Path, folder: Path) -> None:
    folder.mkdir()
    taken = folder / "digits-mlp-int8.safetensors"
    taken.write_text("somebody's own")
    moved: list[Progress] = []
    path = quantize_model("digits-mlp", data, folder, on_progress=moved.append)
    assert path == folder / "digits-mlp-int8-2.safetensors"
    assert read_model_file(path).network.is_quantized
    assert taken.read_text() == "somebody's own"
    assert sorted(folder.iterdir()) == [path, taken]
    assert moved


def test_a_cancel_ends_the_child_and_leaves_nothing(data: Path, folder: Path) -> None:
    stop = Stop()
    with pytest.raises(Cancelled):
        quantize_model("digits-cnn", data, folder, on_progress=lambda _: stop.set(), stop=stop)
    assert list(folder.iterdir()) == []


def test_a_cancel_that_comes_when_the_child_has_written_leaves_nothing_either(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    monkeypatch.setattr(quantizing, "Job", Done)
    monkeypatch.setattr(Done, "then", stop.set)
    with pytest.raises(Cancelled):
        quantize_model("digits-mlp", data, folder, stop=stop)
    assert list(folder.iterdir()) == []


def test_a_cancel_while_the_file_gets_its_name_leaves_nothing_either(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    place = quantizing._place

    def cancelled_then(written: Path, into: Path, stem: str) -> Path:
        stop.set()
        return place(written, into, stem)

    monkeypatch.setattr(quantizing, "Job", Done)
    monkeypatch.setattr(quantizing, "_place", cancelled_then)
    with pytest.raises(Cancelled):
        quantize_model("digits-mlp", data, folder, stop=stop)
    assert list(folder.iterdir()) == []


def test_two_at_once_get_two_names(data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    monkeypatch.setattr(quantizing, "Job", Done)
    monkeypatch.setattr(Done, "then", lambda: both.wait(20))
    with ThreadPoolExecutor(2) as pool:
        paths = set(pool.map(lambda _: quantize_model("/somewhere/mine.safetensors", data, folder), range(2)))
    assert {path.name for path in paths} == {"mine-int8.safetensors", "mine-int8-2.safetensors"}
    assert all(read_model_file(path).network.name == "digits-mlp" for path in paths)


def test_a_failure_is_told_in_the_childs_words_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match=r"none\.npz"):
        quantize_model("digits-mlp", tmp_path / "none.npz", folder)
    assert list(folder.iterdir()) == []
