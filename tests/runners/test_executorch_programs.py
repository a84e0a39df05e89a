"""Files for ExecuTorch: made once, by a process of their own, whatever becomes of that."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_bench.base.locations import package_home
from mnist_bench.network.network import PRECISIONS, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.serve import Refused
from mnist_bench.runners import executorch_programs
from mnist_bench.runners.executorch_modules import program_module
from mnist_bench.runners.executorch_programs import program_of
from mnist_bench.runners.torch_float import KINDS
from mnist_bench.runners.torch_modules import pixels_to_float
from tests.graphs import random_graph
from tests.networks import tiny_network
from tests.runners.conftest import loaded_executor


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up exporter, and the folder in which temporary files lie."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(executorch_programs, "_EXPORTER", "tests.made_up_exporter")
    monkeypatch.setenv("PYTHONPATH", str(package_home()))
    return tmp_path / "temporary"


def packages(tmp_path: Path, name: str = "works") -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def starts(folder: Path) -> int:
    return len(list(folder.iterdir()))


def test_it_is_made_once_for_each_network_precision_and_version(tmp_path: Path) -> None:
    folder, network = packages(tmp_path), tiny_network()
    for count, (precision, version) in enumerate([(Precision.FP32, "1"), (Precision.INT8, "1"), (Precision.INT8, "2")]):
        for _ in range(2):
            program = program_of(network, precision, folder, version)
            assert program == encode_network(network, precision)[::-1]
            assert starts(folder) == count + 1


def test_what_is_damaged_is_made_anew(tmp_path: Path) -> None:
    folder, network = packages(tmp_path), tiny_network()
    program = program_of(network, Precision.FP32, folder, "1")
    (kept,) = (tmp_path / "exported").iterdir()
    for data in (b"", kept.read_bytes()[:-1], program):
        kept.write_bytes(data)
        assert program_of(network, Precision.FP32, folder, "1") == program
    assert starts(folder) == 4


def test_where_nothing_can_be_kept_it_is_made_each_time(tmp_path: Path) -> None:
    folder, network = packages(tmp_path), tiny_network()
    (tmp_path / "exported").write_bytes(b"in the way")
    assert program_of(network, Precision.FP32, folder, "1") == program_of(network, Precision.FP32, folder, "1")
    assert starts(folder) == 2


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, network = packages(tmp_path), tiny_network()
    program_of(network, Precision.FP32, folder, "1")
    (old,) = (tmp_path / "exported").iterdir()
    monkeypatch.setattr(executorch_programs, "_MOST_KEPT_BYTES", old.stat().st_size)
    program_of(network, Precision.FP32, folder, "2")
    (new,) = (tmp_path / "exported").iterdir()
    assert new != old


@pytest.mark.parametrize(
    ("name", "words"), [("refuses", "There is no tanh"), ("crashes", "its process ended with status -6")]
)
def test_a_network_that_cannot_be_exported_is_refused(tmp_path: Path, temporary: Path, name: str, words: str) -> None:
    with pytest.raises(Refused, match=f"cannot export or run this network: {words}"):
        program_of(tiny_network(), Precision.FP32, packages(tmp_path, name), "1")
    assert not (tmp_path / "exported").exists()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("precision", [*PRECISIONS, Precision.FP16])
def test_what_is_exported_computes_as_pytorch_does(precision: Precision) -> None:
    apart = []
    for number in range(20):
        rng = np.random.default_rng(number)
        network = random_graph(rng, quantized=True)
        assert network.activations is not None
        images = rng.integers(0, 256, (3, 28, 28), np.uint8)
        expected = loaded_executor(network, precision).run(images)
        pixels = pixels_to_float(torch.from_numpy(images), KINDS.get(precision, torch.float32))
        got = program_module(network, precision)(pixels).detach().numpy()
        if precision is not Precision.INT8:
            np.testing.assert_array_equal(got, expected)  # in fp16, some of these graphs leave its range
            continue
        apart.append(np.abs(got - expected) / network.activations[len(network.logit_operators) - 1].scale)
    if precision is Precision.INT8:
        assert np.max(apart) < 3  # sums are rounded from floats, and a step apart half-way may grow
        assert np.mean(np.array(apart) < 0.5) > 0.97
