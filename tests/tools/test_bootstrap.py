"""A Python that is too old gets a sentence; one that is new enough is found and used."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap

SOURCE = Path(bootstrap.__file__)


def test_an_old_python_can_read_the_file() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 6))

    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"os", "shutil", "subprocess", "sys"}
    assert not [node for node in tree.body if isinstance(node, ast.ImportFrom)], "3.6 would stop here"


def test_an_old_python_with_no_newer_one_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.main() == 1
    assert "needs Python 3.11 or later, and this is 3.8.18" in capsys.readouterr().err


def test_a_newer_python_on_the_path_counts_only_if_it_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python3.11"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    good = tmp_path / "python3.13"
    good.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.newer_python() == str(good)


def test_help_is_shown_from_any_folder(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, SOURCE, "--help"],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--venv" in answer.stdout
