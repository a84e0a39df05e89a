"""Networks that a person brings: imported, kept, renamed, removed; the last one that was asked for wins."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.engines.models import load_network
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.network.model_file import read_model_file
from mnist_bench.network.network import PRECISIONS, Precision
from mnist_bench.session.network_words import sentence
from mnist_bench.session.session import Session
from tests.engine_files import squashing_file
from tests.odd_engines import OddEngines
from tests.sessions import MakeSession, heard

IMPORT_LIMIT_S = 90.0  # one takes two to five seconds, and many times that on a busy machine


def until(session: Session, condition: Callable[[], bool]) -> None:
    """Drain the inbox until this is true."""
    assert session.inbox.wait_until(condition, IMPORT_LIMIT_S)


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session(OddEngines(), ready=False)


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    path = tmp_path / "seen.onnx"
    path.write_bytes(export_onnx(load_network("digits-mlp"), Precision.FP32))
    return path


def test_an_imported_network_is_kept_and_used(session: Session, onnx_file: Path) -> None:
    networks = session.networks
    importing, imported = heard(networks.importing), heard(networks.imported)
    networks.choose(str(onnx_file))
    until(session, lambda: bool(imported))
    assert importing == ["seen.onnx", ""]
    (one,) = imported
    assert (one.source, one.file, one.report.format) == (str(onnx_file), networks.chosen, "ONNX")
    assert networks.kept == (networks.chosen,)
    assert Path(networks.chosen).name == "seen.safetensors"
    assert session.live.network is not None
    assert session.live.network.is_quantized

    networks.choose(str(onnx_file), "mean")
    until(session, lambda: len(imported) == 2)
    assert networks.kept == (networks.chosen,), "importing the same file again replaces what was kept"
    assert imported[1].report.normalisation["name"] == "mean"


def test_a_network_of_another_file_is_never_replaced(session: Session, onnx_file: Path) -> None:
    networks = session.networks
    imported = heard(networks.imported)
    elsewhere = onnx_file.parent / "elsewhere" / onnx_file.name
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(export_onnx(load_network("digits-cnn"), Precision.FP32))
    for path in (onnx_file, elsewhere, onnx_file):
        imported.clear()
        networks.choose(str(path))
        until(session, lambda: bool(imported))
    assert [Path(file).name for file in networks.kept] == ["seen-2.safetensors", "seen.safetensors"]
    assert Path(networks.chosen).name == "seen.safetensors"
    networks.imports.clear()  # as in another window, later
    networks.choose(str(elsewhere))
    until(session, lambda: len(imported) == 2)
    assert Path(networks.chosen).name == "seen-2.safetensors", "the same network is there already"


def test_a_kept_network_is_renamed_and_removed(session: Session, onnx_file: Path) -> None:
    networks = session.networks
    networks.choose(str(onnx_file))
    until(session, lambda: bool(networks.kept))
    failed, told, imported = heard(networks.failed), heard(networks.message), heard(networks.imported)
    networks.rename(networks.chosen, "mine")
    until(session, lambda: Path(networks.chosen).name == "mine.safetensors")
    networks.choose(str(onnx_file), "bytes")
    until(session, lambda: bool(imported))
    assert Path(networks.chosen).name == "mine.safetensors", "an import that was renamed keeps its name"
    networks.share(networks.chosen, onnx_file.parent / "shared.safetensors")
    until(session, lambda: bool(told))
    shared = read_model_file(onnx_file.parent / "shared.safetensors")
    assert (shared.network.name, shared.notes["imported from"]) == ("mine", "seen.onnx")
    assert read_model_file(Path(networks.chosen)).network.name == "mine"
    assert [Path(file).name for file in networks.kept] == ["mine.safetensors"]
    networks.rename(networks.chosen, "../elsewhere")
    until(session, lambda: bool(failed))
    assert isinstance(failed[0], MnistBenchError)
    networks.remove(networks.chosen)
    until(session, lambda: networks.chosen == "digits-cnn")
    assert networks.kept == ()


def test_what_is_chosen_meanwhile_wins(session: Session, onnx_file: Path) -> None:
    networks = session.networks
    imported, failed = heard(networks.imported), heard(networks.failed)
    networks.choose(str(onnx_file))
    networks.choose("digits-mlp")
    until(session, lambda: networks.chosen == "digits-mlp")
    assert (imported, failed, networks.kept) == ([], [], ())


def test_a_file_that_cannot_be_imported_leaves_the_network_before(session: Session, tmp_path: Path) -> None:
    networks = session.networks
    networks.choose("digits-mlp")
    until(session, lambda: networks.chosen == "digits-mlp")
    failed = heard(networks.failed)
    (tmp_path / "model.pth").write_bytes(b"nothing of the kind")
    networks.choose(str(tmp_path / "model.pth"))
    until(session, lambda: bool(failed))
    assert "It is damaged, or not what its name says (.pth)." in str(failed[0])
    assert networks.chosen == "digits-mlp"


def test_a_file_that_runs_only_as_it_is_is_kept_and_told(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "nothing installed")
    networks = session.networks
    imported = heard(networks.imported)
    networks.choose(str(squashing_file(tmp_path / "squashing.onnx")))
    until(session, lambda: bool(imported))
    network = session.live.network
    assert network is not None
    assert not network.has_operators
    assert sentence(network).startswith("It could not be imported")
    assert not any(session.exporting.can_export(precision) for precision in PRECISIONS)
    until(session, lambda: all(state.failure is not None for state in session.live.backends))
    assert {state.failure.sentence for state in session.live.backends if state.failure is not None} == {
        "The network 'squashing' could not be imported, and runs only as it is."
    }
    assert not any(state.can_quantize for state in session.live.backends)

    networks.choose("digits-mlp")
    until(session, lambda: all(state.failure is None for state in session.live.backends))


def test_a_file_with_the_longest_name_is_kept_under_a_shorter_one(session: Session, onnx_file: Path) -> None:
    longest = onnx_file.rename(onnx_file.with_name(f"{'ä' * 125}.onnx"))
    session.networks.choose(str(longest))
    until(session, lambda: bool(session.networks.kept))
    assert Path(session.networks.chosen).stem == "ä" * 100
