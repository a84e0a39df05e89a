"""What the commands share: backends by their names, files that are never written over, and strict JSON."""

import argparse
import math
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.cli import common
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.engines.backends import default_backends


def _options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    common.add_backend_options(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ((), [backend.id for backend in default_backends()]),
        (("--backend", "qnnpack-int8", "--backend", "torch-fp32"), ["qnnpack-int8", "torch-fp32"]),
        (("--backend", "torch-fp32", "--backend", "torch-fp32:eager:1"), ["torch-fp32"]),
        (("--backend", "torch-fp32:torchscript", "--threads", "2"), ["torch-fp32:torchscript:2"]),
        (("--threads", "2"), ["torch-fp32:eager:2", "qnnpack-int8:eager:2", "native-fp32", "native-int8"]),
        (
            ("--backend", "native:core2@android:a:1", "--threads", "1"),
            ["native-fp32:core2@android:a:1", "native-int8:core2@android:a:1"],
        ),
    ],
)
def test_backends_come_in_the_order_asked_for_and_once(arguments: tuple[str, ...], ids: list[str]) -> None:
    assert [backend.id for backend in common.chosen_backends(_options(*arguments))] == ids


def test_an_unknown_backend_is_bad_usage() -> None:
    with pytest.raises(UsageError, match="abacus"):
        common.chosen_backends(_options("--backend", "abacus"))


@pytest.mark.parametrize("backend", ["native-int8", "native@android:a"])
def test_threads_that_a_named_backend_cannot_have_are_bad_usage(backend: str) -> None:
    with pytest.raises(UsageError, match="uses one thread"):
        common.chosen_backends(_options("--backend", backend, "--threads", "2"))


@pytest.mark.parametrize(
    ("arguments", "baseline", "id_"),
    [
        ((), "torch-fp32", "torch-fp32"),
        (("--backend", "native-int8"), "native-int8", "native-int8"),
        (("--backend", "torch-fp32", "--threads", "2"), "torch-fp32", "torch-fp32:eager:2"),
    ],
)
def test_the_baseline_has_as_many_threads_as_are_asked_for(arguments: tuple[str, ...], baseline: str, id_: str) -> None:
    options = _options(*arguments)
    options.baseline = baseline
    assert common.chosen_baseline(options, common.chosen_backends(options)) == id_


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "many", "²"])
def test_a_number_of_things_is_whole_and_at_least_1(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        common.positive(text)


def test_an_output_may_be_new_or_replaced_on_purpose(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    common.check_output(file, force=False)
    file.touch()
    common.check_output(file, force=True)
    for path, force in [(file, False), (tmp_path, True), (tmp_path / "missing" / "file", True)]:
        with pytest.raises(InputError):
            common.check_output(path, force)


def test_json_never_holds_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="JSON"):
        common.print_json({"accuracy": math.nan})


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar() as bar:
        bar.show(1, 2, "Halfway")
    assert capsys.readouterr() == ("", "")
