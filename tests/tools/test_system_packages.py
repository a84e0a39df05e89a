"""Missing libraries are named with the one command that brings them; apt-get is used only where it may be."""

import sys
from pathlib import Path

import pytest

from tools import system_packages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system's libraries are looked after on Linux only")


def test_missing_libraries_are_those_that_do_not_load() -> None:
    assert system_packages.missing_libraries(["libc.so.6", "libnothing-of-that-name.so.7"]) == [
        "libnothing-of-that-name.so.7"
    ]


def test_without_apt_get_nothing_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not system_packages.install(["libegl1"])


def test_a_first_install_without_package_lists_updates_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _stand_in_apt_get(tmp_path, 'echo "$@" >> {log}; case "$*" in *update*) touch {lists};; *) test -e {lists};; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    assert system_packages.install(["libegl1"])
    asked = [line.split()[2] for line in (tmp_path / "log").read_text().splitlines()]
    assert asked == ["install", "update", "install"]


def test_what_cannot_be_installed_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _stand_in_apt_get(tmp_path, "exit 100")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "_loads", lambda name: "xcb" not in name)

    system_packages.ensure_qt_libraries()
    last = capsys.readouterr().err.splitlines()[-1]
    assert "sudo apt-get install" in last
    assert "libxcb-cursor0" in last
    assert "libegl1" not in last


def _stand_in_apt_get(folder: Path, script: str) -> None:
    program = folder / "apt-get"
    program.write_text("#!/bin/sh\n" + script.format(log=folder / "log", lists=folder / "lists") + "\n")
    program.chmod(0o755)
