"""What a person chose survives the program, and files that nobody can read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.session.choices import Choices
from mnist_bench.session.inbox import Inbox, Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(Inbox(), "choices")
    yield worker
    assert worker.close(10.0)


def test_what_was_chosen_is_there_the_next_time(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "choices.json"
    choices = Choices(worker, path)
    choices.put("model", "digits-mlp")
    choices.put("backends", ("torch-fp32", "native-int8"))
    choices.put("pen", 12.5)
    choices.put("titles", {"android:1": "Pixel 7"})
    assert worker.close(10.0)
    again = Choices(worker, path)
    assert again.text("model") == "digits-mlp"
    assert again.texts("backends") == ("torch-fp32", "native-int8")
    assert again.number("pen", 20, 1, 280) == 12.5
    assert again.pairs("titles") == {"android:1": "Pixel 7"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff\xfe", b'{"pen": "wide", "backends": "one", "titles": {"a": 1}}', b"[" * 100_000],
)
def test_a_file_that_says_nothing_useful_is_as_good_as_none(worker: Worker, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "choices.json"
    path.write_bytes(content)
    choices = Choices(worker, path)
    assert choices.text("model", "digits-cnn") == "digits-cnn"
    assert choices.texts("backends", ("torch-fp32",)) == ("torch-fp32",)
    assert choices.number("pen", 20, 1, 280) == 20
    assert choices.pairs("titles") == {}


def test_values_outside_their_limits_are_not_taken(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "choices.json"
    path.write_text('{"pen": 1e999, "tab": -1, "theme": "pink", "on": 1}')
    choices = Choices(worker, path)
    assert choices.number("pen", 20, 1, 280) == 20
    assert choices.number("tab", 0, 0, 7) == 0
    assert choices.text("theme", "system", among=("system", "dark")) == "system"


def test_many_choices_in_a_row_end_in_the_last_one_on_the_disk(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "choices.json"
    choices = Choices(worker, path)
    for width in range(100):
        choices.put("pen", float(width))
    assert worker.close(10.0)
    assert json.loads(path.read_bytes()) == {"pen": 99.0}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_memory(worker: Worker, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    choices = Choices(worker, blocked / "choices.json")
    choices.put("pen", 12.0)
    assert worker.close(10.0)
    assert choices.number("pen", 20, 1, 280) == 12.0
