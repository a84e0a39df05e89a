"""Where things lie: the bundled models and resources, and the person's own folders.

The only module that knows the difference between a checkout and an installed wheel.
"""

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent
_APP = "mnist-bench"
_NOWHERE = Path(os.devnull, "there is no home folder")


def _bundled(name: str) -> Path:
    """A folder of the repository's top level, which a wheel carries inside the package."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def package_home() -> Path:
    """The folder that a Python must search to import this very package."""
    return _PACKAGE.parent


def models_dir() -> Path:
    """The networks that the program ships."""
    return _bundled("models")


def resources_dir() -> Path:
    """Sample drawings, icons and other files that the program ships."""
    return _bundled("resources")


NATIVE_RUNNER = "mnist-bench-runner"
LIBRARY_RUNNER = "mnist-bench-library-runner"


def runner_program(abi: str, name: str = NATIVE_RUNNER) -> Path:
    """Where a runner's program for `abi` lies, if there is one: "arm64-v8a", "armeabi-v7a", "x86_64" and "x86", as
    Android calls them, for Linux too; "windows-x86_64", "macos-arm64". It may not be marked as executable.
    """
    suffix = ".exe" if abi.startswith("windows") else ""
    return resources_dir() / "runner" / abi / f"{name}{suffix}"


def cache_dir() -> Path:
    """Downloaded data, which may be deleted at any time."""
    return _own(platformdirs.user_cache_path)


def data_dir() -> Path:
    """What the person made: kept drawings, trained and quantized networks."""
    return _own(platformdirs.user_data_path)


def log_file() -> Path:
    """The log, which holds the traceback of every error."""
    return _own(platformdirs.user_log_path) / "mnist-bench.log"


def choices_file() -> Path:
    """What a person chose in the window: the network, the backends, the pen, and so on."""
    return _own(platformdirs.user_config_path) / "choices.json"


def _own(find: Callable[..., Path]) -> Path:
    """One of platformdirs' folders; where nobody knows the person's home, one that cannot be made, and says why."""
    try:
        return find(_APP, appauthor=False)
    except RuntimeError:
        return _NOWHERE
