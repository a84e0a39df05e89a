"""Compares the native runner with PyTorch, kernel set by kernel set: docs/parity.md."""
