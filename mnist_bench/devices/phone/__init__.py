"""Phones over adb: who is there, the runner brought there, a stream to it, and what a phone tells of itself."""
