"""Quantizing as a job: a cancel is over when the process has ended and nothing of it is left."""

from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base import locations
from mnist_bench.session.session import Session
from tests.odd_engines import OddEngines
from tests.sessions import LIMIT_S, MakeSession, until


@pytest.fixture
def session(make_session: MakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Ready to quantize digits-mlp, with a few images to calibrate on."""
    images = np.random.default_rng(3).integers(0, 256, (200, 28, 28), np.uint8)
    np.savez(tmp_path / "digits.npz", images=images, labels=np.arange(200, dtype=np.uint8) % 10)
    made = make_session(OddEngines(), ready=False)
    monkeypatch.setenv("MNIST_BENCH_DATA", str(tmp_path / "digits.npz"))
    made.networks.choose("digits-mlp")
    until(made, lambda: made.networks.chosen == "digits-mlp")
    return made


def test_a_cancelled_quantization_has_ended_when_it_says_so_and_leaves_nothing(session: Session) -> None:
    told: list[str] = []
    session.jobs.message.subscribe(told.append)
    session.quantizing.quantize()
    until(session, lambda: session.jobs.is_busy)
    session.jobs.cancel()
    assert session.jobs.is_busy, "its process has not ended yet"
    assert told == []
    until(session, lambda: not session.jobs.is_busy)
    assert told[0].startswith("Cancelled.")
    assert list((locations.data_dir() / "models").iterdir()) == []
    assert session.networks.chosen == "digits-mlp"


def test_the_quantized_network_is_chosen(session: Session) -> None:
    session.quantizing.quantize()
    path = str(locations.data_dir() / "models" / "digits-mlp-int8.safetensors")
    assert session.inbox.wait_until(lambda: session.networks.chosen == path, 3 * LIMIT_S)
    network = session.live.network
    assert network is not None
    assert network.is_quantized
