"""Programs that a benchmark needs and mnist-bench does not."""

import shutil

from benchmarks.figures import NotMeasured


def needed_program(name: str, package: str) -> str:
    """The path of a program; NotMeasured, with Debian's package, where it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise NotMeasured(f"There is no {name} here. On Debian or Ubuntu: sudo apt-get install {package}")
    return path
