"""How a person measured last is there the next time, whatever became of the file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.bench.latency.settings import DEFAULT_BATCHES, Preset, Scenario, Settings
from mnist_bench.session.choices import Choices
from mnist_bench.session.inbox import Inbox, Worker
from mnist_bench.session.measuring import remember_settings, remembered_batches, remembered_settings


@pytest.fixture
def worker(inbox: Inbox) -> Iterator[Worker]:
    made = Worker(inbox, "choices")
    yield made
    made.close(None)


def test_settings_come_back(worker: Worker, tmp_path: Path) -> None:
    settings = Settings(Scenario.OFFLINE, processes=7, runs=300, seconds=2.5, batches=(1, 64), cool_down_s=1.5)
    path = tmp_path / "choices.json"
    remember_settings(Choices(worker, path), settings)
    worker.close(None)
    again = Choices(worker, path)
    assert remembered_batches(again) == (1, 64)
    kept = remembered_settings(again)
    assert (kept.scenario, kept.processes, kept.runs, kept.seconds, kept.cool_down_s) == (
        Scenario.OFFLINE, 7, 300, 2.5, 1.5
    )  # fmt: skip


def test_what_cannot_be_read_is_as_if_it_had_not_been_chosen(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "choices.json"
    odd = {
        "latency scenario": "Sideways",
        "latency processes": -3,
        "latency seconds": "soon",
        "latency runs": 1e300,
        "latency cool-down": [],
        "latency batches": "1,1,x",
    }
    path.write_text(json.dumps(odd))
    choices = Choices(worker, path)
    assert remembered_settings(choices) == Settings()
    assert remembered_batches(choices) == DEFAULT_BATCHES


def test_a_preset_is_known_by_its_figures() -> None:
    assert Preset.of(Settings()) is Preset.NORMAL
    offline = Settings(Scenario.OFFLINE, batches=(1, 10), cool_down_s=3, runs=40)
    assert Preset.of(offline) is None
    quick = Preset.QUICK.apply(offline)
    assert (quick.scenario, quick.batches, quick.cool_down_s, quick.runs) == (Scenario.OFFLINE, (1, 10), 3, None)
    assert [Preset.of(preset.apply(offline)) for preset in Preset] == list(Preset)
