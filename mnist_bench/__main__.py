"""`mnist-bench`: the command line behind its name; alone, what each backend makes of the samples."""

import sys

from mnist_bench import cli


def main() -> int:
    """Run what the arguments ask for; the exit status."""
    return cli.main() if len(sys.argv) > 1 else cli.compare_samples()


if __name__ == "__main__":
    sys.exit(main())
