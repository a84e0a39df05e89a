"""What the figures of engines and of native against several of them are computed from; none is installed here."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from benchmarks import arm64_engines, arm64_instructions, engine_time
from benchmarks.best_engine import LIBRARIES
from benchmarks.engine_time import Contestant, Enter
from benchmarks.executorch.peer import Part, peer
from benchmarks.executorch.programs import save_arrays
from benchmarks.figures import NotMeasured
from benchmarks.imported_networks import residual
from benchmarks.interleaved import Rounds
from benchmarks.library_compute import build_loop
from benchmarks.peer_networks import PeerNetwork
from benchmarks.pictures import sample_digit
from mnist_bench.base import locations
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.formats.importing import import_graph
from mnist_bench.formats.reading import read_graphs
from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import Add, Conv2d
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.loading import LoadFileRequest
from tests.library.engines import library_of


def test_the_engine_that_native_is_least_ahead_of_counts() -> None:
    rounds = Rounds(((1000.0, 2000.0, 1250.0), (1000.0, 1000.0, 1250.0), (2000.0, 4000.0, 2500.0)))
    found = engine_time.figure("net fp32", ("Native", "Slow", "Quick"), rounds)
    assert found.name == "net fp32: native against the best engine, Quick"
    assert found.value == 0.8
    assert found.ok
    assert "1 µs against Slow 2 µs (0.50 x), Quick 1.25 µs (0.80 x); 3 rounds" in found.detail


def test_the_fewest_instructions_count() -> None:
    found = arm64_instructions.figure("net int8", 90_000, {"Many": 200_000.0, "Few": 100_000.0})
    assert (found.name, found.value, found.ok) == ("net int8: native against the best engine, Few", 0.9, False)
    assert "Many 200,000 (0.45 x)" in found.detail


def test_an_engine_that_fails_or_computes_something_else_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    network = load_network("digits-mlp")
    right = np.arange(10, dtype=np.float32)

    def answering(logits: engine_time.Logits) -> Enter:
        return lambda _stack, _network, _precision: Contestant("Wrong", lambda _runs: 1.0, logits)

    def failing(_stack: ExitStack, _network: Network, _precision: Precision) -> Contestant:
        raise NotMeasured("It was not built.")

    same, other = answering(right), answering(right[::-1])
    one = PeerNetwork("net", network)
    assert engine_time.fitting(one, Precision.FP32, same, [failing, other, same]) == [same]
    said = capsys.readouterr().err
    assert "net fp32, one engine less: It was not built." in said
    assert "net fp32, one engine less: Wrong's logits are up to" in said


def test_an_imported_residual_network_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "residual.onnx"
    path.write_bytes(export_onnx(residual(), Precision.FP32))
    network = import_graph(read_graphs(path)).network
    assert [operator.kind for operator in network.operators].count("add") == 2
    assert network.multiply_adds == residual().multiply_adds


def test_the_exporter_is_given_the_graph(tmp_path: Path) -> None:
    network = residual()
    save_arrays(network, tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz") as arrays:
        for place, operator in enumerate(network.operators):
            assert tuple(arrays[f"{place}.inputs"]) == network.inputs[place]
            assert len(arrays[f"{place}.inputs"]) == (2 if isinstance(operator, Add) else 1)
            if isinstance(operator, Conv2d):
                assert tuple(arrays[f"{place}.stride"]) == operator.stride
                assert tuple(arrays[f"{place}.padding"]) == operator.padding


def test_what_is_missing_for_arm64_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")
    assert arm64_engines.installed_engines() == []
    assert "LiteRT is not installed for arm64: mnist-bench engines install litert --for arm64-v8a" in (
        capsys.readouterr().err
    )
    monkeypatch.setattr(arm64_engines, "ARM64_LIBRARIES", tmp_path / "none")
    with pytest.raises(NotMeasured, match="libc6-arm64-cross"):
        arm64_engines.make_system("cortex-a53", tmp_path)


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_bare_loop_computes_what_native_does(tmp_path: Path, name: str) -> None:
    network, digit = load_network("digits-mlp"), sample_digit()
    load = find_backend(f"{name}-int8").encode(network)
    request = LoadFileRequest.decode(load.payload)
    file = tmp_path / "network"
    file.write_bytes(request.file)
    order = str(int(request.order))
    with (
        InferenceEngine(find_backend("native-int8")) as engine,
        peer(build_loop(name, tmp_path), file, digit, str(library_of(name)), order) as loop,
    ):
        engine.load(network)
        np.testing.assert_allclose(loop.logits(), engine.classify(digit).logits[0], rtol=1e-6)
        assert len(loop.times_ns(Part.ALL, 1, 5)) == 5
