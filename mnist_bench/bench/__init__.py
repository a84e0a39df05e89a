"""Measuring engines: accuracy now; latency, layers and comparison follow."""
