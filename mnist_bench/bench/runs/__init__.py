"""Saved runs: comparisons as files, with every sample, that a later version can still read."""
