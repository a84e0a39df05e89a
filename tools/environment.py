"""The virtual environment that `make` works in: made, filled and renewed only when it must be."""

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from tools import system_packages

ROOT = Path(__file__).resolve().parent.parent
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 5.0
STAMP = "mnist-bench.stamp"
MACHINES = ("x86_64", "aarch64")
OLDEST_AND_NEWEST = ((3, 11), (3, 14))
"""Of the Pythons whose packages have their hashes in constraints/."""
HASHED, BUILT, RUNNER = (ROOT / "constraints" / f"linux-{name}.txt" for name in ("wheels", "sources", "runner"))
"""Wheels; sources for machines that have no wheel of them; what `make runner` compiles with (tools/constraints.py)."""


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def main(arguments: list[str]) -> int:
    """Prepare the environment; the exit status, after a sentence on standard error if it is not 0."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Prepare the environment that make works in.")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", metavar="FOLDER", help="default: .venv")
    options = parser.parse_args(arguments)
    try:
        prepare(options.venv.absolute())
    except SetupError as error:
        sys.stderr.write(f"mnist-bench: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(venv: Path) -> None:
    """Make `venv` hold what pyproject.toml and constraints.txt ask for; at once if it does already."""
    system_packages.ensure_qt_libraries()
    if not is_sound(venv):
        make(venv)
    stamp = venv / STAMP
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    install_packages(python_of(venv))
    stamp.write_text(wanted)


def fingerprint(root: Path = ROOT) -> str:
    """What the installed packages depend on, as a hash."""
    names = [Path("pyproject.toml"), Path("constraints.txt"), *(path.relative_to(ROOT) for path in (HASHED, BUILT))]
    asked = b"\0".join((root / name).read_bytes() for name in names)
    return hashlib.sha256(asked).hexdigest()


def python_of(venv: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def is_sound(venv: Path) -> bool:
    """Whether `venv` starts, lies where it was made, has pip, and is of the Python that runs this."""
    check = "import sys, pip; print(sys.prefix, *sys.version_info[:2], sep='|')"
    try:
        answer = subprocess.run([python_of(venv), "-c", check], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    prefix, major, minor = answer.stdout.strip().split("|")
    scripts = venv / "bin" / "pip"
    moved = scripts.is_file() and str(venv) not in scripts.read_text(errors="replace").splitlines()[0]
    return Path(prefix) == venv and (int(major), int(minor)) == sys.version_info[:2] and not moved


def make(venv: Path) -> None:
    """Make an empty virtual environment, in place of what lay there.

    Raises:
        SetupError: this Python cannot make one, or something else lies in its place.
    """
    if venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").is_file():
        raise SetupError(
            f"{venv} is not a virtual environment. Move it away, or name another folder with make VENV=..."
        )
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if importlib.util.find_spec("ensurepip") is None and not system_packages.install([package]):
        raise SetupError(f"This Python has no ensurepip. Install it: {system_packages.advice([package])}")
    sys.stderr.write(f"Making the virtual environment {venv}\n")
    shutil.rmtree(venv, ignore_errors=True)
    # An interpreter of the environment itself cannot make it anew.
    python = getattr(sys, "_base_executable", sys.executable)
    if subprocess.call([python, "-m", "venv", str(venv)]) != 0:
        raise SetupError(f"The virtual environment cannot be made. Is there room, and may you write in {venv.parent}?")


def install_packages(python: Path) -> None:
    """Install the pinned dependencies and this checkout.

    Raises:
        SetupError: pip could not; its own words are above the sentence.
    """
    sys.stderr.write("Installing PyTorch, Qt and the other packages: a few minutes the first time.\n")
    is_hashed = has_hashes()
    done = not is_hashed or (pip_hashed(python, HASHED) and pip_hashed(python, BUILT))
    if sys.platform == "linux" and answers(f"{TORCH_CPU_INDEX}/torch/", PROBE_SECONDS):
        # PyPI's build for Linux brings gigabytes of CUDA. Only torch itself comes from here; its needs follow.
        pip(python, "--index-url", TORCH_CPU_INDEX, "--no-deps", "torch")
    if is_hashed:
        checkout = ("--no-deps", "--no-build-isolation", "--editable", ".")
        done = done and pip(python, "torch") and pip(python, *checkout)
    else:
        done = pip(python, "--editable", ".[dev]")
    if not done:
        raise SetupError(
            "pip could not install the packages; its own words are above. Is there a network, and 3 GB of room?"
        )


def has_hashes() -> bool:
    """Whether constraints/ has the hashes of all files that this Python needs on this computer."""
    oldest, newest = OLDEST_AND_NEWEST
    is_known = sys.implementation.name == "cpython" and oldest <= sys.version_info[:2] <= newest
    is_linux = sys.platform == "linux" and platform.libc_ver()[0] == "glibc" and platform.machine() in MACHINES
    return is_known and is_linux


def pip(python: Path, *arguments: str) -> bool:
    """Run `pip install` within the constraints, silent but for warnings and errors; whether it went well."""
    quiet = ["--quiet", "--quiet", "--no-input", "--disable-pip-version-check", "--root-user-action", "ignore"]
    command = [str(python), "-m", "pip", "install", *quiet, "--constraint", "constraints.txt", *arguments]
    return subprocess.call(command, cwd=ROOT) == 0


def pip_hashed(python: Path, requirements: Path, *arguments: str) -> bool:
    """Run `pip install` for what is in a file of requirements with hashes, and nothing else; whether it went well.

    A package that comes as source is built with what is installed already: pip would fetch tools without hashes.
    """
    how = ("--require-hashes", "--no-deps", "--no-build-isolation")
    return pip(python, *how, *arguments, "--requirement", str(requirements))


def answers(url: str, seconds: float) -> bool:
    """Whether a web page can be read within `seconds`, looking up the name included."""
    answered = threading.Event()

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as page:  # noqa: S310 (the address is a constant)
                page.read(1024)
        except (OSError, urllib.error.URLError):
            return
        answered.set()

    # The resolver has time limits of its own, hence the thread: it may go on, but nobody waits for it.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()
