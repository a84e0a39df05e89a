"""Frames and messages between an engine and its runner; the format is docs/protocol.md."""
