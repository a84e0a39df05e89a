"""Prepare what `make` needs: a Python that is new enough, the system's libraries, a virtual environment.

Python 3.6 can read this file, so an old Python answers with a sentence; the other files in tools/ need 3.11.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWER_NAMES = ("python3.11", "python3.12", "python3.13", "python3.14")


def newer_python() -> str:
    """The path of an installed Python that is new enough; empty if there is none."""
    check = "import sys; sys.exit(sys.version_info < {})".format(OLDEST)  # noqa: UP032 (an f-string is no clearer here)
    for name in NEWER_NAMES:
        path = shutil.which(name)
        # Version managers leave stand-ins on the PATH that do not start: a Python counts once it ran.
        if path and subprocess.call([path, "-c", check], stderr=subprocess.DEVNULL) == 0:
            return path
    return ""


def main() -> int:
    """Prepare the environment that `--venv FOLDER` names (.venv); the process's exit status."""
    if sys.version_info < OLDEST:
        path = newer_python()
        if path:
            os.execv(path, [path, *sys.argv])
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write(
            f"mnist-bench needs Python 3.11 or later, and this is {found}. "
            "Install a newer one, or name it: make PYTHON=/path/to/python3.12\n"
        )
        return 1
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 (3.6 too)
    from tools import environment

    return environment.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
