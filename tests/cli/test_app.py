"""The command line's own promises: help with examples, exit statuses, and one sentence for every failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.cli import app, train
from mnist_bench.cli.common import ExitStatus
from mnist_bench.training.recipes import RECIPES

COMMANDS = [
    *("backends", "classify", "layers", "evaluate", "train", "quantize", "fetch-mnist"),
    *("phones", "deploy", "remove", "connect", "disconnect", "pair", "engines", "doctor"),
]


pytestmark = pytest.mark.usefixtures("log_file")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        app.main([command, "--help"])
    assert leaving.value.code == 0
    assert f"\n  mnist-bench {command}" in capsys.readouterr().out


def test_a_command_starts_without_the_others(tmp_path: Path) -> None:
    code = "import sys; from mnist_bench.cli import main; main(['results', '--json']); print(*sys.modules)"
    places = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    ended = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, env={**os.environ, **places}, check=True
    )
    assert {name for name in ended.stdout.split() if name.startswith("mnist_bench.cli.")} & {
        f"mnist_bench.cli.{name}" for name in ("classify", "bench", "doctor", "train")
    } == set()


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app.main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n    {command}" in shown for command in COMMANDS)


@pytest.mark.parametrize("command", [("phones",), ("results", "rename", "kept", "name")])
def test_an_unknown_option_shows_the_usage_of_its_command(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        app.main([*command, "--bad"])
    assert leaving.value.code == ExitStatus.USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"usage: mnist-bench {' '.join(command[:2])} [-h]")
    assert said.endswith("unrecognized arguments: --bad\n")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("The file is empty.", advice="Choose another."), ExitStatus.FAILED),
        (UsageError("There is no such thing."), ExitStatus.USAGE),
        (Cancelled("Cancelled."), ExitStatus.CANCELLED),
        (KeyboardInterrupt(), ExitStatus.CANCELLED),
        (ZeroDivisionError("division by zero"), ExitStatus.FAILED),
    ],
)
def test_a_failure_is_one_line_and_a_status(
    error: BaseException, status: ExitStatus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.tell(error) is status
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("mnist-bench: ")
    assert errors.count("\n") == 1


def test_the_unexpected_names_the_log(log_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.tell(ZeroDivisionError("division by zero"))
    assert str(log_file) in capsys.readouterr().err


def test_training_knows_the_recipes_that_the_command_offers() -> None:
    assert sorted(train.RECIPES) == sorted(RECIPES)
