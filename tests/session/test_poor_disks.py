"""Disks that are full or gone: a session opens, looks at them off its thread, and loses nothing that was measured."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base import files, locations
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.results.result import Kind
from mnist_bench.bench.results.store import LEAST_ROOM_BYTES
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import DEFAULT_MODEL
from tests.odd_engines import OddEngines
from tests.sessions import MakeSession, heard, until

STALE = "/stale"


@pytest.fixture
def stale_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fault stands in for a network share that is gone: whoever looks at it waits; the session's thread never may."""
    over, look, owner = threading.Event(), os.stat, threading.get_ident()

    def stat(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if str(path).startswith(STALE):
            assert threading.get_ident() != owner, "the session's thread would wait for ever"
            over.wait()
        return look(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(files, "ANSWER_SECONDS", 0.2)
    yield
    over.set()


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (f"{STALE}/model.safetensors", "does not answer within 0.2 s. Check the disk"),
        (f"{STALE}/model.onnx", "does not answer within 0.2 s. Check the disk"),
        ("/dev/null/model.safetensors", "/dev/null/model.safetensors"),
        (f"/{'long' * 2000}.safetensors", "longlong"),
        (f"/{'long' * 2000}.onnx", ""),
        ("nothing\0at all.safetensors", ""),
        ("/there/is/none.tflite", "/there/is/none.tflite"),
    ],
)
def test_a_remembered_model_that_cannot_be_read_gives_way_to_the_default_one(
    make_session: MakeSession, stale_disk: None, model: str, told: str
) -> None:
    path = locations.choices_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"model": model, "model files": [model]}))
    session = make_session(OddEngines(), ready=False)
    failed = heard(session.failed)
    session.networks.begin()
    until(session, lambda: session.live.network is not None)
    assert session.networks.chosen == DEFAULT_MODEL
    assert told in str(failed[0])
    assert (model in session.networks.files) is model.startswith(STALE), "what may come back is still offered"


def test_digits_on_a_disk_that_is_gone_are_told(
    make_session: MakeSession, stale_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_BENCH_DATA", f"{STALE}/mnist")
    session = make_session(OddEngines())
    failed = heard(session.failed)
    session.evaluations.evaluate_mnist()
    until(session, lambda: bool(failed))
    assert "/stale/mnist does not answer" in str(failed[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_benchmark_that_can_be_saved_nowhere_is_shown_all_the_same(make_session: MakeSession) -> None:
    import resource

    session = make_session(OddEngines(), backends=("native-int8",))
    failed = heard(session.failed)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LEAST_ROOM_BYTES, before[1]))  # room for the check before it
    try:
        session.measuring.measure_latency(Settings(Scenario.HOT_LOOP, processes=1, blocks=10, runs=6000))
        until(session, lambda: Kind.LATENCY in session.results.shown)
        until(session, lambda: bool(failed))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (result,) = session.results.shown[Kind.LATENCY]
    assert result.path is None
    assert result.value.complete
    assert "cannot be written: file too large" in str(failed[0])
    assert list(session.results.kept.folder.iterdir()) == []


def test_what_was_measured_is_shown_and_lies_elsewhere_where_its_folder_is_gone(
    make_session: MakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session = make_session(InferenceEngine, backends=("native-fp32", "native-int8"))
    shown, failed = heard(session.results.changed), heard(session.failed)
    folder = session.results.kept.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    session.measuring.analyse_layers(pad=False)
    until(session, lambda: bool(failed) and bool(shown))
    (result,) = session.results.shown[Kind.LAYERS]
    assert result.path is not None
    assert result.path.is_file()
    assert f"The result was saved as {result.path} instead." in str(failed[0])
    assert result.path.parent.parent == tmp_path
