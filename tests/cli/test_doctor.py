"""`mnist-bench doctor`: what is wrong is told, nothing of it is fatal, and what tells one device from all is hidden."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError, SystemTrouble, UsageError
from mnist_bench.base.logs import start_logging
from mnist_bench.cli import doctor
from mnist_bench.cli.app import main, tell
from mnist_bench.cli.checks import BACKENDS, ERRORS, Check, all_checks
from mnist_bench.devices.access import Fact
from mnist_bench.version import VERSION
from tests.made_up import Shelves

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folders have other names elsewhere")

Told = dict[str, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log_file: Path) -> Path:
    """A home folder with nothing in it; no adb server runs for it."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "MNIST_BENCH_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *options: str, status: int = 0) -> Told:
    """What doctor tells, by heading."""
    assert main(["doctor", "--json", *options]) == status
    found: Told = json.loads(capsys.readouterr().out)
    return found


def named(facts: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (fact,) = [fact for fact in facts if fact["name"] == name]
    return fact


def look_at(monkeypatch: pytest.MonkeyPatch, *wanted: str | Check) -> None:
    """Of the checks only those with these headings, with others that the test makes, and one backend."""
    made = [check for check in wanted if isinstance(check, Check)]

    def checks(on_name: Callable[[str], None]) -> list[Check]:
        real = [one for one in all_checks(on_name) if one.heading in wanted or one.subject == "native-int8"]
        return [*made, *real]

    monkeypatch.setattr(doctor, "all_checks", checks)


def test_it_tells_versions_computer_files_and_backends(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert named(found["versions"], "mnist-bench")["words"] == VERSION
    assert named(found["versions"], "torch")["words"] == metadata.version("torch")
    assert "pytest" not in [fact["name"] for fact in found["versions"]]
    assert [fact["name"] for fact in found["computer"]][:3] == ["system", "processor", "processors"]
    assert named(found["files"], "data")["words"].startswith("~/.local/share/mnist-bench: not there yet, ")
    assert named(found["files"], "MNIST")["words"] == "not there; `mnist-bench fetch-mnist` gets it"
    backends = [fact["name"] for fact in found["backends"]]
    assert backends == ["torch-fp32", "qnnpack-int8", "native-fp32", "native-int8"]
    assert ", kernels: " in named(found["backends"], "native-int8")["words"]
    assert not [fact for facts in found.values() for fact in facts if fact["problem"]]


def test_as_text_what_does_not_work_has_a_mark(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [Fact("left", "works"), Fact("right", "is broken", is_problem=True)]
    look_at(monkeypatch, Check("hands", "hands", 10, lambda: iter(facts)))
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:4] == ["hands", "  left: works", "! right: is broken", "backends"]
    assert shown[4].startswith("  native-int8: starts in ")


def test_a_package_of_another_version_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rich-1.0.dist-info").mkdir()
    (tmp_path / "rich-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: rich\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    look_at(monkeypatch, "versions")
    rich = named(told(capsys)["versions"], "rich")
    assert rich["problem"]
    assert rich["words"].startswith("1.0, but ")


@pytest.mark.parametrize("content", ["{", "[]", "\0"])
def test_settings_that_cannot_be_read_are_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, content: str
) -> None:
    folder = home / ".config" / "mnist-bench"
    folder.mkdir(parents=True)
    (folder / "choices.json").write_text(content)
    look_at(monkeypatch, "files")
    settings = named(told(capsys)["files"], "choices.json")
    assert settings["problem"]
    assert settings["words"].startswith("~/.config/mnist-bench/choices.json ")
    assert settings["words"].endswith("It is ignored, and replaced when you choose something.")


def test_a_folder_that_cannot_be_made_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (home / ".cache").write_text("a file")
    look_at(monkeypatch, "files")
    cache = named(told(capsys)["files"], "cache")
    assert cache["problem"]
    assert cache["words"].startswith("~/.cache/mnist-bench: The folder ~/.cache cannot be written: ")


def test_a_check_that_hangs_is_told_with_what_it_has_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hangs() -> Iterator[Fact]:
        yield Fact("first", "is there")
        released.wait(60)

    look_at(monkeypatch, Check("disk", "folders", 0.2, hangs))
    found = told(capsys)["disk"]
    assert not released.is_set()
    released.set()
    assert found == [
        {"name": "first", "words": "is there", "problem": False},
        {"name": "folders", "words": "no answer within 0.2 s", "problem": True},
    ]


def test_a_check_that_fails_is_one_line_and_the_others_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Iterator[Fact]:
        yield from ()
        raise ZeroDivisionError("division by zero")

    look_at(monkeypatch, Check("sums", "arithmetic", 10, fails))
    found = told(capsys)
    assert found["sums"] == [{"name": "arithmetic", "words": "ZeroDivisionError: division by zero", "problem": True}]
    assert not named(found["backends"], "native-int8")["problem"]


def test_where_no_backend_starts_the_status_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(locations, "resources_dir", lambda: tmp_path)
    look_at(monkeypatch)
    backend = named(told(capsys, status=1)[BACKENDS], "native-int8")
    assert backend["problem"]
    assert "has not been built" in backend["words"]


def test_devices_of_every_kind_are_told_with_their_states_and_without_their_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, made_up: Shelves
) -> None:
    made_up.titles.update({"cellar42": "Cellar shelf", "attic77": "attic77"})
    made_up.gone.update({"cellar42", "attic77"})
    look_at(monkeypatch, "shelf")
    assert told(capsys)["shelf"] == [
        {"name": "nails", "words": "two", "problem": False},
        {"name": "shelf:…p", "words": "Top shelf, ready", "problem": False},
        {"name": "shelf:…ar42", "words": "Cellar shelf is gone. Put the shelf back.", "problem": True},
        {"name": "shelf:…c77", "words": "…c77 is gone. Put the shelf back.", "problem": True},
        {"name": "shelf:…p says", "words": "wood: oak", "problem": False},
    ]
    assert named(told(capsys, "--serials")["shelf"], "shelf:cellar42")["problem"]


def test_the_last_errors_are_told_in_plain_text_and_without_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, made_up: Shelves
) -> None:
    made_up.titles["my-own-shelf"] = "My shelf"
    start_logging()
    log = logging.getLogger("mnist_bench.topic")
    for number in range(12):
        log.error("error %d", number)
    log.error("R5CT1234567, 192.168.1.23:41235, [fe80::1%wlan0]:5555, phone.local:37251 and my-own-shelf broke")
    log.error("adb-1A2B3C-XyZ123._adb-tls-connect._tcp broke")
    log.error("\x1b]52;c;aGk=\x07 \u202e%s", home / "x.png")
    log.error("word " * 1000)
    look_at(monkeypatch, "shelf", ERRORS)
    errors = [fact["words"].removeprefix("mnist_bench.topic: ") for fact in told(capsys)[ERRORS]]
    assert errors[-4:] == [
        "…4567, …1235, …5555, …7251 and …helf broke",
        "…Z123 broke",
        r"\x1b]52;c;aGk=\x07 \u202e~/x.png",
        f"{'word ' * 59}word …",
    ]
    assert errors[:-4] == [f"error {number}" for number in range(6, 12)]
    as_they_are = told(capsys, "--serials")[ERRORS][-4]["words"]
    assert "R5CT1234567, 192.168.1.23:41235, [fe80::1%wlan0]:5555" in as_they_are


def test_the_last_errors_are_faults_each_with_its_kind_and_a_cause_where_it_says_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start_logging()
    tell(InputError("There is no file x.png.", advice="Check its name."))  # the person's own mistake
    tell(UsageError("There is no backend 'x'."))
    tell(SystemTrouble("There is no memory left.", advice="Close something."))
    tell(ZeroDivisionError("division by zero"))
    look_at(monkeypatch, ERRORS)
    capsys.readouterr()
    assert [fact["words"] for fact in told(capsys)[ERRORS]] == [
        "mnist_bench.cli: There is no memory left. Close something. (SystemTrouble)",
        "mnist_bench.cli: unexpected (ZeroDivisionError: division by zero)",
    ]


def test_an_empty_log_has_no_errors(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    look_at(monkeypatch, ERRORS)
    assert told(capsys)[ERRORS] == [{"name": "mnist-bench.log", "words": "has none", "problem": False}]
