import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.network.model_file import read_model_file
from mnist_bench.training import train
from mnist_bench.training.data import TrainingData, load_training_data
from mnist_bench.training.recipes import Recipe
from mnist_bench.training.train import main


def options(data: Path, out: Path, *more: str | Path, recipe: str = "digits-cnn", epochs: int = 2) -> list[str]:
    chosen = ["--recipe", recipe, "--data", data, "--out", out, "--epochs", str(epochs), *more]
    return [str(option) for option in chosen]


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A stop that comes once the data of a training has been read: after its first step."""
    stop = threading.Event()

    def read(
        recipe: Recipe, data: Path, pens: Path | None, seed: int, given: threading.Event, order: str
    ) -> TrainingData:
        training_data = load_training_data(recipe, data, pens, seed, threading.Event(), order)
        if given is stop:
            stop.set()
        return training_data

    monkeypatch.setattr(train, "load_training_data", read)
    return stop


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def reference(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What 2 epochs of digits-cnn on the small data come to."""
    path = tmp_path_factory.mktemp("reference") / "model.safetensors"
    main(options(digits_file, path), threading.Event())
    return path.read_bytes()


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_same_command_writes_the_same_bytes(digits_file: Path, out: Path, reference: bytes) -> None:
    main(options(digits_file, out), threading.Event())
    assert out.read_bytes() == reference


def test_another_seed_writes_others(digits_file: Path, out: Path, reference: bytes) -> None:
    main(options(digits_file, out, "--seed", "99"), threading.Event())
    assert out.read_bytes() != reference


def test_an_interrupted_training_goes_on_as_if_it_never_was(
    digits_file: Path, out: Path, reference: bytes, stopping: threading.Event
) -> None:
    with pytest.raises(Cancelled, match="--resume"):
        main(options(digits_file, out), stopping)
    assert not out.exists()
    main(options(digits_file, out, "--resume"), threading.Event())
    assert out.read_bytes() == reference
    assert list(out.parent.iterdir()) == [out]


def test_a_perceptron_learns_from_a_teacher_and_can_be_interrupted_too(
    digits_file: Path, tmp_path: Path, reference: bytes, stopping: threading.Event
) -> None:
    teacher, straight, stopped = (tmp_path / f"{name}.safetensors" for name in ("teacher", "straight", "stopped"))
    teacher.write_bytes(reference)
    more = ("--teacher", teacher)
    main(options(digits_file, straight, *more, recipe="digits-mlp"), threading.Event())
    with pytest.raises(Cancelled, match="--resume"):
        main(options(digits_file, stopped, *more, recipe="digits-mlp"), stopping)
    with pytest.raises(InputError, match="another training"):
        main(options(digits_file, stopped, "--resume", recipe="digits-mlp"), threading.Event())
    main(options(digits_file, stopped, *more, "--resume", recipe="digits-mlp"), threading.Event())
    assert straight.read_bytes() == stopped.read_bytes()


def test_a_convolutional_network_learns_from_a_teacher_only_if_one_is_given(
    digits_file: Path, out: Path, reference: bytes
) -> None:
    main(options(digits_file, out, "--teacher", "digits-cnn"), threading.Event())
    assert out.read_bytes() != reference


def test_a_network_is_finished_by_several_teachers_and_its_last_epoch_is_shipped(
    digits_file: Path, tmp_path: Path, reference: bytes, stopping: threading.Event
) -> None:
    start, finished, again = (tmp_path / f"{name}.safetensors" for name in ("start", "finished", "again"))
    start.write_bytes(reference)
    more = ("--start", start, "--teacher", start, "--teacher", "digits-cnn")
    main(options(digits_file, finished, *more, recipe="digits-cnn-finish"), threading.Event())
    assert read_model_file(finished).notes["epochs"] == "2 of 2"
    with pytest.raises(Cancelled):
        main(options(digits_file, again, *more, recipe="digits-cnn-finish"), stopping)
    main(options(digits_file, again, *more, "--resume", recipe="digits-cnn-finish"), threading.Event())
    assert again.read_bytes() == finished.read_bytes()


