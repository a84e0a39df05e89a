"""The command line."""

from mnist_bench.cli.app import compare_samples, main

__all__ = ["compare_samples", "main"]
