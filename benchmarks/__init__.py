"""Measuring what the README promises: `python -m benchmarks`, or `make bench`."""
