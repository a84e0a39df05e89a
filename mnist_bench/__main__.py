"""The program: without arguments the window, else the command line."""

import os
import sys


def main() -> int:
    """What `mnist-bench` and `python -m mnist_bench` run; returns the exit status."""
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are still being read: afterwards the command line tells it itself
        return 130


def _run(arguments: list[str]) -> int:
    # Imported where they are used: the window starts without the command line, and the other way round.
    if arguments:
        from mnist_bench import cli

        return cli.main(arguments)
    if not has_display():
        from mnist_bench import cli

        return cli.compare_samples()
    from mnist_bench.gui.app import run_window

    return run_window()


def has_display() -> bool:
    """Whether a window can be shown: always but on a Unix without X or Wayland."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    sys.exit(main())
