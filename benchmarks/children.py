"""Measuring in processes of their own: each child prints lines of JSON and is told what to do by lines on its input."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mnist_bench.__main__ import has_display
from mnist_bench.devices.this_computer import child_environment

ROOT = Path(__file__).resolve().parent.parent


class ChildFailed(Exception):
    """A child ended without its answer; the message holds its last words."""


class Child:
    """A Python process that runs a module of this package; or its file, where `environment` has another package."""

    def __init__(self, module: str | Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        run = (str(module),) if isinstance(module, Path) else ("-m", module)
        # Whatever it says on standard error goes to a file: nobody reads beside it, and a full pipe would stop it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._process = subprocess.Popen(
            (sys.executable, "-P", *run, *options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            env=dict(environment if environment is not None else plain_environment()),
        )

    def ask(self, **question: object) -> dict[str, Any]:
        """Send one line and read one."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._failure() from error
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line of its output."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def end(self) -> None:
        """Close its input and wait; a child that does not end is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def _failure(self) -> ChildFailed:
        try:
            status = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._errors.seek(0)
        words = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        return ChildFailed(f"{self._module} ended with status {status}: {words or 'no words'}")


@contextmanager
def child(module: str | Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Child]:
    """A child for the length of a `with` block."""
    process = Child(module, *options, environment=environment)
    try:
        yield process
    finally:
        process.end()


def plain_environment() -> dict[str, str]:
    """What every child gets: one thread for the libraries of numbers, and this very package, as runners get it."""
    environment = child_environment()
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), environment["PYTHONPATH"]))
    # Where a shell forbids it, every start would compile this package anew, which no installed program does.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def told_by_command(*words: str) -> dict[str, Any]:
    """What a command of mnist-bench prints as JSON."""
    command = (sys.executable, "-P", "-m", "mnist_bench", *words)
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=plain_environment())
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def window_environment(*, offscreen: bool = False) -> Iterator[dict[str, str]]:
    """For a child with a window: settings, drawings and logs in a folder of its own, which goes with the block.

    The window is drawn in memory if `offscreen`, and where there is no display.
    """
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
        environment = plain_environment()
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            environment[name] = str(Path(folder) / name.lower())
        if offscreen or not has_display():
            environment["QT_QPA_PLATFORM"] = "offscreen"
        yield environment