@pytest.mark.parametrize(("recipe", "more"), [("digits-cnn-finish", ()), ("digits-cnn", ("--start", "digits-cnn"))])
def test_only_a_finish_goes_on_from_a_network(digits_file: Path, out: Path, recipe: str, more: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="--start"):
        main(options(digits_file, out, *more, recipe=recipe), threading.Event())


def test_pen_digits_are_learned_from_too(digits_file: Path, pen_file: Path, out: Path, reference: bytes) -> None:
    main(options(digits_file, out, "--pen-digits", pen_file), threading.Event())
    assert out.read_bytes() != reference


def test_a_stop_while_pen_digits_are_read_writes_nothing(digits_file: Path, pen_file: Path, out: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        main(options(digits_file, out, "--pen-digits", pen_file), stop)
    assert not list(out.parent.iterdir())


def test_progress_ends_in_done(digits_file: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(options(digits_file, out), threading.Event())
    *progress, done = events(capsys.readouterr().out)
    assert {event["event"] for event in progress} == {"progress"}
    assert progress[-1]["done"] == progress[-1]["total"]
    assert (done["event"], done["file"], done["epochs"]) == ("done", str(out), 2)
    assert read_model_file(out).notes["recipe"] == "digits-cnn"


def test_the_test_set_is_not_read(tmp_path: Path, digits_file: Path, out: Path) -> None:
    with pytest.raises(InputError, match="train-images"):
        main(options(tmp_path, out), threading.Event())


def test_a_checkpoint_of_another_training_is_refused(digits_file: Path, out: Path, stopping: threading.Event) -> None:
    with pytest.raises(Cancelled):
        main(options(digits_file, out), stopping)
    with pytest.raises(InputError, match="another training"):
        main(options(digits_file, out, "--resume", "--seed", "5"), threading.Event())


def test_an_interrupted_training_is_not_lost_by_starting_anew(
    digits_file: Path, out: Path, reference: bytes, stopping: threading.Event
) -> None:
    with pytest.raises(Cancelled):
        main(options(digits_file, out), stopping)
    with pytest.raises(InputError, match="--resume, or start over with --force"):
        main(options(digits_file, out), threading.Event())
    main(options(digits_file, out, "--force"), threading.Event())
    assert out.read_bytes() == reference


def test_resuming_needs_a_checkpoint(digits_file: Path, out: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        main(options(digits_file, out, "--resume"), threading.Event())


@pytest.mark.parametrize(
    "more", [["--epochs", "0"], ["--pen-digits", "missing.tra"], ["--threads", "0"], ["--seed", "-1"]]
)
def test_bad_options_end_in_a_sentence(digits_file: Path, out: Path, more: Sequence[str]) -> None:
    with pytest.raises((InputError, UsageError)):
        main(options(digits_file, out, *more), threading.Event())
    assert not out.exists()


@pytest.mark.parametrize("name", ["none/model.safetensors", "."])
def test_a_missing_folder_is_noticed_before_the_work(digits_file: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="folder"):
        main(options(digits_file, tmp_path / name), threading.Event())


def run_process(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mnist_bench.training.train", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", ["closed input", "SIGTERM", "SIGINT"])
def test_a_training_process_stops_when_it_should(digits_file: Path, out: Path, how: str) -> None:
    with run_process(*options(digits_file, out, epochs=10_000)) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        while json.loads(process.stdout.readline())["done"] == 0:
            pass
        if how == "closed input":
            process.stdin.close()
        else:
            process.send_signal(signal.Signals[how])
        last = process.stdout.read().splitlines()[-1]
        assert process.wait(30) == 1
        assert json.loads(last)["event"] == "error"
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert out.with_name(f"{out.name}.checkpoint").is_file()
    assert not out.exists()
