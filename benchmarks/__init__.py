"""Measuring the figures of docs/benchmarks.md: `python -m benchmarks`, or `make bench`."""
