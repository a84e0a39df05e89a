"""Fuzzes the native runner's whole session under sanitizers: docs/parity.md, "Fuzzing"."""
