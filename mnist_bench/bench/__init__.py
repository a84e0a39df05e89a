"""Measuring engines: latency, accuracy and layers, and the results that are kept."""
