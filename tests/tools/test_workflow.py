"""The hosted workflow runs what `make` and `.ci/run` do: its lists are copies, which must not drift apart."""

import re
import shlex

from tools.environment import ROOT

WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")


def test_it_installs_the_packages_that_the_build_machine_installs() -> None:
    packages = re.search(r"^packages=\(([^)]*)\)", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    installed = re.search(r"--no-install-recommends \\\n(.*?)\n\s+- run:", WORKFLOW, re.DOTALL)
    assert packages is not None
    assert installed is not None
    assert shlex.split(installed[1].replace("\\\n", " ")) == packages[1].split()


def test_without_make_it_runs_what_make_lint_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    commands = recipe[1].replace("$(PY)", ".venv/Scripts/python").replace("$(VENV)/bin", ".venv/Scripts")
    windows = WORKFLOW.partition("  windows:")[2].replace("\\", "/")
    assert [command for command in commands.split("\n\t") if f"- run: {command.strip()}\n" not in windows] == []
