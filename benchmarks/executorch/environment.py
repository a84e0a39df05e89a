"""ExecuTorch's environment and its SDK for arm64, made once, in the person's cache."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.figures import NotMeasured, say
from mnist_bench.base.locations import cache_dir
from tools import environment

VERSION = "1.5.1"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")

_SECONDS = 3600
_SDK = ("executorch/include/", "executorch/lib/")
_QUIET = ("--quiet", "--quiet", "--no-input", "--disable-pip-version-check")


def folder() -> Path:
    """Where all of it lies; it may be deleted at any time."""
    return cache_dir() / "benchmarks" / f"executorch-{VERSION}"


def python() -> Path:
    """The interpreter of ExecuTorch's environment, which is made if need be; NotMeasured where it cannot be."""
    venv, wanted = folder() / "venv", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = venv / environment.STAMP
    if not (stamp.is_file() and stamp.read_text() == wanted and environment.is_sound(venv)):
        say(f"  Installing ExecuTorch {VERSION} in {venv}: 1.5 GB, a minute or more, once")
        try:
            environment.make(venv)
        except environment.SetupError as error:
            raise NotMeasured(str(error)) from error
        own = environment.python_of(venv)
        if sys.platform == "linux" and environment.answers(
            f"{environment.TORCH_CPU_INDEX}/torch/", environment.PROBE_SECONDS
        ):
            torch = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("torch=="))
            _pip(own, "install", "--no-deps", "--index-url", environment.TORCH_CPU_INDEX, torch, needed=False)
        _pip(own, "install", "--requirement", str(REQUIREMENTS))
        stamp.write_text(wanted)
    return environment.python_of(venv)


def sdk() -> Path:
    """The SDK for this computer: the folder that holds include/ and lib/."""
    command = (
        python(),
        "-c",
        "import importlib.util as u; print(u.find_spec('executorch').submodule_search_locations[0])",
    )
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def arm64_sdk() -> Path:
    """The same for arm64 Linux, out of a wheel that is downloaded (18 MB) and never installed."""
    place = folder() / "arm64"
    if not place.is_dir():
        say(f"  Downloading ExecuTorch {VERSION} for arm64")
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder()) as scratch:
            wheel = ("--only-binary=:all:", "--python-version", "3.11", "--platform", "manylinux_2_28_aarch64")
            _pip(Path(sys.executable), "download", "--no-deps", *wheel, "--dest", scratch, f"executorch=={VERSION}")
            with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as archive:
                archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(_SDK)])
            shutil.move(Path(scratch, "executorch"), place)
    return place


def _pip(interpreter: Path, action: str, *arguments: str, needed: bool = True) -> None:
    command = (str(interpreter), "-m", "pip", action, *_QUIET, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode and needed:
        words = done.stderr.strip().rpartition("\n")[2] or "it said nothing"
        raise NotMeasured(f"pip could not {action} ExecuTorch {VERSION}: {words} Is there a network, and 3 GB of room?")
